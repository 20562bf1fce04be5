"""How figures are written."""

import math

import pytest

from rtgen_tui.widgets.numbers import (
    ceiling,
    clock,
    duration,
    milliseconds,
    miss_percent,
    percent,
    rate,
    short,
    span,
)
from rtgen_tui.widgets.numbers import whole_percent as whole


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "-"),
        (math.nan, "-"),
        (math.inf, "huge"),
        (0, "0"),
        (999, "999"),
        (999.6, "1.0k"),
        (12_345, "12.3k"),
        (99_960, "100k"),
        (999_960, "1.0M"),
        (4_500_000, "4.5M"),
        (-12_345, "-12.3k"),
        (10**20, "huge"),
    ],
)
def test_big_numbers_are_shortened(value: float | None, expected: str) -> None:
    """At most six characters for anything."""
    assert short(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.04, "0.0"), (6.14, "6.1"), (99.94, "99.9"), (99.96, "100"), (131.4, "131"), (None, "-")],
)
def test_milliseconds_have_a_decimal_below_a_hundred(value: float | None, expected: str) -> None:
    """Three digits say enough."""
    assert milliseconds(value) == expected


def test_percent_of_nothing_is_not_a_number() -> None:
    """No job known is not 0 %."""
    assert (percent(1, 8), percent(0, 8), percent(0, 0)) == ("12.5", "0.0", "-")


def test_whole_percent_keeps_three_places() -> None:
    """So that figures do not jump sideways."""
    assert [whole(each) for each in (0.0, 0.974, 1.0, -1.0, 1e300, math.nan)] == [
        *("  0", " 97", "100", "  0", "999", "  -")
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(30.0, "30"), (29.97, "30"), (29.8, "29.8"), (100.0, "100"), (0.0667, "0.067"), (0.0, "0"),
     (1200.0, "1.2k"), (None, "-")],
)  # fmt: skip
def test_rates_have_no_needless_digits(value: float | None, expected: str) -> None:
    """As a person writes them."""
    assert rate(value) == expected


@pytest.mark.parametrize(
    ("t_ns", "long", "brief"),
    [
        (0, "00:00:00.0", "00:00.0"),
        (134_399_999_999, "00:02:14.3", "02:14.3"),
        (3_600_000_000_000, "01:00:00.0", "01:00:00.0"),
    ],
)
def test_the_clock_never_shows_time_that_has_not_passed(t_ns: int, long: str, brief: str) -> None:
    """It cuts, it does not round."""
    assert (clock(t_ns), clock(t_ns, hours=False)) == (long, brief)


def test_spans_have_one_unit() -> None:
    """Milliseconds, seconds or minutes."""
    assert [span(each) for each in (0.2, 12.0, 240.0)] == ["200 ms", "12 s", "4 min"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 1), (1.0, 1), (1.1, 2), (2.0, 2), (4.0, 5), (70.0, 100), (math.nan, 1)],
)
def test_scales_end_at_round_numbers(value: float, expected: float) -> None:
    """1, 2 or 5 times a power of ten."""
    assert ceiling(value) == expected


@pytest.mark.parametrize(
    ("ms", "expected"),
    [
        (None, "- ms"),
        (math.nan, "- ms"),
        (52.14, "52.1 ms"),
        (999.4, "999 ms"),
        (999.6, "1.0 s"),
        (9204.0, "9.2 s"),
        (14_200.0, "14.2 s"),
    ],
)
def test_long_durations_are_in_seconds(ms: float | None, expected: str) -> None:
    """Never in thousands of milliseconds."""
    assert duration(ms) == expected


@pytest.mark.parametrize(
    ("missed", "known", "expected"),
    [
        (0, 0, "-"),
        (0, 9, "0"),
        (1, 30_000, "<0.01"),
        (13, 40_000, "0.03"),
        (99, 10_000, "0.99"),
        (996, 100_000, "1.0"),
        (402, 4800, "8.4"),
        (math.nan, 1, "-"),
    ],
)
def test_small_shares_of_misses_have_two_decimals(
    missed: float, known: float, expected: str
) -> None:
    """And no misses at all is told from few."""
    assert miss_percent(missed, known) == expected
