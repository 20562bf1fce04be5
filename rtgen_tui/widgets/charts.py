"""Values as glyphs: sparklines, horizontal bars, and areas several rows high, on a fixed scale.

Samples keep their cell as time goes on: a new sample moves the picture by whole cells and never
groups old samples anew (a chart that does so flickers). With braille a cell holds two samples, and
which two is decided on the absolute time grid.
"""

from collections.abc import Sequence
from typing import Final

from rtgen_tui.symbols import Symbols

_EIGHTHS: Final = 8
_DOTS: Final = 4
_BRAILLE: Final = 0x2800
_LEFT_DOTS: Final = (0, 0x40, 0x44, 0x46, 0x47)
_RIGHT_DOTS: Final = (0, 0x80, 0xA0, 0xB0, 0xB8)
"""Braille dots of a column filled from below, by height 0 to 4."""


def spark(values: Sequence[float], width: int, symbols: Symbols, top: float = 1.0) -> str:
    """The newest ``width`` values as one row, oldest left; the row is filled from the right.

    Args:
        values: any numbers; NaN counts as 0.
        width: cells.
        symbols: the glyphs.
        top: the value of a full cell.
    """
    if width <= 0:
        return ""
    levels = symbols.levels
    shown = values[-width:]
    return "".join(levels[_level(value, top, _EIGHTHS)] for value in shown).rjust(width)


def bar(fraction: float, width: int, symbols: Symbols) -> tuple[str, str]:
    """A horizontal bar of ``width`` cells as its filled and its empty part."""
    full, half = divmod(_level(fraction, 1.0, 2 * width), 2)
    filled = symbols.meter[0] * full + symbols.meter[1] * half
    return filled, symbols.meter[2] * (width - len(filled))


def area(
    values: Sequence[float], newest: int, width: int, height: int, symbols: Symbols
) -> list[str]:
    """The newest values as an area, one text per row from the top; each ``width`` cells.

    Args:
        values: oldest first, 0 to 1.
        newest: number of the last value on the absolute time grid; decides which two samples share
            a braille cell.
        width: cells.
        height: rows.
        symbols: the glyphs.
    """
    if width <= 0 or height <= 0:
        return []
    if symbols.chart == "braille":
        return _braille_area(values, newest, width, height)
    levels = [_level(value, 1.0, height * _EIGHTHS) for value in values[-width:]]
    glyphs = symbols.levels
    rows = []
    for row in range(height):
        floor = (height - 1 - row) * _EIGHTHS
        text = "".join(glyphs[min(_EIGHTHS, max(0, level - floor))] for level in levels)
        rows.append(text.rjust(width))
    return rows


def _braille_area(values: Sequence[float], newest: int, width: int, height: int) -> list[str]:
    whole = values if newest % 2 else values[:-1]
    levels = [_level(value, 1.0, height * _DOTS) for value in whole[-2 * width :]]
    levels = [0] * (2 * width - len(levels)) + levels
    rows = []
    for row in range(height):
        floor = (height - 1 - row) * _DOTS
        dots = [min(_DOTS, max(0, level - floor)) for level in levels]
        pairs = zip(dots[::2], dots[1::2], strict=True)
        rows.append("".join(_braille_cell(left, right) for left, right in pairs))
    return rows


def _braille_cell(left: int, right: int) -> str:
    dots = _LEFT_DOTS[left] | _RIGHT_DOTS[right]
    return chr(_BRAILLE + dots) if dots else " "


def _level(value: float, top: float, steps: int) -> int:
    """The value in steps; little must not look like nothing, so above 0 it is at least one."""
    if not value > 0 or top <= 0:
        return 0
    return max(1, min(steps, round(min(value / top, 1.0) * steps)))
