"""Recorded sessions as a table, and the chosen one in words."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from textual import events
from textual.message import Message

from emulator.snapshot import Snapshot
from rtgen_tui.session_list import SessionRow
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import clock, miss_percent, short, size
from rtgen_tui.widgets.text import wrap

ZONE: tzinfo | None = None
"""In which instants are told; None: that of the machine."""
_STATES: Final = {
    "clean": ("ok", "ok"),
    "recovered": ("late", "late"),
    "recording": ("record", "miss"),
    "unreadable": ("miss", "miss"),
}
"""By state: the field of ``Symbols`` and the color."""


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    rank: int
    """The lowest goes first where there is no room."""
    right: bool = False


_COLUMNS: Final = (
    _Column("recorded", 18, 5),
    _Column("scenario", 18, 9),
    _Column("policy", 16, 8),
    _Column("length", 11, 7, right=True),
    _Column("missed", 8, 6, right=True),
    _Column("%", 6, 4, right=True),
    _Column("size", 9, 2, right=True),
    _Column("state", 14, 10),
)
_NAME: Final = _Column("file", 20, 1)


class SessionTable(FramedWidget, can_focus=True):
    """One row per session; a cursor on one of them."""

    class Opened(Message):
        """A row was clicked twice."""

    class Moved(Message):
        """The cursor is on another row."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.rows: list[SessionRow] = []
        self.folder = ""
        self.filter_text = ""
        self.here = ""
        """The session that is on screen."""
        self.live = ""
        """What runs behind the replay; the first row leads back to it."""
        self.is_reading = True
        self._at = 0
        self._top = 0
        self._page = 1

    def relevant(self, snapshot: Snapshot) -> object:
        return None

    @property
    def shown(self) -> list[SessionRow]:
        """The rows that pass the filter."""
        words = self.filter_text.casefold().split()
        return [
            each
            for each in self.rows
            if all(
                word in f"{each.name} {each.scenario} {each.policy} {each.state}".casefold()
                for word in words
            )
        ]

    @property
    def selected(self) -> SessionRow | None:
        """The row with the cursor; None where there is none, or the live run is chosen."""
        place = self._at - bool(self.live)
        shown = self.shown
        return shown[place] if 0 <= place < len(shown) else None

    @property
    def is_live_chosen(self) -> bool:
        """Whether the cursor is on the row of the live run."""
        return bool(self.live) and self._at == 0

    def show_rows(self, rows: list[SessionRow]) -> None:
        """Other rows; the cursor stays on its session."""
        chosen = self.selected
        self.rows = rows
        paths = [each.path for each in self.shown]
        if chosen is not None and chosen.path in paths:
            self._at = paths.index(chosen.path) + bool(self.live)
        self.move(0)

    def move(self, rows: int) -> None:
        """Move the cursor, stopping at the ends."""
        last = len(self.shown) + bool(self.live) - 1
        self._at = min(max(self._at + rows, 0), max(last, 0))
        self.rebuild()
        self.post_message(self.Moved())

    def page(self, pages: int) -> None:
        """Move it by what is in view."""
        self.move(pages * self._page)

    def box(self, width: int, height: int) -> Box:
        palette = self.palette
        columns = _fitting(width - 2)
        shown = self.shown
        entries: list[SessionRow | None] = [*([None] if self.live else []), *shown]
        self._page = room = max(1, height - 1)
        self._top = min(max(self._top, self._at - room + 1), self._at, max(0, len(entries) - room))
        rows = [self._head(columns)]
        for place, each in enumerate(entries[self._top : self._top + room], start=self._top):
            is_chosen = place == self._at
            rows.append(
                self._live_row(width, is_chosen=is_chosen)
                if each is None
                else self._row(each, columns, width, is_chosen=is_chosen)
            )
        if not entries:
            none = "reading" if self.is_reading else "no session yet: r records a live run"
            rows = [[(f"  {none}", palette("muted"))]]
        title: Row = [
            ("Sessions", palette("text", bold=True)),
            (f" {short(len(shown))}", palette("text")),
        ]
        if self.filter_text:
            title.append((f"  filter {self.clean(self.filter_text)}", palette("late")))
        return Box(rows, title=title, value=[(self.clean(self.folder), palette("muted"))])

    def _head(self, columns: list[_Column]) -> Row:
        muted = self.palette("muted")
        return [("  ", muted), *((self._cell(each.title, each), muted) for each in columns)]

    def _cell(self, text: str, column: _Column) -> str:
        return self.fit(text, column.width - 2, right=column.right) + "  "

    def _live_row(self, width: int, *, is_chosen: bool) -> Row:
        on = "cursor" if is_chosen else ""
        mark = self.symbols.here if is_chosen else " "
        text = self.fit(f"{mark} {self.symbols.live} {self.clean(self.live)}", width)
        return [(text, self.palette("ok", on=on, bold=True))]

    def _row(self, each: SessionRow, columns: list[_Column], width: int, *, is_chosen: bool) -> Row:
        palette, on = self.palette, "cursor" if is_chosen else ""
        mark = self.symbols.here if is_chosen else " "
        row: Row = [(f"{mark} ", palette("accent", on=on, bold=True))]
        for column in columns:
            text, color = self._figure(each, column.title)
            bold = each.path == self.here and column.title in {"scenario", "file"}
            row.append((self._cell(text, column), palette(color, on=on, bold=bold)))
        used = 2 + sum(column.width for column in columns)
        return [*row, (" " * max(0, width - used), palette("text", on=on))]

    def _figure(self, each: SessionRow, title: str) -> tuple[str, str]:
        """What stands in a column, and its color."""
        glyph, color = _STATES[each.state]
        figures = {
            "recorded": (_local(each.created_s or each.modified_s), "muted"),
            "state": (f"{getattr(self.symbols, glyph)} {each.state}", color),
            "size": (size(each.size), "muted"),
            "file": (self.clean(each.name), "muted"),
        }
        if each.state != "unreadable":
            more = f" +{each.swaps}" if each.swaps else ""
            figures |= {
                "scenario": (self.clean(each.scenario), "text"),
                "policy": (f"{self.clean(each.policy)}{more}", "text"),
                "length": (clock(round(each.length_s * 1e9), 1, hours=False), "text"),
                "missed": (short(each.misses), "miss" if each.misses else "ok"),
                "%": (
                    miss_percent(each.misses, each.jobs),
                    "miss" if each.misses else "muted",
                ),
            }
        return figures.get(title, ("-", "muted"))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice opens it."""
        place = self._top + self.body_row(event.y) - 1
        if 0 <= place < len(self.shown) + bool(self.live):
            self.move(place - self._at)
            if event.chain == 2:  # noqa: PLR2004  # a double click
                event.stop()
                self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-1)


class SessionDetail(FramedWidget):
    """All that the table has no room for."""

    ZOOMS = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.row: SessionRow | None = None
        self.is_live = False
        """Whether the live run is chosen instead."""
        self.verified = ""
        """What came of verifying it, or that it goes on."""
        self.is_different = False

    def relevant(self, snapshot: Snapshot) -> object:
        return None

    def box(self, width: int, height: int) -> Box:
        palette, row = self.palette, self.row
        if row is None:
            text = "the run goes on; enter shows it again" if self.is_live else ""
            title: Row = [("Session", palette("text", bold=True))]
            return Box([[(text, palette("muted"))]], title=title)
        facts: list[Row] = []
        if row.state != "unreadable":
            facts = [
                self._fact("on", row.profile),
                self._fact("seed", str(row.seed)),
                self._fact("jobs", f"{row.jobs:,}"),
                self._fact("missed", f"{row.misses:,}"),
                self._fact("swaps", str(row.swaps)),
                self._fact("marks", str(row.marks)),
            ]
        if row.ended:
            facts.append(self._fact("ended:", row.ended))
        rows = wrap(facts, width, ("   ", palette("text")))
        for problem in row.problems:
            rows += wrap([[(self.clean(problem), palette("late"))]], width, (" ", palette()))
        if self.verified:
            style = palette("miss" if self.is_different else "ok")
            rows += wrap([[(self.clean(self.verified), style)]], width, (" ", palette()))
        return Box(rows[:height], title=[(self.clean(row.name), palette("text", bold=True))])

    def _fact(self, word: str, value: str) -> Row:
        return [(f"{word} ", self.palette("muted")), (self.clean(value), self.palette("text"))]


def _fitting(width: int) -> list[_Column]:
    """The columns for which there is room; the name of the file takes what is left."""
    columns = list(_COLUMNS)
    while columns and sum(each.width for each in columns) > width:
        lowest = min(each.rank for each in columns)
        columns = [each for each in columns if each.rank != lowest]
    left = width - sum(each.width for each in columns)
    if left >= _NAME.width:
        columns.append(_Column(_NAME.title, left, _NAME.rank))
    return columns


def _local(timestamp: float) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC).astimezone(ZONE):%Y-%m-%d %H:%M}"
