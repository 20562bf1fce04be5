"""Which part of a prediction is off: service time, contention, dispatch, or the waiting they cause.

The mean response of jobs that both runs completed is taken apart:
response = time in slices + the rest, and time in slices = dispatch + service; what slices took
longer beside another busy backend is contention.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Final

from emulator.metrics.windows import NS_PER_MS, nearest_rank
from emulator.ort.measured_profile import Z_95
from emulator.ort.twin.observation import INFERENCE, Observation, SliceSeen
from emulator.profile import Profile
from emulator.schema.exact import us_to_ns

ALONE: Final = 0.1
BESIDE: Final = 0.9
"""Shares of a slice during which another backend was busy, to call it alone or beside."""
FEW: Final = 5
"""Fewer slices than this on either side say nothing about contention."""

Key = tuple[str, str, str]
"""Backend, model and phase."""


@dataclass(frozen=True, slots=True)
class Service:
    """The slices of a model's phase on a backend over what the profile says they take.

    `p50` and `p95` are quantiles of worker-measured time over table value; `p95_predicted` is that
    of the profile's noise, whose p50 is 1. `contention` is the median beside another busy backend
    over the median alone, None where there were too few of either. Gaps are from decision to
    begin, in ms.
    """

    backend: str
    model: str
    phase: str
    slices: int
    p50: float
    p95: float
    p95_predicted: float
    contention: float | None
    gap_p50_ms: float
    gap_p95_ms: float
    dispatch_ms: float

    def to_dict(self) -> dict[str, object]:
        """By name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a stream's real mean response exceeds the predicted one by, in ms, and by which part."""

    stream: str
    jobs: int
    response_ms: float
    service_ms: float
    contention_ms: float
    dispatch_ms: float
    waiting_ms: float

    @property
    def largest(self) -> str:
        """The part that is furthest off."""
        named = {
            "service time": self.service_ms,
            "contention": self.contention_ms,
            "dispatch": self.dispatch_ms,
            "waiting behind others": self.waiting_ms,
        }
        return max(named, key=lambda each: abs(named[each]))

    def to_dict(self) -> dict[str, object]:
        """By name."""
        return {**asdict(self), "largest": self.largest}


def services(profile: Profile, real: Sequence[Observation]) -> tuple[Service, ...]:
    """Of all slices of some real runs, by backend, model and phase."""
    dispatch = dispatch_ns(profile)
    groups: defaultdict[Key, list[tuple[SliceSeen, float]]] = defaultdict(list)
    for run in real:
        for each, share in zip(run.slices, shares(run.slices), strict=True):
            groups[each.backend, each.model, each.phase].append((each, share))
    return tuple(_service(profile, key, groups[key], dispatch[key[0]]) for key in sorted(groups))


def shares(slices: Sequence[SliceSeen]) -> list[float]:
    """Of each slice, the share of its time in which another backend was busy.

    Slices are in order of begin, and those of one backend do not overlap.
    """
    by_backend: defaultdict[str, list[SliceSeen]] = defaultdict(list)
    for each in slices:
        by_backend[each.backend].append(each)
    found = dict.fromkeys(map(id, slices), 0.0)
    for backend, own in by_backend.items():
        for other, others in by_backend.items():
            if other != backend:
                _add_overlaps(found, own, others)
    return [min(1.0, found[id(each)] / each.run_ns) if each.run_ns > 0 else 0.0 for each in slices]


def parts(
    profile: Profile,
    predicted: Observation,
    real: Sequence[Observation],
    found: Sequence[Service],
) -> tuple[Parts, ...]:
    """By stream, over jobs that both completed; streams without such a job are left out."""
    dispatch = dispatch_ns(profile)
    factors = {(each.backend, each.model, each.phase): each.contention or 1.0 for each in found}
    differences: defaultdict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
    mean_dispatch_ns = fmean(dispatch.values())
    expected = {(each.stream, each.index): each for each in predicted.jobs}
    for run in real:
        times = _times(run, factors)
        for job in run.jobs:
            twin = expected.get((job.stream, job.index))
            if twin is None or twin.response_ns is None or job.response_ns is None:
                continue
            gap, service, contention = times.get((job.stream, job.index), (0.0, 0.0, 0.0))
            twin_gap = min(twin.slices * mean_dispatch_ns, twin.slices_ns)
            differences[job.stream].append(
                (
                    job.response_ns - twin.response_ns,
                    service - contention - (twin.slices_ns - twin_gap),
                    contention,
                    gap - twin_gap,
                )
            )
    return tuple(
        _mean_parts(stream, differences[stream])
        for stream in predicted.figures
        if stream in differences
    )


def dispatch_ns(profile: Profile) -> dict[str, float]:
    """What the profile adds to each slice, by backend."""
    return {each.name: float(us_to_ns(each.dispatch_us)) for each in profile.backends}


def _mean_parts(stream: str, all_ns: Sequence[tuple[float, float, float, float]]) -> Parts:
    response, service, contention, dispatch = (
        fmean(each) / NS_PER_MS for each in zip(*all_ns, strict=True)
    )
    waiting = response - service - contention - dispatch
    return Parts(stream, len(all_ns), response, service, contention, dispatch, waiting)


def _times(
    run: Observation, factors: Mapping[Key, float]
) -> dict[tuple[str, int], tuple[float, float, float]]:
    """By job: gaps, time in slices, and how much of that is contention, in ns."""
    times: dict[tuple[str, int], tuple[float, float, float]] = {}
    for each, share in zip(run.slices, shares(run.slices), strict=True):
        factor = 1 + share * (factors.get((each.backend, each.model, each.phase), 1.0) - 1)
        gap, service, contention = times.get((each.stream, each.job), (0.0, 0.0, 0.0))
        times[each.stream, each.job] = (
            gap + each.gap_ns,
            service + each.run_ns,
            contention + each.run_ns * (1 - 1 / factor),
        )
    return times


def _service(
    profile: Profile, key: Key, seen: Sequence[tuple[SliceSeen, float]], dispatch: float
) -> Service:
    backend, model, phase = key
    ratios = [each.run_ns / max(1.0, each.expected_ns - dispatch) for each, _ in seen]
    alone = [r for r, (_, share) in zip(ratios, seen, strict=True) if share <= ALONE]
    beside = [r for r, (_, share) in zip(ratios, seen, strict=True) if share >= BESIDE]
    known = min(len(alone), len(beside)) >= FEW
    gaps = sorted(each.gap_ns / NS_PER_MS for each, _ in seen)
    return Service(
        backend,
        model,
        phase,
        len(seen),
        median(ratios),
        nearest_rank(sorted(ratios), 95) or 0.0,
        _p95(profile, key),
        median(beside) / median(alone) if known else None,
        median(gaps),
        nearest_rank(gaps, 95) or 0.0,
        dispatch / NS_PER_MS,
    )


def _p95(profile: Profile, key: Key) -> float:
    """Of the profile's noise, over its median or, of an exponential one, over its mean."""
    backend, model, phase = key
    entry = profile.models[model][backend]
    noise = entry.noise_model(
        "latency" if phase == INFERENCE else "prefill" if phase == "prefill" else "decode"
    )
    if noise.dist == "exponential":
        return -math.log(0.05)
    return math.exp(Z_95 * noise.sigma) if noise.dist == "lognormal" else 1.0


def _add_overlaps(
    found: dict[int, float], own: Sequence[SliceSeen], others: Sequence[SliceSeen]
) -> None:
    first = 0
    for each in own:
        while first < len(others) and others[first].end_ns <= each.begin_ns:
            first += 1
        position = first
        while position < len(others) and others[position].begin_ns < each.end_ns:
            other = others[position]
            begin_ns, end_ns = max(each.begin_ns, other.begin_ns), min(each.end_ns, other.end_ns)
            found[id(each)] += end_ns - begin_ns
            position += 1
