"""Option values as people write them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import UserError
from rtgen_tui.commands.values import (
    MAX_SEED,
    MIN_SEED,
    choice,
    duration_s,
    number,
    seed,
    some,
    whole,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        ("60s", 60),
        (" 60 s ", 60),
        ("2m", 120),
        ("2min", 120),
        ("500ms", Fraction(1, 2)),
        ("1h", 3600),
        ("1.5", Fraction(3, 2)),
        ("0.1s", Fraction(1, 10)),
        ("10000000", 10**7),
    ],
)
def test_durations(text: str, seconds: int | Fraction) -> None:
    """A duration is exact seconds, whatever its unit."""
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s",
        "-1",
        "0",
        "0ms",
        "1.2.3",
        "1e3",
        "5d",
        "1 000",
        "10000001",
        "nan",
        "٣",
        "1/2",
        "0.0000000001",
    ],
)
def test_no_durations(text: str) -> None:
    """Whatever is no duration is refused in one sentence that names the option."""
    with pytest.raises(UserError, match=r"^--duration: expected a time"):
        duration_s(text)


@given(st.integers(MIN_SEED, MAX_SEED))
def test_seeds(value: int) -> None:
    """Every 64-bit integer is a seed."""
    assert seed(str(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", "x", "1.0", "1e3", str(MAX_SEED + 1), str(MIN_SEED - 1), "0x10", "1_000", "9" * 5000],
)
def test_no_seeds(text: str) -> None:
    """Whatever is none is refused in one sentence that names the option."""
    with pytest.raises(UserError, match=r"^--seed: expected a whole number"):
        seed(text)


@pytest.mark.parametrize("text", ["0", "11", "1.5", "", "ten", "9" * 5000])
def test_whole_numbers_have_limits(text: str) -> None:
    """Whatever is none between the limits is refused with them; both are allowed."""
    assert (whole("1", 1, 10, "--jobs"), whole(" 10 ", 1, 10, "--jobs")) == (1, 10)
    with pytest.raises(UserError, match=r"^--jobs: expected a whole number from 1 to 10, not "):
        whole(text, 1, 10, "--jobs")


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_name_is_no_name(text: str) -> None:
    """What an unset variable of a script leaves is refused, not taken for the default."""
    assert some("chip.toml", "--profile") == "chip.toml"
    with pytest.raises(UserError, match=r"^--profile: expected a name or a path, not '"):
        some(text, "--profile")


@pytest.mark.parametrize("text", ["0.09", "100.1", "-1", "x", "nan", "inf", ""])
def test_numbers_have_limits(text: str) -> None:
    """A number beyond its limits is refused with them."""
    with pytest.raises(UserError, match=r"^--speed: expected a number from 0.1 to 100"):
        number(text, 0.1, 100, "--speed")


@pytest.mark.parametrize(("text", "value"), [("0.1", 0.1), ("100", 100.0), ("2.5", 2.5)])
def test_numbers_within_limits(text: str, value: float) -> None:
    """Both limits are allowed."""
    assert number(text, 0.1, 100, "--speed") == value


def test_choice_names_the_nearest() -> None:
    """A word that is none of the choices is answered with the nearest of them."""
    assert choice("profile", ("profile", "scenario"), "kind") == "profile"
    with pytest.raises(UserError, match="did you mean 'profile'"):
        choice("profil", ("profile", "scenario"), "kind")
