"""Bars of slices that ran at the same time on one backend."""

from rtgen_tui.widgets.lanes import Bar, side_by_side


def bar(start: int, end: int, stream: int) -> Bar:
    """A slice."""
    return Bar(start, end, stream, "", missed=False)


def test_a_batch_is_drawn_part_by_part() -> None:
    """Three slices in one place fill it without a gap, in their order; others stay as they are."""
    found = side_by_side([bar(0, 10, 0), bar(10, 20, 0), bar(10, 20, 2), bar(10, 20, 1)])
    assert [(each.start, each.end, each.stream) for each in found] == [
        (0, 10, 0),
        (10, 13, 0),
        (13, 16, 2),
        (16, 20, 1),
    ]


def test_what_has_no_width_gets_none() -> None:
    """Slices too short to be seen change nothing."""
    bars = [bar(3, 3, 0), bar(3, 3, 1)]
    assert side_by_side(bars) == bars
