"""Numbers from files as exact fractions, and exact conversions to nanoseconds.

A number means the decimal that is written: 33.3 is 333/10, never the binary float beside it.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, cast

from emulator.names import shown

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

MAX_CHARS = 64
"""Longest number accepted as text."""
MAX_DIGITS = 40
"""Most significant digits of a decimal."""
MAX_EXPONENT = 30
"""A number is 0 or lies between 1e-30 and 1e30 in size."""
MAX_MS = 10**10
"""115 days: sums of instants fit 64 bits of nanoseconds."""
MAX_S = MAX_MS // 1000

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_RATIO = re.compile(r"([+-]?\d+)\s*/\s*(\d+)", re.ASCII)
_MAX_BITS = 256
_LARGEST_PLAIN_INT = 2**53


def exact(value: object, choice: str = "") -> Fraction:
    """The exact value of an int, float, Decimal, Fraction or text such as "33.3" or "100/3".

    `choice` is what the error offers beside a number.

    Raises:
        ValueError: anything else, nan and infinities, and absurd sizes.
    """
    try:
        return _exact(value)
    except ValueError as error:
        reason = str(error) or f"not {shown(value)}"
        raise ValueError(
            f'expected a number such as 30, 33.3 or "100/3"{choice}, {reason}'
        ) from None


def _exact(value: object) -> Fraction:
    """Raises ValueError, empty where there is no more to say than that it is no number."""
    match value:
        case bool():
            raise ValueError
        case str():
            return _from_text(value)
        case Decimal():
            return _from_decimal(value)
        case float():
            return _from_decimal(Decimal(float.__repr__(value)))
        case Fraction():
            return _bounded(value)
        case numbers.Integral():
            return _bounded(Fraction(int(value)))
        case numbers.Real():
            return _from_text(str(value))
    raise ValueError


def _from_text(text: str) -> Fraction:
    if len(text) > MAX_CHARS:
        raise ValueError(f"not a text of {len(text)} characters")
    ratio = _RATIO.fullmatch(text.strip())
    if ratio is not None and int(ratio[2]):
        return _bounded(Fraction(int(ratio[1]), int(ratio[2])))
    if ratio is not None or _DECIMAL.fullmatch(text.strip()) is None:
        raise ValueError
    return _from_decimal(Decimal(text.strip()))


def _from_decimal(value: Decimal) -> Fraction:
    # The size is judged on digits and exponent: Fraction("1e999999999") would allocate gigabytes.
    if not value.is_finite():
        raise ValueError
    if not value:
        return Fraction(0)
    if len(value.as_tuple().digits) > MAX_DIGITS:
        raise ValueError(f"of at most {MAX_DIGITS} digits")
    if abs(value.adjusted()) > MAX_EXPONENT:
        raise ValueError(f"between 1e-30 and 1e30, not {shown(value)}")
    return Fraction(value)


def _bounded(value: Fraction) -> Fraction:
    limit = 10**MAX_EXPONENT
    size = abs(value)
    if value and not (size <= limit and size * limit >= 1):
        raise ValueError(f"between 1e-30 and 1e30, not {shown(value)}")
    # Bits first, because Python refuses to print integers of thousands of digits.
    if value.denominator.bit_length() > _MAX_BITS or len(str(value)) > MAX_CHARS:
        raise ValueError(f"written in at most {MAX_CHARS} characters")
    return value


def written(value: Fraction | str) -> int | str:
    """An exact number as JSON: an int, else a finite decimal, else "a/b"; `exact` reads it back.

    A word that stands in place of a number stays as it is.
    """
    if isinstance(value, str):
        return value
    if value.denominator == 1:
        whole_part = value.numerator
        return whole_part if abs(whole_part) <= _LARGEST_PLAIN_INT else str(whole_part)
    rest, places = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        places = max(places, power)
    digits = str(abs(value.numerator) * 10**places // value.denominator)
    if rest > 1 or len(digits) > MAX_DIGITS:
        return str(value)
    return str(Decimal((int(value < 0), tuple(map(int, digits)), -places)))


def parse_decimal(text: str) -> Decimal | str:
    """`parse_float` for tomllib: the written decimal; absurd ones stay text, refused by key."""
    if len(text) > MAX_CHARS:
        return text
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def within(
    low: Fraction | int | None = None,
    high: Fraction | int | None = None,
    *,
    above: bool = False,
    word: str | None = None,
) -> Callable[[object], Fraction]:
    """A parser of exact numbers from `low` (excluded with `above`) to `high`; raises ValueError.

    With `word`, the parser also returns that word as it is.
    """
    choice = "" if word is None else f' or "{word}"'

    def parse(value: object) -> Fraction:
        number = exact(value, choice)
        if low is not None and (number < low or (above and number == low)):
            bound = f"{'above' if above else 'at least'} {written(Fraction(low))}"
            raise ValueError(f"expected a number {bound}{choice}, not {shown(value)}")
        if high is not None and number > high:
            raise ValueError(f"expected at most {written(Fraction(high))}, not {shown(value)}")
        return number

    def parse_or_word(value: object) -> Fraction | str:
        return value if isinstance(value, str) and value == word else parse(value)

    return parse if word is None else cast("Callable[[object], Fraction]", parse_or_word)


def whole(low: int, high: int) -> Callable[[object], int]:
    """A parser of whole numbers from `low` to `high`, both included; raises ValueError."""

    def parse(value: object) -> int:
        number = exact(value)
        if number.denominator != 1 or not low <= number <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, not {shown(value)}")
        return int(number)

    return parse


@dataclass(frozen=True, slots=True)
class Number:
    """Marks a field as an exact number from `low` (excluded with `above`) to `high`.

    `word` is the one word that may stand in its place.
    """

    low: Fraction | int | None = None
    high: Fraction | int | None = None
    above: bool = False
    word: str | None = None

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema

        parse = within(self.low, self.high, above=self.above, word=self.word)
        write = core_schema.plain_serializer_function_ser_schema(written, when_used="json")
        return core_schema.no_info_plain_validator_function(parse, serialization=write)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"type": ["number", "string"]}


@dataclass(frozen=True, slots=True)
class Whole:
    """Marks a field as a whole number from `low` to `high`, both included."""

    low: int
    high: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(whole(self.low, self.high))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Real:
    """Marks a field as a float from `low` (excluded with `above`) to `high`."""

    low: float
    high: float
    above: bool = False

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema

        parse = within(exact(self.low), exact(self.high), above=self.above)
        return core_schema.no_info_plain_validator_function(lambda value: float(parse(value)))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"type": ["number", "string"]}


Exact = Annotated[Fraction, Number()]
PositiveExact = Annotated[Fraction, Number(0, above=True)]
NonNegativeExact = Annotated[Fraction, Number(0)]
PositiveMs = Annotated[Fraction, Number(0, MAX_MS, above=True)]
NonNegativeMs = Annotated[Fraction, Number(0, MAX_MS)]
PositiveSeconds = Annotated[Fraction, Number(0, MAX_S, above=True)]
NonNegativeSeconds = Annotated[Fraction, Number(0, MAX_S)]


def s_to_ns(seconds: Fraction) -> Fraction:
    """Exact nanoseconds."""
    return seconds * 1_000_000_000


def ms_to_ns(milliseconds: Fraction) -> Fraction:
    """Exact nanoseconds."""
    return milliseconds * 1_000_000


def us_to_ns(microseconds: Fraction) -> Fraction:
    """Exact nanoseconds."""
    return microseconds * 1_000


def floor_ns(exact_ns: Fraction) -> int:
    """The instant at or before `exact_ns`."""
    return math.floor(exact_ns)


def round_half_even_ns(exact_ns: Fraction) -> int:
    """The nearest whole nanosecond, halves to the even one."""
    return round(exact_ns)
