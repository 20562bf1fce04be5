"""Spans of a session become cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtgen_tui.session import Timeline, TimelineMark, TimelineSpan
from rtgen_tui.widgets.scrub_cells import Scale, bursts, miss_rates, signs

S = 1_000_000_000


@given(st.integers(0, 10**15), st.integers(1, 10**14), st.integers(1, 400), st.data())
def test_a_cell_leads_back_to_itself(
    begin: int, length: int, count: int, data: st.DataObject
) -> None:
    """A click on a cell puts the head there, on every scale."""
    scale = Scale(begin, begin + length * count, count)
    cell = data.draw(st.integers(0, count - 1))

    assert scale.cell(scale.instant(cell)) == (cell if count > 1 else 0)


def test_the_ends_of_the_bar_are_the_ends_of_the_tape() -> None:
    """Nothing of it is out of reach of the mouse, and beyond it is still the end."""
    scale = Scale(10, 1010, 20)

    assert [scale.instant(cell) for cell in (-3, 0, 19, 99)] == [10, 10, 1010, 1010]
    assert [scale.cell(t) for t in (0, 10, 1010, 5000)] == [0, 0, 19, 19]


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 12), st.integers(0, 50)), max_size=30),
    st.integers(1, 200),
)
def test_no_miss_is_lost_or_counted_twice(spans: list[tuple[int, int, int]], count: int) -> None:
    """However spans and cells overlap."""
    made = [TimelineSpan(t * S, (t + length) * S, misses, 0, 0) for t, length, misses in spans]
    rates = miss_rates(made, Scale(0, 102 * S, count))

    assert sum(rates) * 102 / count == pytest.approx(sum(misses for _, _, misses in spans))


def test_a_burst_is_the_worst_cell_of_a_bad_time() -> None:
    """One sign per bad time; an even rate is none, however high."""
    assert bursts([1, 1, 9, 12, 9, 1, 1, 1, 1, 9, 1]) == [3, 9]
    assert bursts([5.0] * 20) == []
    assert bursts([0.0] * 20) == []
    assert bursts([]) == []


def test_a_mark_hides_a_burst_and_a_swap_hides_both() -> None:
    """What a person did says more than what came of it."""
    spans = (
        TimelineSpan(0, 4 * S, 0, 0, 0),
        TimelineSpan(4 * S, 5 * S, 40, 1, 1),
        TimelineSpan(5 * S, 10 * S, 0, 0, 0),
    )
    scale = Scale(0, 10 * S, 10)
    rates = miss_rates(spans, scale)
    mark = (TimelineMark(4 * S + 1, "now"),)

    assert signs(Timeline((), mark, ()), rates, scale) == {4: "marker"}
    assert signs(Timeline(spans, mark, ()), rates, scale) == {4: "policy"}
