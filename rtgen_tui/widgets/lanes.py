"""One lane of a Gantt chart as a row of cells, accurate to an eighth of a cell.

A lane is first painted onto eighths of cells, then each cell becomes the glyph that comes closest:
a filled cell, an eighth block with one filling on each side, or a thin gap between two slices of
the same stream.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.style import Style

from rtgen_tui.symbols import Symbols
from rtgen_tui.widgets.palette import Palette, stream_color
from rtgen_tui.widgets.text import Piece, cells

EIGHTHS: Final = 8
_NAME: Final = re.compile(r"(?P<first>[^-_ ]+).*?(?P<number>\d*)$")
"""First word of a name, and the number that tells it from its copies: ``npc-dialogue-2`` becomes
``npc2``."""
_LOWER_GAP: Final = 4
"""Slices at least so many eighths long give up their last one, so that the next slice is seen to be
another."""


class Bar(NamedTuple):
    """One slice on a lane; ``start`` and ``end`` in eighths of a cell from the lane's left edge."""

    start: int
    end: int
    stream: int
    label: str
    missed: bool


@dataclass(frozen=True, slots=True)
class Brush:
    """What a lane is drawn with."""

    palette: Palette
    symbols: Symbols

    @property
    def solid(self) -> bool:
        """Whether slices are colored blocks; else they are ``[name--]``, which needs no color."""
        return self.symbols.subcells and not self.palette.no_color

    def ink(self, name: str, block: str) -> Style:
        """Bold ink in a color, on a block of another (empty: on the bare lane)."""
        if block and self.solid:
            return self.palette.block(block, ink=name, bold=True)
        return self.palette(name, bold=True)


def draw_lane(bars: Sequence[Bar], width: int, swaps: Sequence[int], brush: Brush) -> list[Piece]:
    """The row of one lane.

    Args:
        bars: slices in order of their start; later ones paint over earlier ones.
        width: cells of the lane.
        swaps: cells in which the policy was swapped.
        brush: colors and glyphs.
    """
    grid = _grid(bars, width, swaps, brush)
    pieces: list[Piece] = []
    text, style = "", None
    for glyph, its_style in grid:
        if its_style is not style and style is not None:
            pieces.append((text, style))
            text = ""
        text, style = text + glyph, its_style
    return [*pieces, (text, style)] if style is not None else pieces


def _grid(
    bars: Sequence[Bar], width: int, swaps: Sequence[int], brush: Brush
) -> list[tuple[str, Style]]:
    owners = _paint(bars, width)
    empty = (" ", brush.palette("text"))
    if brush.solid:
        grid = [_cell(owners[n : n + EIGHTHS], brush) for n in range(0, width * EIGHTHS, EIGHTHS)]
    else:
        grid = [empty] * width
        for each in bars:
            _outline(grid, each, brush)
    for each in bars:
        _write_label(grid, each, width, brush)
    for column in swaps:
        if 0 <= column < width:
            owner = _majority(owners[column * EIGHTHS : (column + 1) * EIGHTHS])
            grid[column] = (brush.symbols.swap, brush.ink("accent", owner))
    return grid


def _paint(bars: Sequence[Bar], width: int) -> list[str]:
    """The color variable that owns each eighth; empty where the backend was idle."""
    owners = [""] * (width * EIGHTHS)
    for each in bars:
        start, end = max(0, each.start), min(each.end, len(owners))
        if end - start >= _LOWER_GAP and each.end < len(owners):
            end -= 1
        end = min(max(end, start + 1), len(owners))
        if start < end:
            owners[start:end] = [stream_color(each.stream)] * (end - start)
    return owners


def _cell(eighths: list[str], brush: Brush) -> tuple[str, Style]:
    first, last = eighths[0], eighths[-1]
    palette, glyphs = brush.palette, brush.symbols.widths
    if eighths.count(first) == EIGHTHS:
        return (" ", palette.block(first)) if first else (" ", palette("text"))
    if first == last:
        return _thin(eighths, first, brush)
    # Two fillings at least: the left glyph ends where the first one ends, or where the last one
    # begins.
    head = next(n for n, owner in enumerate(eighths) if owner != first)
    tail = EIGHTHS - next(n for n, owner in enumerate(reversed(eighths)) if owner != last)
    where = head if not first or head == tail else tail
    return glyphs[min(EIGHTHS - 1, max(1, where))], palette.edge(first, last)


def _thin(eighths: list[str], around: str, brush: Brush) -> tuple[str, Style]:
    """Something that begins and ends within one cell."""
    inner = next(owner for owner in eighths if owner != around)
    size = sum(owner == inner for owner in eighths)
    if around:
        return brush.symbols.frame[5], brush.palette.edge(inner, around)
    if eighths.index(inner) < EIGHTHS // 2:
        return brush.symbols.widths[size], brush.palette.edge(inner, around)
    return brush.symbols.widths[EIGHTHS - size], brush.palette.edge(around, inner)


def _majority(eighths: list[str]) -> str:
    return max(set(eighths), key=lambda owner: (eighths.count(owner), owner)) if eighths else ""


def _outline(grid: list[tuple[str, Style]], each: Bar, brush: Brush) -> None:
    """``[name--]``: the form without color."""
    symbols, style = brush.symbols, brush.palette.stream(each.stream)
    first, last = max(0, each.start // EIGHTHS), min(len(grid) - 1, (each.end - 1) // EIGHTHS)
    for column in range(first, last + 1):
        grid[column] = (symbols.block_fill, style)
    if first <= last:
        grid[last] = (symbols.block_right, style)
        grid[first] = (symbols.block_left, style)


def _write_label(grid: list[tuple[str, Style]], each: Bar, width: int, brush: Brush) -> None:
    """The name within the cells that a slice fills, and a cross at the end of a missed one."""
    inset = 0 if brush.solid else 1
    first = -(-max(0, each.start) // EIGHTHS) + inset
    # The last eighth of a slice is a gap, which the name must not cover.
    last = min((each.end - 1) // EIGHTHS, width) - inset
    name = stream_color(each.stream)
    if each.missed:
        last = min(width, max(last, max(0, each.start) // EIGHTHS + 1)) - 1
        if 0 <= last < width:
            grid[last] = (brush.symbols.miss, brush.ink("text" if brush.solid else "miss", name))
        last -= 1
    text = short_label(each.label, last - first)
    style = brush.palette.block(name) if brush.solid else brush.palette(name)
    for offset, glyph in enumerate(text):
        grid[first + offset] = (glyph, style)


def short_label(label: str, room: int) -> str:
    """A stream's name in so many cells: whole, or the first letters and the number at its end."""
    if room <= 0 or cells(label) != len(label):
        return ""
    if len(label) <= room:
        return label
    match = _NAME.match(label)
    first, number = (match["first"], match["number"]) if match else (label, "")
    if len(number) >= room:
        number = ""
    return first[: room - len(number)] + number
