"""The scrub bar: where the tape is and where something happened; a click goes there."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import var

from emulator.snapshot import Snapshot
from rtgen_tui.session import Tape, Timeline
from rtgen_tui.widgets.charts import area
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import clock, short
from rtgen_tui.widgets.scrub_cells import MARKER, MISS, POLICY, Scale, miss_rates, signs
from rtgen_tui.widgets.text import Piece, cells, width_of

_ONLY_TIME: Final = 60
"""Below this width of the widget there is no bar."""
_COLORS: Final = {MISS: "miss", POLICY: "accent", MARKER: "late"}
_EMPTY: Final = Timeline((), (), ())


class ScrubBar(FramedWidget):
    """The tape as a line, misses a second below it; one row where there is no room for more."""

    ZOOMS = False

    tape: var[Tape | None] = var(None, init=False)
    timeline: var[Timeline | None] = var(None, init=False)

    class Sought(Message):
        """The user pointed at a time."""

        def __init__(self, t_ns: int) -> None:
            super().__init__()
            self.t_ns = t_ns

    _scale: Scale | None = None
    _bar_x = 0
    _held_ns: int | None = None
    """Where the mouse is, until a snapshot comes from there."""
    _is_held = False
    _cells_key: tuple[object, ...] = ()
    _density: str = ""
    _signs: dict[int, str] = {}  # noqa: RUF012 - replaced, never changed
    _peak = 0.0

    def show(self, snapshot: Snapshot) -> None:
        """Moves the head, unless the mouse holds it."""
        if not self._is_held:
            self._held_ns = None
        super().show(snapshot)

    def relevant(self, snapshot: Snapshot) -> object:
        return snapshot.t_ns, snapshot.state

    @property
    def position_ns(self) -> int:
        """The instant at which the head is drawn."""
        if self._held_ns is not None:
            return self._held_ns
        return self.snapshot.t_ns if self.snapshot is not None else 0

    def box(self, width: int, height: int) -> Box:
        tape, palette = self.tape, self.palette
        title: Row = [("Session", palette("text", bold=True))]
        self._scale = None
        if tape is None:
            return Box([], title=title)
        now: Piece = (f"{clock(self.position_ns, hours=False)} ", palette("text", bold=True))
        if self.size.width < _ONLY_TIME:
            return Box([[(" ", palette()), now, *self._end("of "), *self._writing()]])
        end = self._end(" ")
        lead = 0 if self.is_framed(*self.size) else 1
        self._bar_x = lead + cells(now[0]) + 1
        count = width - self._bar_x - 1 - width_of(end) - lead
        self._scale = Scale(tape.t_begin_ns, max(tape.t_end_ns, tape.t_begin_ns + 1), count)
        self._look(count)
        edges = self.symbols.block_left, self.symbols.block_right
        faint = palette("faint")
        margin: Row = [(" " * lead, palette())]
        bar: Row = [(edges[0], faint), *self._line(self._scale, height), (edges[1], faint)]
        rows: list[Row] = [[*margin, now, *bar, *end]]
        if height > 1:
            rows.append([(" " * self._bar_x, palette()), (self._density, palette("miss"))])
        name = self.clean(tape.path.replace("\\", "/").rpartition("/")[2])
        return Box(
            rows,
            title=[*title, (f"  {name}", palette("muted"))],
            value=self._writing(),
            foot=[(f"misses/s, peak {short(self._peak, 1)}", palette("muted"))],
            foot_value=self._legend(),
        )

    def _look(self, count: int) -> None:
        """Signs and densities, made anew when the timeline or the width is another."""
        timeline, symbols, scale = self.timeline or _EMPTY, self.symbols, self._scale
        key = (timeline, scale, symbols.name)
        if scale is None or key == self._cells_key:
            return
        self._cells_key = key
        rates = miss_rates(timeline.spans, scale)
        self._peak = max(rates, default=0.0)
        self._signs = signs(timeline, rates, scale)
        if symbols.chart == "braille":
            halves = Scale(scale.begin_ns, scale.end_ns, 2 * count)
            rates = miss_rates(timeline.spans, halves)
        heights = [rate / (self._peak or 1.0) for rate in rates]
        (self._density,) = area(heights, 1, count, 1, symbols)

    def _line(self, scale: Scale, height: int) -> list[Piece]:
        """The tape under its signs; with the density of misses where that has no row of its own."""
        palette, symbols = self.palette, self.symbols
        head = scale.cell(self.position_ns)
        full, empty = symbols.meter[0], symbols.meter[2]
        line: list[Piece] = []
        for cell in range(scale.count):
            sign, dense = self._signs.get(cell), self._density[cell]
            played = cell < head
            if cell == head:
                line.append((symbols.head, palette("text", bold=True)))
            elif sign is not None:
                line.append((getattr(symbols, sign), palette(_COLORS[sign], bold=True)))
            elif height == 1 and dense != " ":
                line.append((dense, palette("miss", amount=0.9 if played else 0.5)))
            else:
                style = palette("accent", amount=0.7) if played else palette("grid")
                line.append((full if played else empty, style))
        return _joined(line)

    def _end(self, lead: str) -> Row:
        tape, palette = self.tape, self.palette
        if tape is None:
            return []
        end: Row = [(f"{lead}{clock(tape.t_end_ns, hours=False)}", palette("muted"))]
        if tape.growing:
            end.append((self.symbols.edge, palette("ok" if tape.follows else "muted", bold=True)))
        return end

    def _writing(self) -> Row:
        """What to know of a file that is not whole yet."""
        tape, palette = self.tape, self.palette
        if tape is None or not tape.growing:
            return []
        if tape.follows:
            return [(f"  {self.symbols.live} at its live edge", palette("ok"))]
        return [("  still being written, L goes to its live edge", palette("muted"))]

    def _legend(self) -> Row:
        symbols, muted = self.symbols, self.palette("muted")
        words = ((MISS, "miss burst"), (POLICY, "policy"), (MARKER, "mark"))
        legend: Row = []
        for sign, word in words:
            legend += [
                (getattr(symbols, sign), self.palette(_COLORS[sign])),
                (f" {word}" if sign == MARKER else f" {word}  ", muted),
            ]
        return legend

    # --- the mouse -----------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._is_held = self._point(event)
        if self._is_held:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._is_held:
            self._point(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._is_held:
            self._is_held = False
            self.release_mouse()

    def _point(self, event: events.MouseEvent) -> bool:
        """Goes to the time below the mouse; False when there is none."""
        if self._scale is None:
            return False
        left = self._bar_x + (2 if self.is_framed(*self.size) else 0)
        cell = event.x - left
        if not self._is_held and not 0 <= cell < self._scale.count:
            return False
        t_ns = self._scale.instant(cell)
        if t_ns != self._held_ns:
            self._held_ns = t_ns
            self.rebuild()
            self.post_message(self.Sought(t_ns))
        return True

    def watch_tape(self) -> None:
        self.rebuild()

    def watch_timeline(self) -> None:
        self.rebuild()


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbors of one style as one piece."""
    runs: list[tuple[Style, str]] = [
        (style, "".join(text for text, _ in run))
        for style, run in groupby(pieces, key=lambda piece: piece[1])
    ]
    return [(text, style) for style, text in runs]
