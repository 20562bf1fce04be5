"""Sparklines, bars and areas."""

import math

from rtgen_tui.symbols import ASCII, BLOCK, BRAILLE
from rtgen_tui.widgets.charts import area, bar, spark


def test_the_scale_of_a_sparkline_is_fixed() -> None:
    """96 to 98 % looks full, not like 0 to 100 %."""
    assert spark((0.96, 0.97, 0.98), 3, BLOCK) == "███"


def test_little_is_not_nothing() -> None:
    """Anything above zero is seen, zero and NaN are not."""
    assert spark((0.0, 0.001, math.nan, 1.0, 7.0), 5, BLOCK) == " ▁ ██"


def test_a_sparkline_is_filled_from_the_right() -> None:
    """The newest value is at the right edge."""
    assert spark((0.5,), 3, BLOCK) == "  ▄"
    assert spark((0.0, 0.5, 1.0), 2, BLOCK) == "▄█"
    assert spark((1.0,), 0, BLOCK) == ""


def test_a_new_sample_moves_old_ones_by_whole_cells() -> None:
    """No sample is grouped anew."""
    values = tuple(((n * 37) % 100) / 100 for n in range(20))

    before = area(values[:-1], 18, 12, 3, BLOCK)
    after = area(values, 19, 12, 3, BLOCK)

    assert [row[1:] for row in before] == [row[:-1] for row in after]


def test_braille_pairs_follow_the_absolute_grid() -> None:
    """The picture waits for the second sample of a pair, then moves by one cell."""
    values = tuple(((n * 37) % 100) / 100 for n in range(41))

    pictures = [area(values[n : n + 30], n + 29, 10, 2, BRAILLE) for n in range(4)]

    assert pictures[0] == pictures[1]
    assert pictures[1] != pictures[2]
    assert [row[1:] for row in pictures[1]] == [row[:-1] for row in pictures[2]]


def test_an_area_stacks_full_cells() -> None:
    """Each row shows its eighths of the height."""
    assert area((0.0, 0.25, 0.5, 0.75, 1.0), 4, 5, 2, BLOCK) == ["   ▄█", " ▄███"]
    assert area((1.0, 0.5), 1, 1, 2, BRAILLE) == ["⡇", "⣿"]
    assert area((0.5,), 0, 0, 2, BLOCK) == []


def test_a_bar_has_half_cells() -> None:
    """And an empty part that fills the rest."""
    assert bar(0.41, 10, BLOCK) == ("━━━━", "──────")
    assert bar(0.46, 10, BLOCK) == ("━━━━╸", "─────")
    assert bar(2.0, 4, ASCII) == ("====", "")
