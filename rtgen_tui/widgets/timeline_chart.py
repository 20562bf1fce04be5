"""The timeline: the backends' slices over any stretch of time, with a cursor on one of them."""

from typing import Final

from textual import events
from textual.message import Message
from textual.reactive import var

from emulator.snapshot import Snapshot
from emulator.timeline.piece import RUNS, Slice
from emulator.timeline.window import WindowView
from rtgen_tui.journal_view import QueueStory
from rtgen_tui.viewport import Viewport
from rtgen_tui.widgets.backends import backend_color, backend_label
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.lanes import Brush
from rtgen_tui.widgets.numbers import clock, duration
from rtgen_tui.widgets.text import Piece, cells
from rtgen_tui.widgets.timeline_axis import axis, incidents, swap_columns
from rtgen_tui.widgets.timeline_lanes import ANY, Lane, Look, lane_rows, lanes_of
from rtgen_tui.widgets.timeline_queue import queue_row

_MAX_LABEL: Final = 14
_MAX_HEIGHT: Final = 4
_TEXTS: Final = 3
"""Rows of a lane of slices: name, number and length."""
_ABOVE: Final = 2
"""Rows above the lanes."""
_BELOW: Final = 2
"""Rows below them that the queue takes, the blank one above it included."""
_WIDE: Final = 100
"""Width from which there is room for the instant of a slice, which the axis gives too."""


class TimelineChart(FramedWidget, can_focus=True):
    """Lanes of backends over a stretch of time that may be panned and zoomed."""

    by_stream: var[bool] = var(False, init=False)
    """Whether each stream has a lane of its own on each backend."""

    class Clicked(Message):
        """The mouse points at an instant on a lane."""

        def __init__(self, t_ns: int, lane: int) -> None:
            super().__init__()
            self.t_ns = t_ns
            self.lane = lane

    class Wheel(Message):
        """The mouse wheel turns: in (1) or out (-1) at an instant, or along (``pans``)."""

        def __init__(self, direction: int, t_ns: int, *, pans: bool) -> None:
            super().__init__()
            self.direction = direction
            self.t_ns = t_ns
            self.pans = pans

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.viewport = Viewport()
        self.view: WindowView | None = None
        self.labels: dict[tuple[int, int], str] = {}
        self.chosen: Slice | None = None
        """Under the cursor."""
        self.job: tuple[int, int] | None = None
        """Stream and number of the job that stands out."""
        self.note = ""
        """What is at the cursor, if it is no slice."""
        self.cursor_ns: int | None = None
        self.lane = 0
        """Position of the lane with the cursor."""
        self.lanes: list[Lane] = []
        self.filter_text = ""
        self.queue: QueueStory | None = None
        self.has_queue = False
        """Whether there is room for the queue at the cursor."""
        self._label_width = 0
        self._top = 0
        self._tops: list[tuple[int, int]] = []
        """First row and height of the lanes in view, by position in ``lanes`` from ``_top``."""

    def relevant(self, snapshot: Snapshot) -> object:
        names = [each.name for each in snapshot.streams]
        return snapshot.run, names, [each.name for each in snapshot.backends]

    # --- what is known -------------------------------------------------------------------------

    @property
    def wanted(self) -> frozenset[int] | None:
        """Streams whose name holds the filter; None without a filter."""
        if not self.filter_text or self.snapshot is None:
            return None
        text = self.filter_text.casefold()
        return frozenset(
            n for n, s in enumerate(self.snapshot.streams) if text in s.name.casefold()
        )

    def stream_name(self, stream: int) -> str:
        """How a stream is called."""
        streams = self.snapshot.streams if self.snapshot is not None else ()
        return self.clean(streams[stream].name) if 0 <= stream < len(streams) else f"#{stream}"

    def slice_name(self, each: Slice) -> str:
        """How a slice is called: by its stage, or its stream."""
        label = self.labels.get((each.stream, each.stage), "")
        return self.clean(label) if label else self.stream_name(each.stream)

    def slices_on(self, lane: int) -> list[Slice]:
        """The slices of a lane that are known, by their start."""
        if self.view is None or self.view.slices is None or not 0 <= lane < len(self.lanes):
            return []
        here = self.lanes[lane]
        return [each for each in self.view.slices if here.holds(each.backend, each.stream)]

    def slice_at(self, lane: int, t_ns: int) -> Slice | None:
        """The slice of a lane at an instant, or the nearest to it that is in view."""
        near = [
            each
            for each in self.slices_on(lane)
            if each.start_ns < self.viewport.to_ns
            and (each.end_ns == RUNS or each.end_ns > self.viewport.from_ns)
        ]
        return min(near, key=lambda each: _distance(each, t_ns), default=None)

    # --- drawing -------------------------------------------------------------------------------

    def fit_columns(self) -> None:
        """Give the viewport as many columns as there is room for."""
        width, height = self.size
        inner = width - 4 if self.is_framed(width, height) else width
        self._label_width = self._widest_label(inner)
        self.viewport.columns = max(8, inner - self._label_width - 1)

    def _widest_label(self, inner: int) -> int:
        backends = self.snapshot.backends if self.snapshot is not None else ()
        labels = [backend_label(each.name) for each in backends]
        if self.by_stream and self.snapshot is not None:
            labels += [f"  {each.name}" for each in self.snapshot.streams]
        return min(max(map(cells, labels), default=3), _MAX_LABEL, inner // 4)

    def box(self, width: int, height: int) -> Box:
        self.fit_columns()
        snapshot, view, palette = self.snapshot, self.view, self.palette
        title: Row = [("Timeline", palette("text", bold=True)), *self._span()]
        if snapshot is None or view is None:
            return Box([], title=title, value=self._state())
        look = Look(
            self.viewport,
            view,
            self.slice_name,
            self.job,
            self.wanted,
            swap_columns(view, self.viewport),
        )
        self.lanes = lanes_of(view, len(snapshot.backends), by_stream=self.by_stream)
        self.lane = min(self.lane, max(0, len(self.lanes) - 1))
        rows = self._head(look) if height > _ABOVE + 1 else []
        rows += self._lanes(look, height - len(rows), len(rows))
        self.has_queue = len(rows) + _BELOW <= height
        if self.has_queue and self.queue is not None and self.queue.t_ns == self.cursor_ns:
            row = queue_row(self.queue, self.stream_name, self._label_width, self.symbols, palette)
            rows += [[], row]
        return Box(rows[:height], title=title, value=self._state(), foot=self._cursor())

    def _head(self, look: Look) -> list[Row]:
        margin = (" " * (self._label_width + 1), self.palette())
        marks = {}
        if self.cursor_ns is not None:
            column = self.viewport.column_of(self.cursor_ns)
            marks[column] = (self.symbols.descending, self.palette("accent", bold=True))
        symbols, palette = self.symbols, self.palette
        happened = incidents(look.view, self.viewport, symbols, palette, look.wanted)
        return [[margin, *axis(self.viewport, symbols, palette, marks)], [margin, *happened]]

    def _lanes(self, look: Look, room: int, first_row: int) -> list[Row]:
        """As many lanes as fit, that of the cursor among them."""
        count = len(self.lanes)
        if not count or room <= 0:
            return []
        most = _MAX_HEIGHT if look.view.slices is None else _TEXTS
        height = min(most, max(1, room // count))
        gap = 1 if height > 1 and count * (height + 1) - 1 <= room and not self.by_stream else 0
        if self.by_stream:
            height = min(height, 2)
        fits = max(1, (room + gap) // (height + gap))
        self._top = min(max(self._top, self.lane - fits + 1), self.lane, max(0, count - fits))
        brush = Brush(self.palette, self.symbols)
        rows: list[Row] = []
        self._tops = []
        for position in range(self._top, min(count, self._top + fits)):
            if rows and gap:
                rows.append([])
            self._tops.append((first_row + len(rows), height))
            lane = self.lanes[position]
            drawn = lane_rows(lane, height, look, brush)
            labels = self._labels(position, height)
            rows += [[label, *row] for label, row in zip(labels, drawn, strict=True)]
        return rows

    def _labels(self, position: int, height: int) -> list[Piece]:
        """What stands before the rows of a lane: its name, and a mark where the cursor is."""
        lane, palette = self.lanes[position], self.palette
        assert self.snapshot is not None  # noqa: S101  # lanes come with one
        backend = self.snapshot.backends[lane.backend]
        if lane.stream == ANY:
            name = backend_label(backend.name)
            style = palette(backend_color(backend.kind), bold=True)
        else:
            name = f"  {self.stream_name(lane.stream)}"
            style = palette.stream(lane.stream, bold=position == self.lane)
        rows = [(name, style)] + [("", style)] * (height - 1)
        mark = self.symbols.here if position == self.lane and self.has_focus else " "
        width = self._label_width
        marked = [
            (f"{self.fit(text, width)}{mark if n == 0 else ' '}", each)
            for n, (text, each) in enumerate(rows)
        ]
        return marked[:height]

    def _span(self) -> Row:
        viewport = self.viewport
        length = duration(viewport.shown_ns / 1e6)
        return [(f"  window {length}", self.palette("muted"))]

    def _state(self) -> Row:
        palette, symbols, viewport = self.palette, self.symbols, self.viewport
        if self.view is not None and not self.view.complete:
            return [(f"{symbols.ellipsis} reading", palette("late"))]
        if viewport.follows:
            return [(f"follow {symbols.live}", palette("muted"))]
        behind_ns = viewport.newest_ns - viewport.to_ns
        if behind_ns <= 0:
            return [(f"{symbols.idle} stands", palette("late"))]
        behind = clock(behind_ns, 1, hours=False)
        return [(f"{symbols.idle} {behind} before now", palette("late"))]

    def _cursor(self) -> Row:
        """The slice under the cursor in words."""
        each, palette = self.chosen, self.palette
        if each is None:
            return [(self.clean(self.note), palette("text"))] if self.note else []
        name = self.slice_name(each)
        length = "runs" if each.end_ns == RUNS else duration((each.end_ns - each.start_ns) / 1e6)
        is_wide = self.size.width >= _WIDE
        when = f"{clock(each.start_ns, 4, hours=False)} " if is_wide else ""
        return [
            (when, palette("muted")),
            (name, palette.stream(each.stream, bold=True)),
            (f" #{each.job}  {length}", palette("text")),
        ]

    # --- the mouse -----------------------------------------------------------------------------

    def _pointed(self, event: events.MouseEvent) -> tuple[int, int | None]:
        """The instant and the lane below the mouse."""
        left = self._label_width + 1 + (2 if self.is_framed(*self.size) else 0)
        column = min(max(0, event.x - left), self.viewport.columns - 1)
        t_ns = self.viewport.from_ns + column * self.viewport.column_ns
        row = self.body_row(event.y)
        for position, (first, height) in enumerate(self._tops, start=self._top):
            if first <= row < first + height:
                return t_ns + self.viewport.column_ns // 2, position
        return t_ns, None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        t_ns, lane = self._pointed(event)
        if lane is not None:
            self.post_message(self.Clicked(t_ns, lane))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._turned(event, -1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._turned(event, 1)

    def _turned(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        t_ns, _ = self._pointed(event)
        self.post_message(self.Wheel(direction, t_ns, pans=event.shift or event.ctrl))

    def watch_by_stream(self) -> None:
        self.rebuild()


def _distance(each: Slice, t_ns: int) -> int:
    """How far an instant is from a slice; 0 within it."""
    if each.start_ns <= t_ns and (each.end_ns == RUNS or t_ns < each.end_ns):
        return 0
    return each.start_ns - t_ns if t_ns < each.start_ns else t_ns - each.end_ns + 1
