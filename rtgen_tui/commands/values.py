"""Option values as people write them: durations, seeds, speeds."""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from emulator.errors import UserError
from emulator.names import shown, unknown
from emulator.schema.exact import exact

MIN_SEED: Final = -(2**63)
MAX_SEED: Final = 2**64 - 1
"""Any 64-bit integer, with or without a sign."""
MIN_DURATION_S: Final = Fraction(1, 10**9)
MAX_DURATION_S: Final = 10**7
"""115 days, so that every instant fits 64 bits of nanoseconds."""

_DURATION: Final = re.compile(r"\s*([0-9.]+)\s*([a-z]*)\s*", re.ASCII)
_UNITS_S: Final[Mapping[str, Fraction]] = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "": Fraction(1),
    "s": Fraction(1),
    "m": Fraction(60),
    "min": Fraction(60),
    "h": Fraction(3600),
}
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)


def duration_s(text: str, option: str = "--duration") -> Fraction:
    """Exact seconds of `60`, `60s`, `2m`, `500ms`.

    Raises:
        UserError: it is none of these, not above 0, or above `MAX_DURATION_S`.
    """
    expected = f"{option}: expected a time such as 60, 60s, 2m or 500ms, not {shown(text)}"
    match = _DURATION.fullmatch(text)
    if match is None or match[2] not in _UNITS_S:
        raise UserError(expected, key=option)
    try:
        seconds = exact(match[1]) * _UNITS_S[match[2]]
    except ValueError:
        raise UserError(expected, key=option) from None
    if not MIN_DURATION_S <= seconds <= MAX_DURATION_S:
        limit = f"from 1 ns to {MAX_DURATION_S} s (115 days)"
        raise UserError(f"{option}: expected a time {limit}, not {shown(text)}", key=option)
    return seconds


def effects(text: str, option: str = "--effects") -> str:
    """The names of effects, in one order and each once.

    Raises:
        UserError: one of them is none.
    """
    if not text:
        return ""
    from emulator.effects import parse_effects

    try:
        return str(parse_effects(text))
    except UserError as error:
        raise UserError(f"{option}: {str(error).partition(': ')[2]}", key=option) from None


def seed(text: str, option: str = "--seed") -> int:
    """A 64-bit integer, with or without a sign.

    Raises:
        UserError: it is none.
    """
    return whole(text, MIN_SEED, MAX_SEED, option)


def some(text: str, option: str) -> str:
    """The text, if there is any; an unset variable in a script leaves none.

    Raises:
        UserError: it is empty.
    """
    if not text.strip():
        raise UserError(f"{option}: expected a name or a path, not {shown(text)}", key=option)
    return text


def names(text: str, option: str = "--policies") -> list[str]:
    """The names in a list with commas between them.

    Raises:
        UserError: there is none, or nothing between two commas.
    """
    found = [each.strip() for each in text.split(",")]
    if not all(found):
        raise UserError(
            f"{option}: expected names with a comma between two, not {shown(text)}", key=option
        )
    return found


def whole(text: str, low: int, high: int, option: str) -> int:
    """A whole number between two limits, both included.

    Raises:
        UserError: it is none.
    """
    if _WHOLE.fullmatch(text.strip()) and low <= (value := int(text)) <= high:
        return value
    limits = f"a whole number from {low} to {high}"
    raise UserError(f"{option}: expected {limits}, not {shown(text)}", key=option)


def number(text: str, low: float, high: float, option: str) -> float:
    """A number between two limits, both included.

    Raises:
        UserError: it is none.
    """
    try:
        value = float(exact(text))
    except ValueError:
        value = -1.0
    if low <= value <= high:
        return value
    limits = f"a number from {low:g} to {high:g}"
    raise UserError(f"{option}: expected {limits}, not {shown(text)}", key=option)


def choice(text: str, choices: Iterable[str], what: str) -> str:
    """The text, if it is one of the choices.

    Raises:
        UserError: it is none; names the nearest one.
    """
    known = tuple(choices)
    if text not in known:
        raise UserError(unknown(what, text, known))
    return text
