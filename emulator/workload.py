"""What a scenario asks for, independent of the policy: releases, and the draws of every job.

Instants stay exact until they are floored once. A stream counts in units of 1/unit ns, where
``unit`` is a common denominator of its period, phase, jitter and deadlines; so a release or
deadline is one integer addition and one division.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from typing import NamedTuple

from emulator import draws
from emulator.schema.arrival import ClosedLoop, Poisson
from emulator.schema.distributions import (
    Choice,
    Constant,
    Exponential,
    Lognormal,
    TokenCount,
    Uniform,
)
from emulator.schema.exact import ms_to_ns, s_to_ns
from emulator.schema.stream import Stream

_JITTER_BITS = 53


def draw_tokens(count: TokenCount, u: float) -> int:
    """A token count at the quantile u.

    Real draws are floored, at least 1, within the limits of the distribution.
    """
    match count:
        case Constant(value=value):
            return value
        case Choice(values=values):
            return draws.choice(u, values)
        case Uniform(min=low, max=high):
            return low + int(u * (high - low + 1))
        case Lognormal(log_median=mu, sigma=sigma):
            drawn = draws.lognormal(u, mu, sigma)
        case Exponential(mean=mean):
            drawn = draws.exponential(u, mean)
    return max(count.min, min(count.max, int(drawn), count.max))


class Release:
    """One release, in units of 1/unit ns; earlier ones sort first."""

    __slots__ = ("at", "job", "next_nominal", "ordinal")

    def __init__(self, at: int, job: int, ordinal: int, next_nominal: int | None) -> None:
        self.at = at
        """The intended instant, jitter included."""
        self.job = job
        self.ordinal = ordinal
        """Counts the releases since the stream's (re)start."""
        self.next_nominal = next_nominal
        """The implicit deadline of a periodic stream."""

    def __lt__(self, other: "Release") -> bool:
        return (self.at, self.job) < (other.at, other.job)


class Past(NamedTuple):
    """How far the releases of a stream had come."""

    next_job: int
    last: Fraction
    """The last nominal release in ns, or the next one if there was none since the (re)start."""
    period: Fraction | None
    """In ns, of a periodic stream."""
    think: Fraction | None
    """In ns, of a closed loop."""
    has_begun: bool
    """Whether there was a release since the (re)start; of a closed loop, whether a job is open."""


class Arrivals:
    """The releases of one stream, which may be stopped and started again."""

    __slots__ = (
        "_ahead",
        "_arrivals",
        "_cumulative",
        "_first",
        "_given",
        "_highest",
        "_interval_key",
        "_jitter",
        "_jitter_key",
        "_mean_ns",
        "_nominal",
        "_period",
        "_phase",
        "_stop",
        "_think",
        "next_job",
        "origin",
        "unit",
    )

    def __init__(self, stream: Stream, seed: int, added_ns: int) -> None:
        exact = _exact_times(stream, seed)
        self.unit = _common_unit(stream, exact)
        self.next_job = self._first = 0
        self._phase = int(exact.phase * self.unit)
        self.origin = int((added_ns + exact.start) * self.unit) + self._phase
        self._stop = None if exact.stop is None else int((added_ns + exact.stop) * self.unit)
        self._period = None if exact.period is None else int(exact.period * self.unit)
        self._jitter = int(exact.jitter * self.unit)
        self._jitter_key = draws.stream_key(seed, stream.name, "", "jitter")
        self._interval_key = draws.stream_key(seed, stream.name, "", "arrival")
        self._mean_ns = exact.mean_interval
        self._cumulative = 0
        self._ahead: list[Release] = []
        self._nominal = self._highest = self._given = -1
        self._arrivals = exact.arrivals
        self._think = exact.think

    def next(self) -> Release | None:
        """The next release, or None: at the end, or (closed loop) until a job has ended."""
        if not self._jitter:
            return self._draw()
        # Jitter may be longer than the gap between two jobs: look ahead until no job to come
        # can be released before the earliest one drawn.
        while not self._ahead or self._nominal < self._ahead[0].at:
            drawn = self._draw()
            if drawn is None:
                break
            heappush(self._ahead, drawn)
        if not self._ahead:
            return None
        self._highest = max(self._highest, self._given)
        release = heappop(self._ahead)
        self._given = release.job
        return release

    def give_back(self, release: Release) -> None:
        """The release given last never happens; no job number is used twice."""
        self._ahead.clear()
        self._nominal = -1
        self.next_job = max(release.job, self._highest + 1)
        self._given = -1

    def _draw(self) -> Release | None:
        """The next job by number that comes before the stop."""
        while True:
            job = self.next_job
            ordinal = job - self._first
            following = None
            if self._period is not None:
                nominal: int | None = self.origin + ordinal * self._period
                following = self.origin + (ordinal + 1) * self._period
            else:
                nominal = self._irregular(ordinal, job)
            if nominal is None or (self._stop is not None and nominal >= self._stop):
                return None
            self.next_job = job + 1
            self._nominal = nominal
            at = nominal
            if self._jitter:
                u = draws.uniform_at(self._jitter_key, job, 0)
                at += self._jitter * int(u * 2**_JITTER_BITS) >> _JITTER_BITS
            if self._stop is None or at < self._stop:
                return Release(at, job, ordinal, following)

    def restart(self, t_ns: int) -> None:
        """Releases from this instant on: phase and arrivals count from it, job numbers go on."""
        self.origin = t_ns * self.unit + self._phase
        self._first = self.next_job
        self._cumulative = 0

    def past(self) -> "Past":
        """What other arrivals of the same stream need to go on; nothing may be pending."""
        given = self.next_job - self._first
        ahead = Fraction(self.origin + given * (self._period or 0), self.unit)
        period = None if self._period is None else Fraction(self._period, self.unit)
        gap = (period or Fraction(0)) if given else Fraction(0)
        return Past(self.next_job, ahead - gap, period, self._think, has_begun=given > 0)

    def go_on(self, past: "Past", t_ns: int) -> None:
        """Follow arrivals of the same stream that came in another way.

        The gap since the last release counts: a periodic stream releases a new period after it, a
        closed loop a new think time after the last job ended, both not before now. A stream that
        has released nothing begins when it now should, every other one as if it were started now.
        """
        self.next_job = self._first = past.next_job
        if past.next_job == 0:
            self.origin = max(self.origin, t_ns * self.unit)
        elif self._period is not None and past.period is not None:
            due = int(past.last * self.unit) + (self._period if past.has_begun else 0)
            self.origin = max(due, t_ns * self.unit)
        elif self._think is not None and past.think is not None:
            if past.has_begun:
                # Its job is open, and the end of that brings the next one.
                self._first = self.next_job - 1
            due = math.floor((past.last - past.think + self._think) * self.unit)
            self.origin = max(due, t_ns * self.unit)
        else:
            self.restart(t_ns)

    def job_ended(self, job: int, t_ns: int) -> None:
        """Closed loop: the next job comes a think time after the last one ended."""
        if self._think is not None and job == self.next_job - 1:
            # A think time below 1 ns takes one, so that a closed loop never stands still.
            due = math.floor((t_ns + self._think) * self.unit)
            self.origin = max(due, (t_ns + 1) * self.unit)
            self._first = self.next_job

    def _irregular(self, ordinal: int, job: int) -> int | None:
        if self._arrivals is not None:
            if ordinal >= len(self._arrivals):
                return None
            return self.origin + int(self._arrivals[ordinal] * self.unit)
        if self._think is not None:
            return self.origin if ordinal == 0 else None
        u = draws.uniform_at(self._interval_key, job, 0)
        self._cumulative += max(1, int(draws.exponential(u, self._mean_ns)))
        return self.origin + self._cumulative * self.unit


@dataclass(frozen=True, slots=True)
class _ExactTimes:
    """The times of a stream in exact ns."""

    start: Fraction
    stop: Fraction | None
    phase: Fraction
    period: Fraction | None
    jitter: Fraction
    arrivals: tuple[Fraction, ...] | None
    mean_interval: float
    think: Fraction | None


def _exact_times(stream: Stream, seed: int) -> _ExactTimes:
    period = stream.period
    arrival = stream.arrival
    phase = stream.phase_ms
    if phase == "random":
        u = draws.uniform(seed, stream.name, 0, "", "phase", 0)
        phase_ns = Fraction(int(Fraction(u) * (period or 0)))
    else:
        phase_ns = ms_to_ns(phase)
    return _ExactTimes(
        start=s_to_ns(stream.start_s),
        stop=None if stream.stop_s is None else s_to_ns(stream.stop_s),
        phase=phase_ns,
        period=period,
        jitter=ms_to_ns(stream.jitter_ms),
        arrivals=None if stream.arrivals_ms is None else tuple(map(ms_to_ns, stream.arrivals_ms)),
        mean_interval=float(arrival.mean_interval_ns) if isinstance(arrival, Poisson) else 0.0,
        think=arrival.think_ns if isinstance(arrival, ClosedLoop) else None,
    )


def _common_unit(stream: Stream, exact: _ExactTimes) -> int:
    values: list[Fraction | None] = [
        exact.start,
        exact.stop,
        exact.phase,
        exact.period,
        exact.jitter,
    ]
    values += relative_deadlines(stream)
    values += exact.arrivals or ()
    unit = math.lcm(*(value.denominator for value in values if value is not None))
    return unit << _JITTER_BITS if exact.jitter else unit


def relative_deadlines(stream: Stream) -> Iterable[Fraction]:
    """Every deadline of the stream that counts from a release, in exact ns."""
    if isinstance(stream.deadline_ms, Fraction):
        yield ms_to_ns(stream.deadline_ms)
    yield from map(ms_to_ns, stream.deadlines_ms or ())
    for stage in stream.stages:
        for deadline in (stage.deadline_ms, stage.first_output_deadline_ms):
            if isinstance(deadline, Fraction):
                yield ms_to_ns(deadline)
