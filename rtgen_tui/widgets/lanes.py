"""One lane of a Gantt chart as a row of cells, accurate to an eighth of a cell.

A lane is first painted onto eighths of cells, then each cell becomes the glyph that comes closest:
a filled cell, an eighth block with one filling on each side, or a thin gap between two slices of
the same stream.
"""

import re
from collections import Counter
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
    strength: str = ""
    """``strong`` for a slice that stands out, ``weak`` for one that recedes."""

    @property
    def color(self) -> str:
        """The color variable that fills it."""
        name = stream_color(self.stream)
        return f"{self.strength}:{name}" if self.strength else name


def side_by_side(bars: Sequence[Bar]) -> list[Bar]:
    """The bars in the same order; slices that ran together share their place, part by part."""
    together = Counter((bar.start, bar.end) for bar in bars)
    seen: Counter[tuple[int, int]] = Counter()
    parted: list[Bar] = []
    for bar in bars:
        place = (bar.start, bar.end)
        count, rank, span = together[place], seen[place], bar.end - bar.start
        seen[place] += 1
        start, end = bar.start + span * rank // count, bar.start + span * (rank + 1) // count
        parted.append(bar._replace(start=start, end=end))
    return parted


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
    return draw_rows(bars, [[each.label for each in bars]], width, swaps, brush)[0]


def draw_rows(
    bars: Sequence[Bar],
    labels: Sequence[Sequence[str]],
    width: int,
    swaps: Sequence[int],
    brush: Brush,
) -> list[list[Piece]]:
    """The rows of a lane of several; misses are marked in the first.

    Args:
        bars: as of ``draw_lane``.
        labels: for each row what stands in each bar, instead of its label.
        width: cells of the lane.
        swaps: cells in which the policy was swapped.
        brush: colors and glyphs.
    """
    owners = _paint(bars, width)
    blank = _blocks(bars, owners, width, brush)
    marks = {
        column: (
            brush.symbols.swap,
            brush.ink("accent", _majority(owners[column * EIGHTHS : (column + 1) * EIGHTHS])),
        )
        for column in swaps
        if 0 <= column < width
    }
    rows = []
    for number, texts in enumerate(labels):
        grid = list(blank)
        for each, text in zip(bars, texts, strict=True):
            shows_miss = each.missed and number == 0
            if text or shows_miss:
                _write_label(grid, each, text, width, brush, shows_miss=shows_miss)
        for column, mark in marks.items():
            grid[column] = mark
        rows.append(_pieces(grid))
    return rows


def _pieces(grid: Sequence[tuple[str, Style]]) -> list[Piece]:
    """Neighbors of one style as one piece."""
    pieces: list[Piece] = []
    text, style = "", None
    for glyph, its_style in grid:
        if its_style is not style and style is not None:
            pieces.append((text, style))
            text = ""
        text, style = text + glyph, its_style
    return [*pieces, (text, style)] if style is not None else pieces


def _blocks(
    bars: Sequence[Bar], owners: list[str], width: int, brush: Brush
) -> list[tuple[str, Style]]:
    """The cells of a lane without labels."""
    if brush.solid:
        return [_cell(owners[n : n + EIGHTHS], brush) for n in range(0, width * EIGHTHS, EIGHTHS)]
    grid = [(" ", brush.palette("text"))] * width
    for each in bars:
        _outline(grid, each, brush)
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
            owners[start:end] = [each.color] * (end - start)
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
    symbols = brush.symbols
    style = brush.palette.stream(each.stream, bold=each.strength == "strong")
    first, last = max(0, each.start // EIGHTHS), min(len(grid) - 1, (each.end - 1) // EIGHTHS)
    for column in range(first, last + 1):
        grid[column] = (symbols.block_fill, style)
    if first <= last:
        grid[last] = (symbols.block_right, style)
        grid[first] = (symbols.block_left, style)


def _write_label(
    grid: list[tuple[str, Style]],
    each: Bar,
    label: str,
    width: int,
    brush: Brush,
    *,
    shows_miss: bool,
) -> None:
    """The name within the cells that a slice fills, and a cross at the end of a missed one."""
    inset = 0 if brush.solid else 1
    first = -(-max(0, each.start) // EIGHTHS) + inset
    # The last eighth of a slice is a gap, which the name must not cover.
    last = min((each.end - 1) // EIGHTHS, width) - inset
    name = each.color
    if shows_miss:
        last = min(width, max(last, max(0, each.start) // EIGHTHS + 1)) - 1
        if 0 <= last < width:
            grid[last] = (brush.symbols.miss, brush.ink("text" if brush.solid else "miss", name))
        last -= 1
    text = short_label(label, last - first)
    style = brush.palette.block(name) if brush.solid else brush.palette(stream_color(each.stream))
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
