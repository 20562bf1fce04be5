"""The search on a grid: where the edge is enclosed, and what is tried around it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.study.capacity_search import Digits, Found, Grid, Steps, search

GRIDS = st.sampled_from((Digits(), Steps(Fraction(1)), Steps(Fraction(1, 4))))


def run(
    grid: Grid, start: int, low: int, high: int, *, last: int
) -> tuple[Found, dict[int, bool], int]:
    """The outcome where all indices up to ``last`` hold, what was tried, and in how many rounds."""
    steps = search(grid, start, low, high)
    tried: dict[int, bool] = {}
    rounds = 0
    wanted = next(steps)
    while True:
        tried.update((index, index <= last) for index in wanted)
        rounds += 1
        try:
            wanted = steps.send(tried)
        except StopIteration as stop:
            return stop.value, tried, rounds


@given(GRIDS, st.data())
def test_the_edge_is_found(grid: Grid, data: st.DataObject) -> None:
    """The last value that holds and its neighbor, wherever it is and wherever the search begins."""
    low = data.draw(st.integers(1, 500))
    high = data.draw(st.integers(low, 3000))
    start = data.draw(st.integers(low, high))
    last = data.draw(st.integers(low - 1, high))
    found, tried, rounds = run(grid, start, low, high, last=last)

    assert found.good == (None if last < low else last)
    assert found.bad == (None if last >= high else max(low, last + 1))
    assert all(low <= index <= high for index in tried)
    assert rounds < 40


@pytest.mark.parametrize(
    ("index", "value"),
    [(0, "1"), (1, "1.01"), (899, "9.99"), (900, "10"), (901, "10.1"), (-1, "0.999")],
)
def test_three_digits(index: int, value: str) -> None:
    """Index 0 is 1, and a decade has 900 values."""
    assert Digits().value(index) == Fraction(value)


@given(st.integers(-5000, 5000), st.fractions(0, Fraction(99, 100)))
def test_floor_is_the_largest_value_up_to(index: int, part: Fraction) -> None:
    """Of each value itself, and of all between it and the next."""
    for grid, low in ((Digits(), -5000), (Steps(Fraction(2, 3)), 1)):
        if index >= low:
            here, above = grid.value(index), grid.value(index + 1)
            assert here < above
            assert grid.floor(here + part * (above - here)) == index


def test_values_around_the_edge_are_tried() -> None:
    """The one after the next, and some tenths below and above."""
    _, tried, _ = run(Steps(Fraction(1)), 100, 1, 1000, last=100)

    assert {80, 90, 101, 102, 110, 125, 150} <= tried.keys()
