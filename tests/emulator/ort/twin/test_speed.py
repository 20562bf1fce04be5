"""How fast cores are, and what follows for slices."""

import math
import threading

import numpy as np
import pytest

from emulator.ort.twin import speed
from emulator.ort.twin.gauge import readings
from emulator.ort.twin.speed import (
    AROUND,
    STEEPEST,
    Gauges,
    elasticity,
    gauges_cores,
    smoothed,
    speed_at,
)
from tests.emulator.ort.twin.twin_examples import MS


class After(threading.Event):
    """Set after so many waits, without waiting."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self._left = waits

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it is over."""
        self._left -= 1
        return self._left < 0


def test_a_gauge_times_its_work_until_it_is_told_to_end() -> None:
    """One reading for each piece of work, in order of time."""
    done: list[int] = []
    found = readings(lambda: done.append(sum(range(1000))), After(5))
    assert len(found) == len(done) == 5
    assert found == sorted(found)
    assert all(cost_ns > 0 for _, cost_ns in found)


def test_a_gauge_is_a_process_of_its_own() -> None:
    """Begun and ended; what it read outside the asked span is left out."""
    with Gauges({"cpu0": None, "cpu1": None}) as gauges:
        assert gauges.readings(0, 1) == {"cpu0": [], "cpu1": []}


def test_a_gauge_that_dies_has_read_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on without it."""
    monkeypatch.setattr(speed, "MODULE", "emulator.ort.twin.no_such_module")
    with Gauges({"cpu0": None}) as gauges:
        assert gauges.readings(0, 10**18) == {"cpu0": []}


def test_one_reading_that_was_disturbed_counts_for_nothing() -> None:
    """The median of those around it stands for each."""
    found = [(at * MS, 50 if at == 20 else 1) for at in range(40)]
    assert set(smoothed(found)) == {1}


def test_between_readings_the_speed_is_between_theirs() -> None:
    """And before the first and after the last it is theirs."""
    found = [(at * MS, 1 + at) for at in range(2 * AROUND + 1)]
    middle = AROUND * MS
    low, mid, high = speed_at(found, [-MS, middle, 10**12])
    assert mid == 1 + AROUND
    assert low < mid < high


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_the_elasticity_is_the_slope_within_backends(slope: float) -> None:
    """Two backends of different speeds; one without a gauge says nothing."""
    cost = np.linspace(0, 1, 20)
    nothing = np.array([])
    groups = [(cost, slope * cost), (cost + 3, slope * cost - 7), (nothing, nothing)]
    assert elasticity(groups) == pytest.approx(slope, abs=1e-9)


def test_the_elasticity_has_bounds() -> None:
    """Slices that were faster on a slow core say nothing; nor does a gauge that never moved."""
    cost = np.linspace(0, 1, 20)
    assert elasticity([(cost, -cost)]) == 0
    assert elasticity([(cost, 9 * cost)]) == STEEPEST
    assert elasticity([(np.zeros(5), np.arange(5.0))]) == 0


def test_what_gauges_take_is_counted_once_for_each_core() -> None:
    """Two backends without a core of their own share one."""
    shared = [(0, 2 * MS), (100 * MS, 4 * MS)]
    found = gauges_cores({"a": shared, "b": shared, "c": [(0, 6 * MS)]}, 1000 * MS)
    assert math.isclose(found, 0.012)
