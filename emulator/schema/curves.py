"""Costs of an LLM over token counts, as a profile writes them: numbers, points, base and slope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar

from emulator.names import shown
from emulator.schema.distributions import MAX_TOKENS
from emulator.schema.exact import Number, whole, within, written
from emulator.schema.tables import Parsed, Rewritten, ShortForm, Table, fault

MAX_POINTS = 10_000
MAX_MS_PER_TOKEN = 10**6
MAX_BASE_MS = 10**9
MIN_RATE = Fraction(1000, MAX_MS_PER_TOKEN)
MAX_RATE = 10**9

Point = tuple[int, Fraction]
Points = tuple[Point, ...]


def _pairs(value: object, example: str) -> Iterator[tuple[object, object]]:
    if not isinstance(value, list | tuple) or not value or len(value) > MAX_POINTS:
        raise ValueError(f"expected {example}, not {shown(value)}")
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2:  # noqa: PLR2004
            raise ValueError(f"expected pairs of numbers, as in {example}")
        yield pair[0], pair[1]


def _points(
    value: object, first: int, number: Callable[[object], Fraction], example: str
) -> Points:
    tokens = whole(first, MAX_TOKENS)
    points = tuple((tokens(n), number(y)) for n, y in _pairs(value, example))
    for (n, _), (m, _) in pairwise(points):
        if m <= n:
            raise ValueError(f"expected token counts that rise, but {m} follows {n}")
    return points


def _prefill_rates(value: object) -> Points:
    """Points (tokens, tokens per second); n / rate must rise, else a chunk would cost nothing."""
    number = within(MIN_RATE, MAX_RATE)
    if not isinstance(value, list | tuple):
        return ((1, number(value)),)
    points = _points(value, 1, number, "[[1024, 766], [2048, 910]]")
    for (n, before), (m, after) in pairwise(points):
        if m / after <= n / before:
            raise ValueError(
                f"reading {m} tokens at {written(after)} tokens/s would take no longer "
                f"than {n} at {written(before)}"
            )
    return points


def _decode_rates(value: object) -> Points:
    number = within(MIN_RATE, MAX_RATE)
    if not isinstance(value, list | tuple):
        return ((0, number(value)),)
    return _points(value, 0, number, "[[1024, 26.3], [4096, 24.1]]")


def _decode_ms(value: object) -> Points:
    number = within(0, MAX_MS_PER_TOKEN, above=True)
    if not isinstance(value, list | tuple):
        return ((0, number(value)),)
    return _points(value, 0, number, "[[1024, 38], [4096, 41.5]]")


def _prefill_times(value: object) -> Points:
    points = _points(value, 1, within(0, above=True), "[[512, 640], [1024, 1340]]")
    for (n, before), (m, after) in pairwise(((0, Fraction(0)), *points)):
        if not 0 < (after - before) / (m - n) <= MAX_MS_PER_TOKEN:
            raise ValueError(
                f"expected times that rise by at most {MAX_MS_PER_TOKEN} ms a token, but "
                f"{m} tokens take {written(after)} ms and {n} take {written(before)} ms"
            )
    return points


def _written(points: Points) -> list[list[int | str]]:
    return [[n, written(y)] for n, y in points]


def written_costs(points: Points) -> list[list[int | str]] | int | str:
    """One cost at any context, or points [[context, cost], ...]."""
    return written(points[0][1]) if [n for n, _ in points] == [0] else _written(points)


def written_rates(points: Points) -> list[list[int | str]] | int | str:
    """One rate, or points [[tokens, rate], ...]."""
    return written(points[0][1]) if [n for n, _ in points] == [1] else _written(points)


class PrefillTimes(Table):
    """Milliseconds of prefill: `base` once and `per_token` for each, or `points` of a curve.

    `points` are (tokens, ms from an empty context), rising; in a file they are a plain list.
    """

    home: ClassVar[str] = "belongs to the prefill_ms table"

    base: Annotated[Fraction, Number(0, MAX_BASE_MS)] = Fraction(0)
    per_token: Annotated[Fraction, Number(0, MAX_MS_PER_TOKEN)] = Fraction(0)
    points: Annotated[Points, Parsed(_prefill_times, {})] = ()

    def check(self) -> None:
        """It costs something, said in one of the two ways."""
        if not self.points and not self.base and not self.per_token:
            raise fault("give base or per_token above 0, as in {base = 5, per_token = 0.25}")
        if self.points and (self.base or self.per_token):
            raise fault("give base and per_token, or points, not both", "points")

    def to_plain(self) -> dict[str, int | str] | list[list[int | str]]:
        """As a file has it."""
        if self.points:
            return _written(self.points)
        return {"base": written(self.base), "per_token": written(self.per_token)}

    @property
    def curve(self) -> Points:
        """(tokens, ms from an empty context, without the base)."""
        return self.points or ((1, self.per_token),)


def _prefill_table(value: object) -> object:
    if isinstance(value, list | tuple):
        return {"points": value}
    if not isinstance(value, Table | Mapping):
        raise ValueError(
            "expected {base = 5, per_token = 0.25} or points [[tokens, ms], ...], "
            f"not {shown(value)}"
        )
    return value


_NUMBER: dict[str, object] = {"type": ["number", "string"]}
_POINTS: dict[str, object] = {
    "type": "array",
    "items": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
}
_CURVE: dict[str, object] = {"anyOf": [_NUMBER, _POINTS]}

PrefillRates = Annotated[Points, Parsed(_prefill_rates, _CURVE)]
"""Tokens per second from an empty context: one rate, or points [[tokens, rate], ...]."""
PrefillMs = Annotated[PrefillTimes, Rewritten(_prefill_table), ShortForm(_POINTS)]
"""{base = 5, per_token = 0.25} or points [[tokens, ms], ...]."""
DecodeRates = Annotated[Points, Parsed(_decode_rates, _CURVE)]
"""Tokens per second at a context length: one rate, or points [[context, rate], ...]."""
DecodeMs = Annotated[Points, Parsed(_decode_ms, _CURVE)]
"""Milliseconds per token at a context length: one number, or points [[context, ms], ...]."""
