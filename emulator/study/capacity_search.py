"""The search for the largest value that holds, on a grid of values.

Nothing says that a larger value is worse: rates that are multiples of each other meet at the same
instants, and those that are not do not. So the values around the answer are tried too.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol, TypeAlias

Indices: TypeAlias = tuple[int, ...]
Search: TypeAlias = Generator[Indices, Mapping[int, bool], "Found"]
"""Yields the values (by index) that it wants judged and is sent which of them hold."""

NEAR: Final = tuple(map(Fraction, ("0.8", "0.9", "1.1", "1.25", "1.5")))
"""Multiples of the answer that are tried as well."""
_DIGITS: Final = 3
_LEAST: Final = 10 ** (_DIGITS - 1)
_PER_DECADE: Final = 9 * _LEAST


class Grid(Protocol):
    """Values in ascending order by index."""

    def value(self, index: int) -> Fraction:
        """The value with this index."""
        ...

    def floor(self, value: Fraction) -> int:
        """The index of the largest value up to this one, which is above 0."""
        ...


@dataclass(frozen=True, slots=True)
class Steps:
    """Multiples of a step."""

    step: Fraction

    def value(self, index: int) -> Fraction:
        """The multiple."""
        return self.step * index

    def floor(self, value: Fraction) -> int:
        """How many steps fit."""
        return value // self.step


@dataclass(frozen=True, slots=True)
class Digits:
    """Numbers above 0 with three significant digits; the index 0 is 1.00."""

    def value(self, index: int) -> Fraction:
        """The number."""
        decade, rest = divmod(index, _PER_DECADE)
        return (rest + _LEAST) * Fraction(10) ** (decade - _DIGITS + 1)

    def floor(self, value: Fraction) -> int:
        """The first three digits."""
        decade = 0
        while Fraction(10) ** decade > value:
            decade -= 1
        while Fraction(10) ** (decade + 1) <= value:
            decade += 1
        return decade * _PER_DECADE + value // Fraction(10) ** (decade - _DIGITS + 1) - _LEAST


@dataclass(frozen=True, slots=True)
class Found:
    """Neighbors on the grid: the value that holds and the one above it that does not.

    Without the first not even the smallest value holds, without the second even the largest does.
    """

    good: int | None
    bad: int | None


def search(grid: Grid, start: int, low: int, high: int) -> Search:
    """Doubles or halves from ``start`` until the answer is enclosed, halves, and looks around.

    Args:
        grid: the values.
        start: where to begin, from ``low`` to ``high``.
        low: the smallest index.
        high: the largest one.
    """
    good = bad = None
    index = start
    while good is None or bad is None:
        if (yield (index,))[index]:
            good = index
            if index == high:
                break
            index = min(high, max(index + 1, grid.floor(2 * grid.value(index))))
        else:
            bad = index
            if index == low:
                break
            index = max(low, min(index - 1, grid.floor(grid.value(index) / 2)))
    while good is not None and bad is not None and bad - good > 1:
        middle = (good + bad) // 2
        if (yield (middle,))[middle]:
            good = middle
        else:
            bad = middle
    if good is not None and bad is not None:
        around = {bad + 1} | {grid.floor(grid.value(good) * factor) for factor in NEAR}
        yield tuple(sorted(index for index in around - {good, bad} if low <= index <= high))
    return Found(good, bad)
