"""The rows above the lanes of a timeline: instants, and what happened at them."""

from collections.abc import Iterable
from typing import Final

from emulator.timeline.piece import TO
from emulator.timeline.window import WindowView
from rtgen_tui.symbols import Symbols
from rtgen_tui.viewport import Viewport
from rtgen_tui.widgets.numbers import clock
from rtgen_tui.widgets.palette import Palette
from rtgen_tui.widgets.text import Piece, cells

_STEPS: Final = (1, 2, 5)
_SPARE: Final = 3
"""Cells between two labels."""
_MANY: Final = 9
_INCIDENTS: Final = {
    "policy": ("policy", "accent"),
    "marker": ("marker", "late"),
    "error": ("error", "miss"),
}


def step_ns(viewport: Viewport) -> int:
    """The distance of ticks: the first of 1, 2, 5, 10 ... µs that leaves room for the labels."""
    power = 1_000
    while True:
        for step in _STEPS:
            distance = step * power
            room = distance // viewport.column_ns
            if room >= len(_label(viewport.to_ns, distance)) + _SPARE:
                return distance
        power *= 10


def _label(t_ns: int, distance_ns: int) -> str:
    """An instant with as many decimals as tell two ticks apart."""
    decimals = next((n for n in range(7) if distance_ns % 10 ** (9 - n) == 0), 6)
    return clock(t_ns, decimals, hours=False)


def axis(
    viewport: Viewport, symbols: Symbols, palette: Palette, marks: dict[int, Piece]
) -> list[Piece]:
    """Ticks at round instants; ``marks`` stand over them, by column."""
    distance = step_ns(viewport)
    text = [" "] * viewport.columns
    first = -(-max(0, viewport.from_ns) // distance) * distance
    for t_ns in range(first, viewport.to_ns, distance):
        column = viewport.column_of(t_ns)
        mark = f"{symbols.tick}{_label(t_ns, distance)}"
        end = column + cells(mark)
        if any(column <= each < end for each in marks):
            mark = symbols.tick
        if end <= viewport.columns:
            text[column : column + len(mark)] = mark
    faint = palette("faint")
    pieces: list[Piece] = []
    begun = 0
    for column in sorted(each for each in marks if 0 <= each < viewport.columns):
        pieces += [("".join(text[begun:column]), faint), marks[column]]
        begun = column + 1
    return [*pieces, ("".join(text[begun:]), faint)]


def incidents(
    view: WindowView,
    viewport: Viewport,
    symbols: Symbols,
    palette: Palette,
    wanted: frozenset[int] | None,
) -> list[Piece]:
    """How many jobs missed in each column, and over them swaps, marks and errors."""
    window = view.window
    counts: dict[int, int] = {}
    for column, stream, count in view.misses:
        if wanted is None or stream in wanted:
            at = viewport.column_of(window.from_ns + column * window.column_ns)
            counts[at] = counts.get(at, 0) + count
    row: list[Piece] = []
    signs = {
        viewport.column_of(each.t_ns): _INCIDENTS[each.kind]
        for each in view.incidents
        if each.kind in _INCIDENTS
    }
    for column in range(viewport.columns):
        if column in signs:
            glyph, color = signs[column]
            row.append((getattr(symbols, glyph), palette(color, bold=True)))
        elif column in counts:
            row.append((_count(counts[column], symbols), palette("miss", bold=True)))
        elif row and row[-1][1] is palette("text"):
            row[-1] = (row[-1][0] + " ", palette("text"))
        else:
            row.append((" ", palette("text")))
    return row


def _count(count: int, symbols: Symbols) -> str:
    if count == 1:
        return symbols.miss
    return str(count) if count <= _MANY else "+"


def swap_columns(view: WindowView, viewport: Viewport) -> list[int]:
    """Columns in which the policy was swapped."""
    return [viewport.column_of(each.t_ns) for each in view.incidents if each.kind == "policy"]


def swaps_in(view: WindowView, viewport: Viewport) -> Iterable[str]:
    """The swaps that are shown, such as ``edf -> fcfs``."""
    return (
        each.text.replace(TO, " to ")
        for each in view.incidents
        if each.kind == "policy" and viewport.contains(each.t_ns)
    )
