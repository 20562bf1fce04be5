"""Two sessions in figures: of A, of B, and what the difference means; now, and of whole files."""

from dataclasses import dataclass
from typing import Final

from rich.style import Style
from textual import events
from textual.reactive import var

from emulator.snapshot import Snapshot
from rtgen_tui.beside import Pair
from rtgen_tui.whole_files import WholeFigure, WholeFiles
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import clock
from rtgen_tui.widgets.pair_rows import (
    PairRow,
    difference_text,
    figure_text,
    pair_rows,
    whole_verdict,
)
from rtgen_tui.widgets.text import cut

_NAME: Final = 16
"""Columns are left out before the names get narrower."""
_GLYPH: Final = 2
_WORD: Final = 9
_NUMBER: Final = 9
_WORDS: Final = {True: "better", False: "worse"}


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    title: str
    width: int
    rank: int
    """The lowest goes first when it gets narrow."""


_COLUMNS: Final = (
    _Column("a", "A", _NUMBER, 6),
    _Column("b", "B", _NUMBER, 6),
    _Column("difference", "B - A", _NUMBER, 9),
    _Column("word", "", _WORD, 8),
    _Column("whole_a", "A", _NUMBER + 3, 1),
    _Column("whole_b", "B", _NUMBER, 1),
    _Column("whole_difference", "B - A", _NUMBER + 1, 3),
    _Column("whole_word", "", _WORD, 2),
)
_WHOLE: Final = "whole_"
_UNKNOWN: Final = WholeFigure(None, None, None)


class PairTable(FramedWidget, can_focus=True):
    """A row per figure. Better and worse are said of B, by glyph, word and color."""

    pair: var[Pair | None] = var(None, init=False)
    whole: var[WholeFiles | None] = var(None, init=False)
    filter_text: var[str] = var("", init=False)

    _offset = 0
    _page = 1

    def relevant(self, snapshot: Snapshot) -> object:
        return self.pair

    def move(self, lines: int) -> None:
        """Show so many rows further down."""
        self._offset += lines
        self.rebuild()

    def page(self, pages: int) -> None:
        """Show the rows below."""
        self.move(pages * self._page)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-1)

    def box(self, width: int, height: int) -> Box:
        palette = self.palette
        title: Row = [("Figures", palette("text", bold=True))]
        if self.pair is None:
            return Box([[("both sessions are being opened", palette("muted"))]], title=title)
        wanted = self.filter_text.casefold()
        rows = [each for each in pair_rows(self.pair) if wanted in each.name.casefold()]
        columns = _fitting(width)
        is_grouped = any(each.key.startswith(_WHOLE) for each in columns)
        heads = [self._groups(columns, width)] if is_grouped else []
        heads.append(self._head(columns, width))
        room = max(1, height - len(heads))
        self._page = room
        self._offset = min(max(0, self._offset), max(0, len(rows) - room))
        shown = rows[self._offset : self._offset + room]
        more: Row = []
        if len(shown) < len(rows):
            first = self._offset + 1
            text = f"{first}-{self._offset + len(shown)} of {len(rows)}"
            more = [(text, palette("muted"))]
        if self.filter_text:
            title.append((f"  filter {self.clean(self.filter_text)}", palette("accent")))
        return Box(
            [*heads, *(self._row(each, columns, width) for each in shown)],
            title=title,
            value=more,
        )

    # --- rows ----------------------------------------------------------------------------------

    def _groups(self, columns: list[_Column], width: int) -> Row:
        """Which columns are of now, and which of the whole files."""
        muted = self.palette("muted")
        whole = sum(each.width for each in columns if each.key.startswith(_WHOLE))
        word = next((each.width for each in columns if each.key == "word"), 0)
        instant = "" if self.pair is None else f"at {clock(self.pair.a.t_ns, hours=False)}"
        whole_word = next((each.width for each in columns if each.key == "whole_word"), 0)
        groups = ((instant, width - whole, word), ("whole files", whole, whole_word))
        row: Row = []
        for title, room, words in groups:
            # A title that is wider than its numbers stands over their words, too.
            after = words if len(title) <= room - words else 0
            row.append((self.fit(title, room - after, right=True) + " " * after, muted))
        return row

    def _head(self, columns: list[_Column], width: int) -> Row:
        muted = self.palette("muted")
        name = width - sum(each.width for each in columns)
        row: Row = [(self.fit("figure", name), muted)]
        row += [(self.fit(each.title, each.width, right=True), muted) for each in columns]
        return row

    def _row(self, row: PairRow, columns: list[_Column], width: int) -> Row:
        palette = self.palette
        name = width - sum(each.width for each in columns)
        unit = f" {row.unit}" if row.unit != "/s" else ""
        # A long name makes room for its unit.
        label = cut(self.clean(row.name), name - 1 - len(unit), self.symbols.ellipsis) + unit
        pieces: Row = [(self.fit(label, name - 1), palette("text")), (" ", palette())]
        whole = None
        if row.whole and self.whole is not None:
            whole = self.whole.figures.get(row.whole, _UNKNOWN)
        for column in columns:
            pieces += self._cell(column, row, whole)
        return pieces

    def _cell(self, column: _Column, row: PairRow, whole: WholeFigure | None) -> Row:
        palette = self.palette
        is_whole = column.key.startswith(_WHOLE)
        blank: Row = [(" " * column.width, palette())]
        if is_whole and whole is None:
            return blank
        a, b, verdict = row.a, row.b, row.verdict
        if is_whole and whole is not None:
            a, b, verdict = whole.a, whole.b, whole_verdict(whole, row.unit)
        style = palette("muted" if is_whole else "text")
        match column.key.removeprefix(_WHOLE):
            case "word":
                return self._word(verdict, column.width)
            case "difference":
                text = difference_text(a, b, row.unit)
                return [(self.fit(text, column.width, right=True), self._color(verdict))]
            case key:
                text = figure_text(a if key == "a" else b, row.unit)
                return [(self.fit(text, column.width, right=True), style)]

    def _word(self, verdict: bool | None, width: int) -> Row:
        if verdict is None:
            return [(" " * width, self.palette())]
        glyph = self.symbols.ok if verdict else self.symbols.late
        return [(self.fit(f" {glyph} {_WORDS[verdict]}", width), self._color(verdict))]

    def _color(self, verdict: bool | None) -> Style:
        if verdict is None:
            return self.palette("muted")
        return self.palette("ok" if verdict else "late", bold=True)

    def watch_whole(self) -> None:
        self.rebuild()

    def watch_filter_text(self) -> None:
        self._offset = 0
        self.rebuild()


def _fitting(width: int) -> list[_Column]:
    """The columns for which there is room beside the names."""
    columns = list(_COLUMNS)
    while columns and sum(each.width for each in columns) + _NAME > width:
        lowest = min(each.rank for each in columns)
        columns = [each for each in columns if each.rank != lowest]
    return columns
