"""Exact numbers: what is written is what counts."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.names import shown
from emulator.schema.exact import (
    exact,
    floor_ns,
    ms_to_ns,
    parse_decimal,
    round_half_even_ns,
    s_to_ns,
    us_to_ns,
    within,
    written,
)

DECIMALS = st.decimals(
    min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=9
)
FRACTIONS = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**12)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (30, Fraction(30)),
        (33.3, Fraction(333, 10)),
        (0.1, Fraction(1, 10)),
        (1e-7, Fraction(1, 10**7)),
        (Decimal("33.30"), Fraction(333, 10)),
        (Fraction(1, 3), Fraction(1, 3)),
        ("100/3", Fraction(100, 3)),
        (" 100 / 3 ", Fraction(100, 3)),
        ("33.3", Fraction(333, 10)),
        ("-1.5e-3", Fraction(-3, 2000)),
        (".5", Fraction(1, 2)),
        ("0e9", Fraction(0)),
        (np.float64(33.3), Fraction(333, 10)),
        (np.float32(33.3), Fraction(333, 10)),
        (np.int64(7), Fraction(7)),
    ],
)
def test_a_number_is_the_decimal_that_is_written(value: object, number: Fraction) -> None:
    """Ints, floats, decimals, fractions and text give the value that they print."""
    assert exact(value) == number


@pytest.mark.parametrize(
    "value",
    [
        True,
        None,
        "",
        "fast",
        "1_000",
        "0x10",
        "1/0",
        "1/2/3",
        "nan",
        "inf",
        "٣",
        float("nan"),
        float("-inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        [1],
        {},
        1j,
        b"1",
    ],
)
def test_what_is_no_number_is_refused(value: object) -> None:
    """Anything but a finite number says what was expected instead."""
    with pytest.raises(ValueError, match="expected a number such as 30"):
        exact(value)


@pytest.mark.parametrize(
    "value",
    [
        "1e999999999",
        "1e-999999999",
        Decimal("1E+999999999999"),
        Decimal("-1E-999999999999"),
        "9" * 65,
        "1." + "3" * 50,
        10**40,
        10**5000,
        -(10**5000),
        Fraction(1, 10**31),
        Fraction(10**6000 + 1, 10**6000),
        "1/" + "9" * 40,
        5e-324,
        1.7e308,
    ],
    ids=lambda value: type(value).__name__,
)
def test_absurd_sizes_are_refused_without_computing_them(value: object) -> None:
    """A number of a billion digits costs an error message, not gigabytes."""
    with pytest.raises(ValueError, match="expected a number") as refusal:
        exact(value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("number", "form"),
    [
        (Fraction(12), 12),
        (Fraction(333, 10), "33.3"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(100, 3), "100/3"),
        (Fraction(2**60), str(2**60)),
    ],
)
def test_the_written_form_is_the_simplest_exact_one(number: Fraction, form: int | str) -> None:
    """Whole numbers are ints, finite decimals are decimals, the rest are fractions."""
    assert written(number) == form


@given(DECIMALS | FRACTIONS)
def test_writing_and_reading_gives_the_same_number(value: Decimal | Fraction) -> None:
    """No value is changed by a round trip through its written form."""
    number = exact(value)
    assert exact(written(number)) == number


@given(st.floats(min_value=1e-20, max_value=1e20))
def test_a_float_round_trips(value: float) -> None:
    """The exact value of a float is the decimal that reads back as this float."""
    assert float(exact(value)) == value
    assert exact(written(exact(value))) == exact(repr(value))


def test_toml_decimals_are_kept_as_written() -> None:
    """The parser of TOML floats keeps all digits and leaves absurd ones as text."""
    assert parse_decimal("33.30") == Decimal("33.30")
    assert parse_decimal("1" * 100 + ".5") == "1" * 100 + ".5"
    assert parse_decimal("1e99999999999999999999") == "1e99999999999999999999"


def test_limits_are_part_of_the_message() -> None:
    """A number out of range says what the range is."""
    with pytest.raises(ValueError, match="a number above 0, not 0"):
        within(0, above=True)(0)
    with pytest.raises(ValueError, match="a number at least 0, not -1"):
        within(0)(-1)
    with pytest.raises(ValueError, match=r"at most 10, not 10\.5"):
        within(0, 10)(10.5)
    with pytest.raises(ValueError, match=r'or "none", not .never'):
        within(0, word="none")("never")


def test_conversions_are_exact() -> None:
    """Seconds, milliseconds and microseconds become nanoseconds without rounding."""
    third = Fraction(1, 3)
    assert s_to_ns(third) == Fraction(10**9, 3)
    assert ms_to_ns(third) == Fraction(10**6, 3)
    assert us_to_ns(third) == Fraction(1000, 3)


def test_instants_are_floored_and_durations_rounded_half_even() -> None:
    """Floor goes down, also below zero; halves go to the even neighbor."""
    assert [floor_ns(Fraction(n, 2)) for n in (-1, 1, 3)] == [-1, 0, 1]
    assert [round_half_even_ns(Fraction(n, 2)) for n in (1, 3, 5)] == [0, 2, 2]


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, 10**9000, [0] * 10**5, {"a": 1}, "\x1b[31m", Fraction(1, 10**9000)],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_shown_briefly_and_without_control_characters(value: object) -> None:
    """An error message can quote anything."""
    text = shown(value)
    assert len(text) <= 60
    assert text.isprintable()
