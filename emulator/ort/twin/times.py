"""What slices took in runs for real, and how fast their cores were meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from emulator.ort.twin.observation import Observation, SliceSeen
from emulator.ort.twin.parts import dispatch_ns
from emulator.ort.twin.speed import Readings, elasticity, smoothed, speed_at
from emulator.profile import Profile

ENOUGH: Final = 100
"""Slices: a backend with fewer has those of all."""
LEAST: Final = 0.05
"""No ratio is below this, whatever the gaps are."""
SPEEDS: Final = 16
"""Quantiles of the gauge that stand for a run."""
Floats = NDArray[np.float64]
Kind = tuple[str, str]
"""Model and phase."""
S = TypeVar("S")
T = TypeVar("T", bound=Hashable)


class Run(NamedTuple):
    """A run, and by backend the gap of its profile and the gap that does not count as time, ns."""

    observation: Observation
    dispatch: Mapping[str, float]
    gaps: Mapping[str, float]


def as_told(told: Mapping[str, Profile], runs: Mapping[str, Sequence[Observation]]) -> list[Run]:
    """Runs of policies with what each was told: gaps beyond those told count as time."""
    dispatch = {policy: dispatch_ns(profile) for policy, profile in told.items()}
    return [
        Run(each, dispatch[policy], dispatch[policy])
        for policy, own in runs.items()
        for each in own
    ]


@dataclass(frozen=True, slots=True)
class Group:
    """Slices of a model's phase on a backend: time over table value, and their core's gauge.

    All are logarithms; the gauge is NaN where there was none.
    """

    times: Floats
    gauge: Floats

    @property
    def gauged(self) -> tuple[Floats, Floats]:
        """Gauge and time of those that have both."""
        known = ~np.isnan(self.gauge)
        return self.gauge[known], self.times[known]

    def residuals(self, slope: float) -> Floats:
        """The times without what the speed of the core did to them."""
        gauge, times = self.gauged
        rest: Floats = times - slope * gauge
        return rest


class Times:
    """By model, phase and backend: what the slices of some runs took over the table value."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.groups = _groups(runs)
        self._slopes = {
            kind: elasticity(each.gauged for each in by_backend.values())
            for kind, by_backend in self.groups.items()
        }

    def residuals(self, kind: Kind, backend: str, *, at_speed: bool) -> tuple[Floats, float]:
        """What is left of the times (logarithms) at a known speed of the core.

        With it comes the power of the gauge by which they grow; it is 0, and the times are whole,
        unless the speed is known now and was known of some of the slices.
        """
        chosen, slope = self._of(kind, backend), self._slopes[kind]
        left = np.concatenate([each.residuals(slope) for each in chosen])
        if at_speed and len(left):
            return left, slope
        return np.concatenate([each.times for each in chosen]), 0.0

    def ratios(self, kind: Kind, backend: str, speeds: Readings | None) -> tuple[Floats, int]:
        """Times over table value at these speeds of the core, and of how many slices."""
        slices = sum(len(each.times) for each in self._of(kind, backend))
        left, slope = self.residuals(kind, backend, at_speed=bool(speeds))
        if not speeds or not slope:
            return np.exp(left), slices
        levels = np.quantile(np.log(smoothed(speeds)), np.linspace(0, 1, SPEEDS))
        found: Floats = np.exp(np.add.outer(left, slope * levels)).ravel()
        return found, slices

    def _of(self, kind: Kind, backend: str) -> list[Group]:
        """The slices that count there: of all backends if it had few itself."""
        by_backend = self.groups[kind]
        own = by_backend.get(backend)
        is_enough = own is not None and len(own.times) >= ENOUGH
        return [own] if own is not None and is_enough else list(by_backend.values())


def grouped(values: Iterable[S], key: Callable[[S], T]) -> dict[T, list[S]]:
    """The values by key, in order."""
    found: defaultdict[T, list[S]] = defaultdict(list)
    for each in values:
        found[key(each)].append(each)
    return found


def _groups(runs: Iterable[Run]) -> dict[Kind, dict[str, Group]]:
    found: defaultdict[Kind, defaultdict[str, list[tuple[Floats, Floats]]]]
    found = defaultdict(lambda: defaultdict(list))
    for run, dispatch, gaps in runs:
        for (model, phase, backend), slices in grouped(run.slices, _key).items():
            times = _times(slices, dispatch[backend], gaps[backend])
            gauge = _gauge(slices, run.speeds.get(backend))
            found[model, phase][backend].append((times, gauge))
    return {
        kind: {
            backend: Group(*(np.concatenate(each) for each in zip(*parts, strict=True)))
            for backend, parts in by_backend.items()
        }
        for kind, by_backend in found.items()
    }


def _key(each: SliceSeen) -> tuple[str, str, str]:
    return each.model, each.phase, each.backend


def _times(slices: Sequence[SliceSeen], dispatch_ns: float, gap_ns: float) -> Floats:
    """The logarithm of what each took over the table value, without the gap before it."""
    table_ns = np.array([max(1.0, each.expected_ns - dispatch_ns) for each in slices])
    took_ns = np.array([each.end_ns - each.start_ns - gap_ns for each in slices])
    ratios: Floats = np.log(np.maximum(LEAST, took_ns / table_ns))
    return ratios


def _gauge(slices: Sequence[SliceSeen], readings: Readings | None) -> Floats:
    """The logarithm of the gauge's cost in the middle of each."""
    if not readings:
        return np.full(len(slices), np.nan)
    return np.log(speed_at(readings, [(each.begin_ns + each.end_ns) / 2 for each in slices]))
