"""The event log: the newest line at the bottom, and a scrollback over what this screen has seen."""

from collections import deque
from typing import Final

from textual import events
from textual.message import Message
from textual.reactive import var

from emulator.snapshot import LogLine, Snapshot
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import clock, short
from rtgen_tui.widgets.text import cut, width_of

MAX_LINES: Final = 2000
"""Lines that are kept; older ones are in the recording."""

GAP: Final = "gap"
"""Kind of our own line that says how many lines this screen did not get."""

INCIDENTS: Final = frozenset({"miss", "drop", "policy", "marker", "error"})

_KINDS: Final = {
    "miss": ("miss", "MISS", "miss"),
    "drop": ("miss", "DROP", "miss"),
    "policy": ("policy", "POLICY", "accent"),
    "stream": ("stream", "STREAM", "ok"),
    "marker": ("marker", "MARK", "late"),
    "error": ("error", "ERROR", "miss"),
    "info": ("info", "INFO", "muted"),
    GAP: ("ellipsis", "", "muted"),
}
"""By kind: the field of ``Symbols``, the word and the color."""


LEVELS: Final = {
    "all": None,
    "incidents": INCIDENTS,
    "misses": frozenset({"miss", "drop"}),
}
"""By name, the kinds of lines that are shown; None: every kind."""

_NARROW: Final = 60
"""Inner width below which the words are left out."""


class EventLog(FramedWidget, can_focus=True):
    """Lines of the log keyed by their number; only those in view are rendered."""

    follow: var[bool] = var(True, init=False)
    """Whether the newest line stays in view."""
    filter_text: var[str] = var("", init=False)
    """Shows only lines that hold this text, in any case."""
    level: var[str] = var("all", init=False)
    """One of ``LEVELS``."""
    stream: var[int] = var(-1, init=False)
    """Shows only lines on the stream with this index, -1 for all."""
    marked: var[int] = var(-1, init=False)
    """Number (``LogLine.seq``) of the line that is pointed at, -1 for none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self._run: int | None = None
        self._lines: deque[LogLine] = deque(maxlen=MAX_LINES)
        self._found: deque[LogLine] = deque(maxlen=MAX_LINES)
        self._bottom = 0
        self._page = 1

    @property
    def lines(self) -> list[LogLine]:
        """The lines that pass the filter, oldest first."""
        return list(self._found)

    def show(self, snapshot: Snapshot) -> None:
        """Takes up the lines it has not seen yet; a new run clears the log."""
        if snapshot.run != self._run:
            self._run = snapshot.run
            self._lines.clear()
            self._found.clear()
            self.marked, self.follow = -1, True
        last = self._lines[-1].seq if self._lines else None
        if last is not None and last > (snapshot.log[-1].seq if snapshot.log else -1):
            # A replay went back: the log is that of an earlier time.
            self._lines.clear()
            self._found.clear()
            self.marked, self.follow, last = -1, True, None
        for line in snapshot.log:
            if last is not None and line.seq <= last:
                continue
            if last is not None and line.seq > last + 1:
                lost = line.seq - last - 1
                self._append(LogLine(line.seq - 1, line.t_ns, GAP, -1, f"{lost} lines not shown"))
            self._append(line)
            last = line.seq
        super().show(snapshot)

    def relevant(self, snapshot: Snapshot) -> object:
        names = [each.name for each in snapshot.streams]
        return snapshot.run, self._lines[-1].seq if self._lines else None, names

    def move(self, delta: int) -> None:
        """Scrolls by so many lines, down when positive; following begins again at the end."""
        self._bottom = min(len(self._found), max(1, self._end() + delta))
        self.follow = self._bottom >= len(self._found)
        self.rebuild()

    def page(self, delta: int) -> None:
        """Scrolls by so many pages, less one line that stays in view."""
        self.move(delta * max(1, self._page - 1))

    def point(self, delta: int) -> None:
        """Points at the line so many further down; the first time at the newest in view."""
        if not self._found:
            return
        place = next((n for n, line in enumerate(self._found) if line.seq == self.marked), None)
        wanted = self._end() - 1 if place is None else place + delta
        wanted = min(max(wanted, 0), len(self._found) - 1)
        self.point_at(self._found[wanted].seq)
        # The newest line goes on to be the newest only while nobody points at another.
        self.follow = wanted == len(self._found) - 1 and delta > 0

    @property
    def pointed(self) -> LogLine | None:
        """The line that is pointed at, or the newest one."""
        chosen = [line for line in self._found if line.seq == self.marked]
        return chosen[0] if chosen else self._found[-1] if self._found else None

    def to_start(self) -> None:
        """Scrolls to the oldest line."""
        self.move(self._page - self._end())

    def to_end(self) -> None:
        """Scrolls to the newest line and follows again."""
        self.move(len(self._found))

    def point_at(self, seq: int) -> bool:
        """Marks the line with this number and scrolls to it; False when it is not on the list."""
        place = next((n for n, line in enumerate(self._found) if line.seq == seq), None)
        if place is None:
            return False
        self.marked = seq
        end = self._end()
        if not end - self._page <= place < end:
            self.move(place + 1 + self._page // 2 - end)
        self.rebuild()
        return True

    def incident(self, direction: int) -> LogLine | None:
        """Points at the next (1) or previous (-1) line that is an incident, if there is one."""
        lines = [line for line in self._found if line.kind in INCIDENTS]
        if direction > 0:
            found = next((line for line in lines if line.seq > self.marked >= 0), None)
        else:
            before = [line for line in lines if self.marked < 0 or line.seq < self.marked]
            found = before[-1] if before else None
        if found is not None:
            self.point_at(found.seq)
        return found

    def box(self, width: int, height: int) -> Box:
        self._page = max(1, height)
        end = self._end()
        start = max(0, end - height)
        shown = [self._found[n] for n in range(start, end)]
        rows = [self._row(line, width) for line in shown]
        return Box(
            rows, title=self._title(), value=self._state(end), foot=self._position(start, end)
        )

    def _end(self) -> int:
        """The line after the last one in view."""
        count = len(self._found)
        if self.follow:
            return count
        return min(count, max(self._bottom, min(self._page, count)))

    def _append(self, line: LogLine) -> None:
        self._lines.append(line)
        if self._passes(line):
            # A full list loses its oldest line, and the view must stay on the same lines.
            if len(self._found) == MAX_LINES and not self.follow:
                self._bottom = max(1, self._bottom - 1)
            self._found.append(line)

    def _passes(self, line: LogLine) -> bool:
        kinds = LEVELS.get(self.level)
        if kinds is not None and line.kind not in kinds:
            return False
        if self.stream not in {-1, line.stream}:
            return False
        wanted = self.filter_text.casefold()
        return not wanted or wanted in line.text.casefold() or wanted in line.kind

    def _row(self, line: LogLine, width: int) -> Row:
        palette, symbols = self.palette, self.symbols
        on = "cursor" if line.seq == self.marked else ""
        field, word, color = _KINDS.get(line.kind, ("info", self.clean(line.kind.upper()), "muted"))
        glyph = getattr(symbols, field)
        style = palette(color, on=on, bold=color == "miss")
        when = clock(line.t_ns, 2, hours=False)
        row: Row = [
            (f"{symbols.here if on else ' '}{when}  ", palette("muted", on=on)),
            (f"{glyph} {cut(word, 6, symbols.ellipsis):<7}", style),
        ]
        if width < _NARROW:
            mark = symbols.here if on else " "
            row = [(f"{mark}{when[:-1]} ", palette("muted", on=on)), (f"{glyph} ", style)]
        row += self._text(line, on, narrow=width < _NARROW)
        if on:
            row.append((" " * max(0, width - width_of(row)), palette("text", on=on)))
        return row

    def _text(self, line: LogLine, on: str, *, narrow: bool) -> Row:
        """The text, with the name of its stream in the stream's color."""
        palette = self.palette
        # What follows the first line is for a dialog.
        text = self.clean(line.text.partition("\n")[0])
        if narrow and line.kind == "miss":
            # `25 ms > 10 ms` says it already, and the backend at the end is worth more.
            text = text.replace(" late: ", " ", 1)
        elif not narrow and line.kind == "drop":
            # The word before it has just said so.
            text = text.replace(" dropped ", " ", 1)
        streams = self.snapshot.streams if self.snapshot is not None else ()
        name = self.clean(streams[line.stream].name) if 0 <= line.stream < len(streams) else ""
        quiet = "muted" if line.kind in {"info", GAP} else "text"
        if name and text.startswith(name):
            rest = text[len(name) :]
            return [(name, palette.stream(line.stream, on=on)), (rest, palette(quiet, on=on))]
        return [(text, palette(quiet, on=on))]

    def _title(self) -> Row:
        palette = self.palette
        shown, total = len(self._found), len(self._lines)
        count = short(total) if shown == total else f"{short(shown)} of {short(total)}"
        title = [("Events", palette("text", bold=True)), (f" {count}", palette("text"))]
        if self.level != "all":
            title.append((f"  only {self.level}", palette("late")))
        streams = self.snapshot.streams if self.snapshot is not None else ()
        if 0 <= self.stream < len(streams):
            name = self.clean(streams[self.stream].name)
            title += [("  of ", palette("late")), (name, palette.stream(self.stream))]
        if self.filter_text:
            wanted = cut(self.clean(self.filter_text), 20, self.symbols.ellipsis)
            title.append((f"  filter {wanted}", palette("late")))
        return title

    def _state(self, end: int) -> Row:
        palette, symbols = self.palette, self.symbols
        newer = len(self._found) - end
        if self.follow or newer <= 0:
            return [(f"follow {symbols.live}", palette("muted"))]
        return [(f"{symbols.idle} {short(newer)} newer", palette("late"))]

    def _position(self, start: int, end: int) -> Row:
        if self.follow:
            return []
        return [(f"{start + 1}-{end} of {len(self._found)}", self.palette("muted"))]

    def watch_follow(self) -> None:
        self.rebuild()

    def watch_marked(self) -> None:
        self.rebuild()

    def watch_filter_text(self) -> None:
        self._filter()

    def watch_level(self) -> None:
        self._filter()

    def watch_stream(self) -> None:
        self._filter()

    def _filter(self) -> None:
        self._found = deque((line for line in self._lines if self._passes(line)), MAX_LINES)
        self.follow = True
        self.rebuild()

    class Pointed(Message):
        """A line was clicked."""

    def on_click(self, event: events.Click) -> None:
        """Point at the line below the mouse."""
        end = self._end()
        place = max(0, end - self._page) + self.body_row(event.y)
        if 0 <= place < end:
            self.follow = False
            self.point_at(self._found[place].seq)
            self.post_message(self.Pointed())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-1)
