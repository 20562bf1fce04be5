"""The speed of each backend's core while a run lasts, and what follows for the times of slices."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from emulator.ort.twin.gauge import ANY

Readings = Sequence[tuple[int, int]]
"""Instant and cost, both ns, in order of time: how long a fixed piece of work took."""
MODULE: Final = "emulator.ort.twin.gauge"
STEEPEST: Final = 1.5
"""No model is slowed down by more than this power of the gauge."""
AROUND: Final = 3
"""Readings before and after one whose median it stands for: 0.3 s either way."""


class Gauges:
    """Processes that tell how fast the cores of the CPU's backends are, until they are stopped.

    Args:
        cores: by backend on the CPU the core that it keeps to, None where the system chooses.
    """

    def __init__(self, cores: Mapping[str, int | None]) -> None:
        self._core_of = {backend: ANY if core is None else core for backend, core in cores.items()}
        self._processes = {
            core: subprocess.Popen(
                [sys.executable, "-m", MODULE, str(core)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            for core in set(self._core_of.values())
        }
        for each in self._processes.values():
            assert each.stdout is not None  # noqa: S101 - it was asked for
            each.stdout.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._processes.values():
            each.kill()
            each.communicate()

    def readings(self, begin_ns: int, end_ns: int) -> dict[str, list[tuple[int, int]]]:
        """Stops them: by backend what they read from begin to end (monotonic), counted from begin.

        A gauge that died has read nothing.
        """
        found = {
            core: [
                (instant_ns - begin_ns, cost_ns)
                for instant_ns, cost_ns in _last_words(process)
                if begin_ns <= instant_ns < end_ns
            ]
            for core, process in self._processes.items()
        }
        return {backend: found[core] for backend, core in self._core_of.items()}


def smoothed(readings: Readings) -> NDArray[np.float64]:
    """The cost at each reading, as the median of those around it."""
    costs = np.array([cost for _, cost in readings], dtype=np.float64)
    return np.array(
        [np.median(costs[max(0, i - AROUND) : i + AROUND + 1]) for i in range(len(costs))]
    )


def speed_at(readings: Readings, instants_ns: Sequence[float]) -> NDArray[np.float64]:
    """The cost of the gauge at other instants, between its readings."""
    times = np.array([instant for instant, _ in readings], dtype=np.float64)
    return np.interp(np.asarray(instants_ns, dtype=np.float64), times, smoothed(readings))


def elasticity(pairs: Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> float:
    """By which power of the gauge's cost the time of a slice grows, between 0 and 1.5.

    The slope of log time over log cost, by least squares, each group around its own mean.

    Args:
        pairs: of groups of slices, one for each backend: log cost and log time, equally long.
    """
    above = below = 0.0
    for cost, time in pairs:
        if not len(cost):
            continue
        deviation = cost - cost.mean()
        above += float(deviation @ time)
        below += float(deviation @ deviation)
    return min(STEEPEST, max(0.0, above / below)) if below else 0.0


def _last_words(process: subprocess.Popen[bytes]) -> list[tuple[int, int]]:
    said, _ = process.communicate()
    try:
        return [(instant, cost) for instant, cost in json.loads(said)]
    except ValueError:
        return []


def gauges_cores(speeds: Mapping[str, Readings], duration_ns: int) -> float:
    """What the gauges themselves took, in cores."""
    distinct = {id(each): each for each in speeds.values()}.values()
    return sum(cost for each in distinct for _, cost in each) / duration_ns if duration_ns else 0.0
