"""Which part of a prediction is off: service time, contention, dispatch, or the waiting they cause.

The mean response of jobs that both runs completed is taken apart:
response = time in slices + the rest, and time in slices = dispatch + service; what slices took
longer beside another busy backend is contention.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Final, NamedTuple

from emulator.cost import NO_NOISE, noise_factor
from emulator.metrics.windows import NS_PER_MS, nearest_rank
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
class Pair:
    """A run for real, and predictions of it that differ in the luck of the draw.

    Those of `hindsight` draw from what the slices of this very run took: what is off there as well
    is not the fault of the times.
    """

    profile: Profile
    predicted: tuple[Observation, ...]
    hindsight: tuple[Observation, ...]
    real: Observation


@dataclass(frozen=True, slots=True)
class Service:
    """The slices of a model's phase on a backend over what the profile says they take.

    `p50` and `p95` are quantiles of worker-measured time over table value, `p50_predicted` and
    `p95_predicted` those of the profile's noise, and `dispatch_ms` what the profile adds: of
    several, the median.
    `contention` is the median beside another busy backend
    over the median alone, None where there were too few of either. Gaps are from decision to
    begin, in ms.
    """

    backend: str
    model: str
    phase: str
    slices: int
    p50: float
    p95: float
    p50_predicted: float
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


def services(pairs: Sequence[Pair]) -> tuple[Service, ...]:
    """Of all slices of some real runs, by backend, model and phase."""
    groups: defaultdict[Key, list[_Timed]] = defaultdict(list)
    for pair in pairs:
        dispatch, slices = dispatch_ns(pair.profile), pair.real.slices
        for each, share in zip(slices, shares(slices), strict=True):
            key = each.backend, each.model, each.phase
            table_ns = max(1.0, each.expected_ns - dispatch[each.backend])
            groups[key].append(_Timed(each.run_ns / table_ns, share, each.gap_ns))
    profiles = [each.profile for each in pairs]
    return tuple(_service(profiles, key, groups[key]) for key in sorted(groups))


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


def parts(pairs: Sequence[Pair], found: Sequence[Service]) -> tuple[Parts, ...]:
    """By stream, over jobs that both completed; streams without such a job are left out."""
    factors = {(each.backend, each.model, each.phase): each.contention or 1.0 for each in found}
    differences: defaultdict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
    for pair in pairs:
        mean_dispatch_ns = fmean(dispatch_ns(pair.profile).values())
        expected = {(each.stream, each.index): each for each in pair.predicted[0].jobs}
        times = _times(pair.real, factors)
        for job in pair.real.jobs:
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
        for stream in pairs[0].real.figures
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


class _Timed(NamedTuple):
    """A slice: its time over the table value, the share of it beside others, and its gap."""

    ratio: float
    share: float
    gap_ns: int


def _service(profiles: Sequence[Profile], key: Key, seen: Sequence[_Timed]) -> Service:
    backend, model, phase = key
    ratios = sorted(each.ratio for each in seen)
    alone = [each.ratio for each in seen if each.share <= ALONE]
    beside = [each.ratio for each in seen if each.share >= BESIDE]
    known = min(len(alone), len(beside)) >= FEW
    gaps = sorted(each.gap_ns / NS_PER_MS for each in seen)
    return Service(
        backend,
        model,
        phase,
        len(seen),
        median(ratios),
        nearest_rank(ratios, 95) or 0.0,
        median(_noise(each, key, 0.5) for each in profiles),
        median(_noise(each, key, 0.95) for each in profiles),
        median(beside) / median(alone) if known else None,
        median(gaps),
        nearest_rank(gaps, 95) or 0.0,
        median(dispatch_ns(each)[backend] for each in profiles) / NS_PER_MS,
    )


def _noise(profile: Profile, key: Key, share: float) -> float:
    """A quantile of the profile's noise."""
    backend, model, phase = key
    entry = profile.models[model][backend]
    noise = entry.noise_model(
        "latency" if phase == INFERENCE else "prefill" if phase == "prefill" else "decode"
    )
    return noise_factor(noise, share) / NO_NOISE


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
