"""One curve per policy in block characters: the figure against what was varied."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from rich.text import Text

from emulator.claims.words import value_words
from emulator.study.capacity import Answer, Capacity, Point
from rtgen_tui import render
from rtgen_tui.commands.words import plain

COLUMNS: Final = 56
BLOCKS: Final = "▁▂▃▄▅▆▇█"
_HALF: Final = len(BLOCKS) // 2
_LOG_FROM: Final = 4
"""Values are spread by their logarithms when the largest is so many times the smallest."""


def print_plot(found: Capacity, names: Mapping[str, str]) -> None:
    """Prints the curves below each other, on one axis of values and one scale of heights."""
    values = [point.value for answer in found.answers for point in answer.points]
    low, high = float(min(values)), float(max(values))
    is_log = low < high and high >= _LOG_FROM * low
    highest = max(
        (point.mean for answer in found.answers for point in answer.points if point.mean), default=0
    )
    width = max(map(len, names.values()))
    render.heading(found.question.limit.figure.text)
    for answer in found.answers:
        curve = Text()
        for point in across(answer, low, high, is_log=is_log):
            curve.append_text(_cell(found, point, Fraction(highest)))
        render.line(names[answer.policy].ljust(width), "  ", curve)
    ends = f"{plain(low)}".ljust(COLUMNS - len(plain(high))) + plain(high)
    render.line(" " * width, "  ", ends)
    render.paragraph(_legend(found, highest=Fraction(highest), is_log=is_log))


def across(answer: Answer, low: float, high: float, *, is_log: bool) -> list[Point | None]:
    """For each column the point that was tried nearest to it; None outside of all of them."""
    places = [_place(float(point.value), low, high, is_log=is_log) for point in answer.points]
    columns: list[Point | None] = []
    for column in range(COLUMNS):
        if not places[0] <= column <= places[-1]:
            columns.append(None)
            continue
        nearest = min(range(len(places)), key=lambda each: abs(places[each] - column))
        columns.append(answer.points[nearest])
    return columns


def height(value: Fraction, limit: Fraction, highest: Fraction) -> int:
    """The block of a value, 0 to 7.

    Each step up is twice as much and the limit lies in the middle; without a limit above 0 steps
    are even, up to the highest value.
    """
    if limit > 0:
        if value <= 0:
            return 0
        steps = _HALF + math.floor(math.log2(value / limit))
        # The limit itself is the last that may hold.
        return max(0, min(len(BLOCKS) - 1, steps - (value == limit)))
    return 0 if highest <= 0 else math.ceil((len(BLOCKS) - 1) * max(Fraction(0), value) / highest)


def _place(value: float, low: float, high: float, *, is_log: bool) -> int:
    if low == high:
        return 0
    share = math.log(value / low) / math.log(high / low) if is_log else (value - low) / (high - low)
    return round(share * (COLUMNS - 1))


def _cell(found: Capacity, point: Point | None, highest: Fraction) -> Text:
    if point is None or point.mean is None:
        return Text(" ")
    block = BLOCKS[height(point.mean, found.question.limit.bound, highest)]
    return Text(block, style=render.GOOD if point.holds else render.BAD)


def _legend(found: Capacity, *, highest: Fraction, is_log: bool) -> str:
    limit = found.question.limit
    spread = "a logarithmic" if is_log else "a linear"
    what = f"{found.question.variable.text} on {spread} axis; between values that were tried the "
    if limit.bound > 0:
        half = value_words(limit.figure.metric.kind, limit.bound)
        return f"{what}nearest is drawn. Half height is {half}, and each step up is twice as much."
    most = value_words(limit.figure.metric.kind, highest)
    return f"{what}nearest is drawn. Full height is {most}."
