"""The table of streams: who misses deadlines, how often and how much room is left."""

from textual import events
from textual.message import Message
from textual.reactive import var

from emulator.snapshot import Snapshot, StreamView
from rtgen_tui.widgets.backends import backend_color, backend_label
from rtgen_tui.widgets.columns import (
    DEGRADED,
    OF_LLM,
    ON,
    SINCE_START,
    TOKENS,
    WIDE_TERMINAL,
    Layout,
    Pen,
    lay_out,
    lost_on,
)
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import span
from rtgen_tui.widgets.text import cells, cut

SORT_KEYS = ("#", "miss", "name")
"""What the table can be sorted by."""

_NAME_HEAD = "stream"


class StreamTable(FramedWidget, can_focus=True):
    """One row per stream with a cursor; scrolls when there are more streams than rows."""

    selected: var[int] = var(0, init=False)
    """Index of the chosen stream in the snapshot."""
    filter_text: var[str] = var("", init=False)
    """Shows only streams whose name holds this text, in any case."""
    sort_key: var[str] = var("#", init=False)

    class Selected(Message):
        """The user chose a stream."""

        def __init__(self, table: "StreamTable", stream_index: int) -> None:
            super().__init__()
            self.table = table
            self.stream_index = stream_index

        @property
        def control(self) -> "StreamTable":
            """The table, for ``@on`` with a selector."""
            return self.table

    _top = 0
    _rows_shown = 1
    _head_rows = 1

    def relevant(self, snapshot: Snapshot) -> object:
        streams = snapshot.streams
        if not self._is_wide:
            # A freeze that goes on is another one in each frame, and nobody sees it.
            streams = tuple([each._replace(longest_freeze_ms=None) for each in streams])
        return streams, [(each.name, each.kind) for each in snapshot.backends]

    @property
    def _is_wide(self) -> bool:
        return self.app.size.width >= WIDE_TERMINAL

    @property
    def shown_streams(self) -> list[StreamView]:
        """The streams that pass the filter, in the order on screen."""
        streams = self.snapshot.streams if self.snapshot is not None else ()
        wanted = self.filter_text.casefold()
        found = [each for each in streams if wanted in each.name.casefold()]
        if self.sort_key == "miss":
            return sorted(found, key=_misses, reverse=True)
        return sorted(found, key=lambda each: each.name) if self.sort_key == "name" else found

    def move(self, delta: int) -> None:
        """Chooses the stream so many rows further down, or up when negative."""
        shown = self.shown_streams
        if shown:
            place = self._place(shown)
            target = 0 if place is None else min(len(shown) - 1, max(0, place + delta))
            self._choose(shown[target].index)

    def to_start(self) -> None:
        """Chooses the first stream on the list."""
        self.move(-len(self.shown_streams))

    def to_end(self) -> None:
        """Chooses the last stream on the list."""
        self.move(len(self.shown_streams))

    def sort_by(self, key: str) -> None:
        """Sorts by ``#``, ``miss`` (most misses in the window first) or ``name``.

        Raises:
            ValueError: for any other key.
        """
        if key not in SORT_KEYS:
            raise ValueError(f"streams are sorted by one of {', '.join(SORT_KEYS)}, not by {key!r}")
        self.sort_key = key

    def box(self, width: int, height: int) -> Box:
        snapshot, palette = self.snapshot, self.palette
        if snapshot is None or not snapshot.streams:
            return Box([[("no streams", palette("muted"))]], title=[("Streams", palette())])
        shown = self.shown_streams
        self._head_rows = 1 if height > 1 else 0
        self._rows_shown = max(1, height - self._head_rows)
        self._top = max(0, min(self._top, len(shown) - self._rows_shown))
        layout = self._layout(shown, width)
        kinds = {each.name: backend_color(each.kind) for each in snapshot.backends}
        window = shown[self._top : self._top + self._rows_shown]
        rows = [self._head(layout)][: self._head_rows]
        for stream in window:
            chosen = stream.index == self.selected
            pen = Pen(palette, self.symbols, "cursor" if chosen else "", kinds)
            rows.append(self._row(stream, pen, layout, width))
        return Box(
            rows,
            title=self._title(len(shown), len(snapshot.streams)),
            value=self._filter() or self._windows(layout, snapshot.window_s),
            foot=self._position(len(shown), len(window)) or self._legend(layout, window),
        )

    def _layout(self, shown: list[StreamView], width: int) -> Layout:
        """Widths follow names, never figures or states, so that time moves no column."""
        backends = self.snapshot.backends if self.snapshot is not None else ()
        return lay_out(
            width,
            number=max((len(str(each.index + 1)) for each in shown), default=1) + 1,
            name=max((cells(self.clean(each.name)) for each in shown), default=len(_NAME_HEAD)),
            on=max((cells(backend_label(each.name)) for each in backends), default=0),
            wide=self._is_wide,
            absent=self._absent(),
        )

    def _absent(self) -> frozenset[str]:
        """Columns that say nothing of any stream of the run, whatever the filter hides."""
        streams = self.snapshot.streams if self.snapshot is not None else ()
        has_llm = any(each.tokens_per_s is not None for each in streams)
        has_degraded = any(each.degraded for each in streams)
        return (frozenset() if has_llm else OF_LLM) | (
            frozenset() if has_degraded else {DEGRADED.head}
        )

    def _head(self, layout: Layout) -> Row:
        gap = " " * layout.gap
        heads = [
            gap + self.fit(column.head, column.width, right=column.right)
            for column in layout.columns
        ]
        lead = self.fit("#", layout.number + 1, right=True) + " "
        text = lead + self.fit(_NAME_HEAD, layout.name) + "".join(heads)
        return [(text, self.palette("muted"))]

    def _row(self, stream: StreamView, pen: Pen, layout: Layout, width: int) -> Row:
        quiet = stream.state in {"idle", "stopped"}
        mark = self.symbols.here if pen.on else " "
        row: Row = [
            (mark, pen("accent", bold=True) if pen.on else pen("muted")),
            (f"{self.fit(str(stream.index + 1), layout.number, right=True)} ", pen("muted")),
            (
                self.fit(self.clean(stream.name), layout.name),
                pen("muted" if quiet else "text", bold=bool(pen.on)),
            ),
        ]
        for column in layout.columns:
            text, style = column.draw(stream, pen)
            space = " " * layout.gap
            row.append((space + self.fit(text, column.width, right=column.right), style))
        row.append((" " * max(0, width - layout.width), pen()))
        return row

    def described(self, stream: StreamView) -> str:
        """A row in words and figures, all columns: ``captions: state ok, on CPU, p50 ms 610``."""
        pen = Pen(self.palette, self.symbols, "", {})
        cells = [
            (column.head, column.draw(stream, pen)[0].strip())
            for column in self._layout([stream], WIDE_TERMINAL).columns
        ]
        figures = ", ".join(f"{head} {text}" for head, text in cells if text)
        return f"{self.clean(stream.name)}: {figures}"

    def _title(self, shown: int, total: int) -> Row:
        palette, symbols = self.palette, self.symbols
        count = str(total) if shown == total else f"{shown} of {total}"
        arrow = symbols.descending if self.sort_key == "miss" else symbols.ascending
        return [
            ("Streams", palette("text", bold=True)),
            (f" {count}", palette("text")),
            (f"  sort {self.sort_key} {arrow}", palette("muted")),
        ]

    def _filter(self) -> Row:
        if not self.filter_text:
            return []
        shown = cut(self.clean(self.filter_text), 20, self.symbols.ellipsis)
        return [(f"filter {shown}", self.palette("late"))]

    def _windows(self, layout: Layout, window_s: float) -> Row:
        """Over which time the figures of the columns are, where that is not the same for all."""
        heads = {column.head for column in layout.columns}
        words = f"over {span(window_s)}"
        if TOKENS.head in heads:
            words += f", {TOKENS.head} over 1 s"
        *others, last = [head for head in SINCE_START if head in heads] or [""]
        if others:
            words += f", {', '.join(others)} and {last} since start"
        elif last:
            words += f", {last} since start"
        return [(words, self.palette("muted"))]

    def _position(self, shown: int, window: int) -> Row:
        if shown <= window:
            return []
        text = f"{self._top + 1}-{self._top + window} of {shown}"
        return [(text, self.palette("muted"))]

    def _legend(self, layout: Layout, window: list[StreamView]) -> Row:
        """What a mark before a backend means, where one is shown."""
        if not any(map(lost_on, window)) or all(ON.head != each.head for each in layout.columns):
            return []
        symbols, palette = self.symbols, self.palette
        return [
            (symbols.miss, palette("miss")),
            (" on: where its last missed job was held up", palette("muted")),
        ]

    def _place(self, shown: list[StreamView]) -> int | None:
        return next((n for n, each in enumerate(shown) if each.index == self.selected), None)

    def _choose(self, index: int) -> None:
        if index != self.selected:
            self.selected = index
            self.post_message(self.Selected(self, index))

    def _follow_cursor(self) -> None:
        place = self._place(self.shown_streams)
        if place is not None:
            self._top = min(place, max(self._top, place - self._rows_shown + 1))

    def watch_selected(self) -> None:
        self._follow_cursor()
        self.rebuild()

    def watch_filter_text(self) -> None:
        self._follow_cursor()
        self.rebuild()

    def watch_sort_key(self) -> None:
        self._follow_cursor()
        self.rebuild()

    def on_click(self, event: events.Click) -> None:
        shown = self.shown_streams
        line = self.body_row(event.y) - self._head_rows
        if line >= 0 and self._top + line < len(shown):
            self._choose(shown[self._top + line].index)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(event, -1)

    def _scroll(self, event: events.Event, delta: int) -> None:
        event.stop()
        self._top = max(0, self._top + delta)
        self.rebuild()


def _misses(stream: StreamView) -> tuple[float, int, int]:
    known = max(1, stream.window_known)
    return (stream.window_missed / known, stream.missed, -stream.index)
