"""How long a call takes: warm-up, then runs until there are enough, and what came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

NS_PER_MS: Final = 1_000_000
Clock = Callable[[], int]
"""Nanoseconds that only rise."""


@dataclass(frozen=True, slots=True)
class Effort:
    """When a measurement has enough: `runs` of them, or `seconds` and at least `few` of them.

    Nothing goes on beyond `at_most_s` once there are 3 runs, however slow it is.
    """

    warm_up: int = 10
    runs: int = 100
    seconds: float = 3.0
    few: int = 20
    at_most_s: float = 20.0


MIN_RUNS: Final = 3


@dataclass(frozen=True, slots=True)
class Timings:
    """What a number of runs took, in ms; percentiles are interpolated linearly."""

    n: int
    min: float
    mean: float
    std: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float

    def to_dict(self) -> dict[str, float]:
        """By name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Timings:
        """The inverse of `to_dict`; KeyError, TypeError or ValueError for anything else."""
        n, *ms = (float(data[name]) for name in cls.__dataclass_fields__)
        return cls(int(n), *ms)


def timings(durations_ns: Sequence[int]) -> Timings:
    """The figures of at least one run."""
    ms = np.array(durations_ns, np.float64) / NS_PER_MS
    p50, p90, p95, p99 = (float(each) for each in np.percentile(ms, (50, 90, 95, 99)))
    return Timings(
        len(durations_ns),
        float(ms.min()),
        float(ms.mean()),
        float(ms.std()),
        p50,
        p90,
        p95,
        p99,
        float(ms.max()),
    )


def measured(
    run: Callable[[], object],
    effort: Effort,
    *,
    clock: Clock = time.perf_counter_ns,
) -> Timings:
    """Times calls of `run`."""
    _warm_up(run, effort, clock)
    durations_ns: list[int] = []
    started_ns = clock()
    while True:
        before_ns = clock()
        run()
        after_ns = clock()
        durations_ns.append(after_ns - before_ns)
        passed_s = (after_ns - started_ns) / 1e9
        if _enough(len(durations_ns), passed_s, effort):
            return timings(durations_ns)


def _warm_up(run: Callable[[], object], effort: Effort, clock: Clock) -> None:
    """At least 3 runs where any are asked for; no more than fit the time of a measurement."""
    started_ns = clock()
    for done in range(effort.warm_up):
        if done >= MIN_RUNS and (clock() - started_ns) / 1e9 > effort.seconds:
            return
        run()


def _enough(runs: int, passed_s: float, effort: Effort) -> bool:
    if runs >= MIN_RUNS and passed_s >= effort.at_most_s:
        return True
    return runs >= effort.runs or (passed_s >= effort.seconds and runs >= effort.few)
