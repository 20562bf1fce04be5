"""When jobs are released: exact instants, bounds of what is drawn, stops and starts."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, pairwise
from statistics import mean, median
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import draws
from emulator.commands import AddStreams, Command, StartStream, StopStream
from emulator.errors import UserError
from emulator.journal import COMPLETED, DROPPED, RELEASED
from emulator.workload import Arrivals, Release
from tests.emulator.strategies import MS, Case, Dict, examples, load_streams

SECOND = 1_000_000_000
FAR = 10**9
PROFILE: Dict = {"backends": ["cpu"], "models": {"m": {"cpu": 2}, "slow": {"cpu": 15}}}


def arrivals(seed: int = 0, added_ns: int = 0, **keys: object) -> Arrivals:
    """The releases of a stream with these keys."""
    (stream,) = load_streams({"name": "s", "model": "m", **keys})
    return Arrivals(stream, seed, added_ns)


def releases(stream: Arrivals) -> Iterator[Release]:
    """One after another, until the stream ends."""
    while (release := stream.next()) is not None:
        yield release


def instants(stream: Arrivals, count: int) -> list[int]:
    """The first so many releases in ns."""
    return [release.at // stream.unit for release in islice(releases(stream), count)]


def run(
    *streams: Dict, commands: tuple[tuple[int, Command], ...] = (), duration_ms: int = 60
) -> list[tuple[int, int, int, int | None]]:
    """(stream, job, release, deadline) of a run's jobs as journalled, in ns."""
    case = Case(PROFILE, {"streams": list(streams)}, "fcfs", commands, duration_ms)
    found = [event for event in case.journal() if event[0] == RELEASED]
    jobs = [(event[2], event[3], event[1], event[4]) for event in found]
    return cast("list[tuple[int, int, int, int | None]]", jobs)


def at_ms(*jobs: tuple[int, int, int, int | None]) -> list[tuple[int, float]]:
    """(job, release in ms)."""
    return [(job, t_ns / MS) for _, job, t_ns, _ in jobs]


# Periodic streams


@pytest.mark.parametrize("rate_hz", [30, 60, 90, 120, "30000/1001", 48_000])
@pytest.mark.parametrize("phase_ms", [0, 5, "10/3"])
def test_periods_never_drift(rate_hz: int | str, phase_ms: int | str) -> None:
    """Job k is released at floor(phase + k x period), for the first thousand and for job 10^9."""
    stream = arrivals(rate_hz=rate_hz, phase_ms=phase_ms)
    period, phase = SECOND / Fraction(rate_hz), Fraction(phase_ms) * MS
    assert instants(stream, 1000) == [math.floor(phase + k * period) for k in range(1000)]
    stream.next_job = FAR
    for k, release in zip(range(FAR, FAR + 3), releases(stream), strict=False):
        assert release.job == k
        assert release.at // stream.unit == math.floor(phase + k * period)
        assert release.next_nominal is not None
        assert release.next_nominal // stream.unit == math.floor(phase + (k + 1) * period)


@settings(max_examples=examples(50))
@given(
    st.fractions("1/1000", 1000, max_denominator=1000),
    st.fractions(0, 100, max_denominator=1000),
    st.fractions(0, 10, max_denominator=1000),
    st.fractions("1/1000", 1000, max_denominator=1000),
)
def test_every_instant_is_floored_once(
    period: Fraction, phase: Fraction, start: Fraction, deadline: Fraction
) -> None:
    """Start, phase, period and deadline are added exactly, then floored."""
    stream: Dict = {"name": "s", "model": "m", "period_ms": period, "phase_ms": phase}
    timed = {**stream, "start_s": start, "deadline_ms": deadline}
    first = start * SECOND + phase * MS
    duration_ms = math.floor((first + 5 * period * MS) / MS) + 1
    jobs = run(timed, duration_ms=duration_ms)
    assert len(jobs) >= 5
    for _, job, release_ns, deadline_ns in jobs:
        assert release_ns == math.floor(first + job * period * MS)
        assert deadline_ns == math.floor(first + (job * period + deadline) * MS)


def test_the_implicit_deadline_is_the_next_release() -> None:
    """Also where the period is no whole number of nanoseconds."""
    jobs = run({"name": "s", "model": "m", "rate_hz": 90})
    assert [job[3] for job in jobs[:-1]] == [job[2] for job in jobs[1:]]


# What is drawn


def test_jitter_delays_a_release_but_not_its_deadline() -> None:
    """Uniform in [0, jitter) after the nominal instant; the deadline is the next nominal one."""
    jobs = run(
        {"name": "s", "model": "m", "period_ms": 10, "jitter_ms": 4, "late": "drop"},
        duration_ms=20_000,
    )
    delays = [release_ns - job * 10 * MS for _, job, release_ns, _ in jobs]
    assert [deadline for *_, deadline in jobs] == [(job[1] + 1) * 10 * MS for job in jobs]
    assert all(0 <= delay < 4 * MS for delay in delays)
    assert min(delays) < 0.05 * MS
    assert max(delays) > 3.95 * MS
    assert abs(mean(delays) / MS - 2) < 4 * 4 / math.sqrt(12 * len(delays))


@pytest.mark.parametrize("jitter_ms", [4, 25, 100])
@pytest.mark.parametrize("stop_s", ["0.1", None])
def test_every_jittered_release_before_the_end_happens(jitter_ms: int, stop_s: str | None) -> None:
    """Also where jitter is longer than the period: one job that is late ends nothing for others."""
    jobs = range(40)
    drawn = [Fraction(draws.uniform(0, "s", job, "", "jitter", 0)) for job in jobs]
    times = [math.floor((5 * job + jitter_ms * drawn[job]) * MS) for job in jobs]
    expected = sorted((times[job], job) for job in jobs if times[job] < 100 * MS)
    stream: Dict = {"name": "s", "model": "m", "period_ms": 5, "jitter_ms": jitter_ms}
    stopped = stream | ({} if stop_s is None else {"stop_s": stop_s})
    found = run(stopped, duration_ms=100 if stop_s is None else 300)
    assert [(t_ns, job) for _, job, t_ns, _ in found] == expected


def test_jitter_moves_an_explicit_deadline() -> None:
    """It is part of the intended release, from which deadlines count."""
    stream: Dict = {"name": "s", "model": "m", "period_ms": 10, "jitter_ms": 4, "deadline_ms": 7}
    assert all(deadline == release + 7 * MS for _, _, release, deadline in run(stream))


def test_a_random_phase_is_drawn_once_by_seed_and_name() -> None:
    """Within the period, the same for all jobs of a run and for every run with the seed."""

    def phase(seed: int, name: str) -> int:
        stream = arrivals(seed, name=name, rate_hz=60, phase_ms="random")
        first, second = islice(releases(stream), 2)
        assert (second.at - first.at) / Fraction(stream.unit) == Fraction(SECOND, 60)
        return first.at // stream.unit

    phases = [phase(seed, name) for seed in range(20) for name in ("a", "b")]
    assert all(0 <= each < SECOND / 60 for each in phases)
    assert len(set(phases)) == len(phases)
    assert phases == [phase(seed, name) for seed in range(20) for name in ("a", "b")]


@pytest.mark.parametrize("written", [{"rate_hz": "0.1"}, {"mean_interval_s": 10}])
def test_poisson_gaps_are_exponential(written: Dict) -> None:
    """Mean and median of 10,000 gaps within the sampling error, and no two jobs at one instant."""
    stream = arrivals(arrival={"process": "poisson", **written})
    times = instants(stream, 10_001)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= 1
    assert abs(mean(gaps) / (10 * SECOND) - 1) < 4 / math.sqrt(len(gaps))
    assert abs(median(gaps) / (10 * SECOND * math.log(2)) - 1) < 0.06


# Explicit arrivals and closed loops


def test_explicit_arrivals_have_explicit_deadlines() -> None:
    """Both count from the start of the stream; two jobs may come at one instant."""
    stream: Dict = {"name": "s", "model": "m", "arrivals_ms": [0, 5, 5, "20/3"], "start_s": "0.01"}
    jobs = run({**stream, "deadlines_ms": [4, 9, 5, "23/3"]})
    assert [job[2:] for job in jobs] == [
        (10 * MS, 14 * MS),
        (15 * MS, 19 * MS),
        (15 * MS, 15 * MS),
        (16_666_666, 17_666_666),
    ]


def test_a_stream_without_period_has_no_implicit_deadline() -> None:
    """Nor has one that says none."""
    free: Dict = {"name": "free", "model": "m", "arrivals_ms": [0]}
    none: Dict = {"name": "none", "model": "m", "period_ms": 30, "deadline_ms": "none"}
    assert {deadline for *_, deadline in run(free, none)} == {None}


def test_a_closed_loop_thinks_after_each_end() -> None:
    """The next job comes a think time after the last one completed or was dropped."""
    loop: Dict = {
        "name": "loop",
        "model": "m",
        "arrival": {"process": "closed-loop", "think_s": "1/300"},
        "start_s": "0.001",
        "phase_ms": 1,
        "deadline_ms": 5,
        "late": "drop",
    }
    block: Dict = {"name": "block", "model": "slow", "arrivals_ms": [6]}
    events = Case(PROFILE, {"streams": [loop, block]}, "fcfs").journal()
    ends = [event for event in events if event[0] in (COMPLETED, DROPPED) and event[2] == 0]
    released = [event[1] for event in events if event[0] == RELEASED and event[2] == 0]
    assert released[0] == 2 * MS
    assert {event[0] for event in ends} == {COMPLETED, DROPPED}
    for end, release in zip(ends[: len(released) - 1], released[1:], strict=True):
        assert isinstance(end[1], int)
        assert release == math.floor(end[1] + Fraction(SECOND, 300))


def test_a_closed_loop_never_stands_still() -> None:
    """A think time too short to take a nanosecond is refused, or takes one.

    Else a job that is dropped at its release brings the next one at that very instant, for ever.
    """
    try:
        stream = arrivals(arrival={"process": "closed-loop", "think_s": "1e-10"})
    except UserError:
        return
    assert instants(stream, 1) == [0]
    stream.job_ended(0, 7)
    assert instants(stream, 1)[0] > 7


# The end of a stream


@pytest.mark.parametrize(
    ("stop_s", "expected"), [("0.03", 3), ("0.030000001", 4), ("0.029999999", 3), ("0.001", 1)]
)
def test_a_stop_is_exclusive(stop_s: str, expected: int) -> None:
    """A release at the very instant of stop_s does not happen."""
    stream: Dict = {"name": "s", "model": "m", "period_ms": 10, "stop_s": stop_s}
    assert len(run(stream)) == expected


def test_the_end_of_a_run_is_exclusive() -> None:
    """Releases come strictly before the duration."""
    stream: Dict = {"name": "s", "model": "m", "period_ms": 10}
    assert at_ms(*run(stream, duration_ms=20)) == [(0, 0), (1, 10)]


# Commands

EVERY_10: Dict = {"name": "s", "model": "m", "period_ms": 10, "phase_ms": 1}


def test_a_stopped_stream_goes_on_with_its_numbers() -> None:
    """After a start the phase counts from it, and numbers go on without a gap."""
    commands = ((15 * MS, StopStream("s")), (32 * MS, StartStream("s")))
    assert at_ms(*run(EVERY_10, commands=commands)) == [
        (0, 1), (1, 11), (2, 33), (3, 43), (4, 53),
    ]  # fmt: skip


def test_a_stop_at_a_release_lets_it_happen() -> None:
    """Releases come before commands at one instant, those of a started stream after them."""
    both = ((11 * MS, StopStream("s")), (11 * MS, StartStream("s")))
    now: Dict = {**EVERY_10, "phase_ms": 0}
    assert at_ms(*run(EVERY_10, commands=both, duration_ms=22)) == [(0, 1), (1, 11), (2, 12)]
    started = ((10 * MS, StopStream("s")), (10 * MS, StartStream("s")))
    assert at_ms(*run(now, commands=started, duration_ms=20)) == [(0, 0), (1, 10), (2, 10)]


def test_starting_what_runs_and_stopping_what_stands_changes_no_release() -> None:
    """Only the first stop has an effect."""
    idle = ((3 * MS, StartStream("s")), (15 * MS, StopStream("s")), (25 * MS, StopStream("s")))
    assert at_ms(*run(EVERY_10, commands=idle)) == [(0, 1), (1, 11)]


def test_explicit_arrivals_begin_anew_at_a_start() -> None:
    """They count from it, as do their deadlines; those before the stop are not made up for."""
    stream: Dict = {"name": "s", "model": "m", "arrivals_ms": [0, 20], "deadlines_ms": [9, 29]}
    jobs = run(stream, commands=((5 * MS, StopStream("s")), (30 * MS, StartStream("s"))))
    assert [job[1:] for job in jobs] == [
        (0, 0, 9 * MS),
        (1, 30 * MS, 39 * MS),
        (2, 50 * MS, 59 * MS),
    ]


def test_a_closed_loop_that_was_stopped_is_one_loop_again() -> None:
    """A start while a job is open releases one more; then each end brings one job, not two."""
    loop: Dict = {
        "name": "loop",
        "model": "slow",
        "arrival": {"process": "closed-loop", "think_s": "0.005"},
    }
    jobs = run(loop, commands=((4 * MS, StopStream("loop")), (8 * MS, StartStream("loop"))))
    # Job 0 runs 0-15, job 1 waits and runs 15-30; the end of job 1, the newest, brings job 2.
    assert at_ms(*jobs) == [(0, 0), (1, 8), (2, 35), (3, 55)]


def test_an_added_stream_counts_from_its_instant() -> None:
    """Its start, its stop and its phase."""
    added: Dict = {**EVERY_10, "name": "added", "start_s": "0.002", "stop_s": "0.03"}
    base: Dict = {"name": "base", "model": "m", "arrivals_ms": [0]}
    jobs = run(base, commands=((7 * MS, AddStreams(load_streams(added))),))
    assert [(job[1], job[2] / MS) for job in jobs if job[0] == 1] == [(0, 10), (1, 20), (2, 30)]
