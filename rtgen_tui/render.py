"""Data on stdout: JSON, and text that fits the terminal or, in a pipe, 80 columns."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Final, Literal, NamedTuple

from rich.console import Console
from rich.text import Text

MAX_WIDTH: Final = 100
"""Running text is not set wider than this, however wide the terminal is."""
PIPE_WIDTH: Final = 80
"""Where there is no terminal, or one that does not say how wide it is."""
MIN_WRAPPED: Final = 24
"""A column that gives way keeps at least so many cells."""
NOTHING: Final = "-"
"""A figure without any sample."""

GOOD: Final = "green"
BAD: Final = "bold red"
TITLE: Final = "bold"
ASIDE: Final = "dim"

Cell = str | Text


class Column(NamedTuple):
    """A column of a table."""

    title: str
    align: Literal["left", "right"] = "left"
    wraps: bool = False
    """Whether it is the one that gives way when the table is too wide."""


def right(*titles: str) -> tuple[Column, ...]:
    """Columns of figures."""
    return tuple(Column(title, "right") for title in titles)


def print_json(data: Mapping[str, object]) -> None:
    """One JSON object, for machines and whoever reads over their shoulder."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    if sys.stdout is not None:
        sys.stdout.write(f"{text}\n")


def line(*pieces: Cell) -> None:
    """One line, never wrapped, so that a URL stays whole."""
    _console().print(Text.assemble(*map(_text, pieces)), soft_wrap=True)


def title(name: str, words: str | None) -> None:
    """The name that a page is about, and what it is in a line or two."""
    first, *rest = _wrapped(f"{name}: {words}" if words else name, _width())
    known = len(name) if first.startswith(name) else 0
    line(styled(first[:known], TITLE), first[known:])
    for each in rest:
        line(each)


def heading(text: str) -> None:
    """An empty line and the title of a section."""
    line()
    line(styled(text, TITLE))


def paragraph(text: str | None, indent: int = 0) -> None:
    """Running text, if there is any; the line breaks of a file's author are not kept."""
    for each in _wrapped(text or "", _width() - indent):
        if each:
            line(" " * indent, each)


def labeled(label: str, text: str | None, indent: int = 0, width: int = 0) -> None:
    """A label and what it says, if it says anything; further lines are set below the first."""
    if not text:
        return
    front = " " * indent + label.ljust(width) + "  "
    room = max(MIN_WRAPPED, _width() - len(front))
    first, *rest = _wrapped(text, room)
    line(" " * indent, styled(label.ljust(width), ASIDE), "  ", first)
    for each in rest:
        line(" " * len(front), each)


def table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], indent: int = 0) -> None:
    """Columns that line up, two spaces apart, below their titles."""
    out = _console()
    cells = [[_text(cell) for cell in row] for row in rows]
    titles = [styled(column.title, TITLE) for column in columns]
    widths = [max(cell.cell_len for cell in each) for each in zip(titles, *cells, strict=True)]
    for position, column in enumerate(columns):
        if column.wraps:
            others = indent + sum(widths) - widths[position] + 2 * (len(widths) - 1)
            room = max(MIN_WRAPPED, out.width - others)
            widths[position] = min(widths[position], room)
    for row in (titles, *cells):
        _print_row(out, columns, widths, row, indent)


def ms(value: float | None) -> str:
    """Milliseconds to three digits, without the unit."""
    if value is None:
        return NOTHING
    decimals = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0  # noqa: PLR2004
    return f"{value:,.{decimals}f}"


def percent(fraction: float | None, decimals: int = 1) -> str:
    """A fraction of one, with the sign."""
    return NOTHING if fraction is None else f"{100 * fraction:.{decimals}f} %"


def styled(text: str, style: str) -> Text:
    """A piece of a line, or a cell, in a style of its own."""
    return Text(printable(text), style=style)


def printable(text: str) -> str:
    """The text without what could steer a terminal; names come from files of anybody."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def _print_row(
    out: Console, columns: Sequence[Column], widths: Sequence[int], row: Sequence[Text], indent: int
) -> None:
    wrapped = [
        [Text(each, style=cell.style) for each in _wrapped(cell.plain, width)]
        if column.wraps
        else [cell]
        for column, width, cell in zip(columns, widths, row, strict=True)
    ]
    for pieces in zip_longest(*wrapped, fillvalue=Text()):
        made, gap = Text(), " " * indent
        for column, width, piece in zip(columns, widths, pieces, strict=True):
            space = " " * (width - piece.cell_len)
            made.append(gap)
            gap = "  "
            made.append_text(
                Text.assemble(*((space, piece) if column.align == "right" else (piece, space)))
            )
        made.rstrip()
        out.print(made, soft_wrap=True)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(" ".join(text.split()), width, break_long_words=False, break_on_hyphens=False) or [
        ""
    ]


def _width() -> int:
    """Cells of running text."""
    return min(_console().width, MAX_WIDTH)


def _text(cell: Cell) -> Text:
    return cell if isinstance(cell, Text) else Text(printable(cell))


class _Stdout(Console):
    """Rich would end the process by itself when the reader of a pipe has gone away."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console() -> Console:
    """Stdout as it is now; rich leaves colors out for a pipe and for NO_COLOR."""
    out = _Stdout(file=sys.stdout, markup=False, highlight=False, emoji=False)
    if out.width < 1:  # rich takes COLUMNS=0 at its word, and prints nothing
        out.width = PIPE_WIDTH
    return out
