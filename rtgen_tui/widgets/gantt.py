"""The last 200 ms: which slice ran where, and which of them belonged to missed jobs.

A window of 200 ms that moved ten times a second would be a blur, so while the engine runs a picture
is held for half a second. Paused, stepping and in slow motion it is always exact.
"""

from typing import Final

from textual.geometry import Size
from textual.reactive import reactive

from emulator.snapshot import GANTT_NS, SliceView, Snapshot
from rtgen_tui.widgets.backends import backend_color, backend_label
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.lanes import EIGHTHS, Bar, Brush, draw_lane, side_by_side
from rtgen_tui.widgets.numbers import span
from rtgen_tui.widgets.text import cells

HOLD_S: Final = 0.5
"""How long a picture stands, in seconds of the wall clock as far as the engine keeps its speed."""

_SLOW_MOTION: Final = 0.5
"""Below this speed the eye can follow the slices."""

_STEPS_MS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_TICK_CELLS: Final = 9
_FRAME: Final = 3
"""Rows beside the lanes: edges and axis."""


class MiniGantt(FramedWidget):
    """One lane per backend over the last 200 ms, ending now.

    Args:
        hold_s: how long a picture stands, see ``HOLD_S``; 0 draws every snapshot.
        id: of the widget.
    """

    lanes: reactive[int] = reactive(0, layout=True)
    """How many lanes an automatic height has room for."""

    def __init__(self, *, hold_s: float = HOLD_S, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.hold_s = hold_s

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Rows of a chart that shows every lane."""
        return self.lanes + _FRAME

    def show(self, snapshot: Snapshot) -> None:
        """Takes up the snapshot unless the picture before it still stands."""
        before = self.snapshot
        if before is None or self._is_due(before, snapshot):
            super().show(snapshot)

    def _is_due(self, before: Snapshot, now: Snapshot) -> bool:
        if now.state != "running" or (before.run, before.state) != (now.run, now.state):
            return True
        elapsed = now.t_ns - before.t_ns
        hold_s = self.hold_s * now.speed if now.speed >= _SLOW_MOTION else 0
        return elapsed < 0 or elapsed >= hold_s * 1e9

    def box(self, width: int, height: int) -> Box:
        snapshot, palette = self.snapshot, self.palette
        title = [(f"Last {span(GANTT_NS / 1e9)}", palette("text", bold=True))]
        if snapshot is None or not snapshot.backends:
            return Box([], title=title)
        unknown = self.symbols.unknown
        labels = [backend_label(each.name, unknown) for each in snapshot.backends]
        label_width = min(max(map(cells, labels)), 12, max(0, width // 4))
        lane_width = max(1, width - label_width - 1)
        lanes = len(labels) if len(labels) <= height else max(1, height - 1)
        rows = [
            self._lane(snapshot, number, labels[number], label_width, lane_width)
            for number in range(lanes)
        ]
        if lanes < len(labels):
            rows.append([(f"{len(labels) - lanes} more", palette("muted"))])
        elif height > len(labels):
            rows.insert(
                0, [(" " * (label_width + 1), palette()), *self._axis(snapshot, lane_width)]
            )
        return Box(rows[:height], title=title, value=self._legend(width))

    def _legend(self, width: int) -> Row:
        palette, symbols = self.palette, self.symbols
        if width < 60:  # noqa: PLR2004  # narrower, the legend would leave no frame
            return []
        return [
            (symbols.miss, palette("miss", bold=True)),
            (" missed deadline   ", palette("muted")),
            (symbols.swap, palette("accent", bold=True)),
            (" policy swap", palette("muted")),
        ]

    def _lane(
        self, snapshot: Snapshot, number: int, label: str, label_width: int, width: int
    ) -> Row:
        palette = self.palette
        start_ns = snapshot.t_ns - GANTT_NS
        bars = [
            _bar(each, start_ns, snapshot.t_ns, width, self.clean(each.label))
            for each in snapshot.slices
            if each.backend == number
            and each.start_ns <= snapshot.t_ns
            and (each.end_ns < 0 or each.end_ns >= start_ns)
        ]
        bars = sorted(side_by_side(bars))
        swaps = [_eighth(each, start_ns, width) // EIGHTHS for each in snapshot.swaps_ns]
        lane = draw_lane(bars, width, swaps, Brush(palette, self.symbols))
        color = backend_color(snapshot.backends[number].kind)
        name = self.fit(label, label_width)
        return [(f"{name} ", palette(color)), *lane]

    def _axis(self, snapshot: Snapshot, width: int) -> Row:
        """Ticks at round instants of virtual time: they wander with the slices."""
        step = _step_ns(width)
        start_ns = snapshot.t_ns - GANTT_NS
        text = " " * width
        instant = -(-max(0, start_ns) // step) * step
        while instant <= snapshot.t_ns:
            column = _eighth(instant, start_ns, width) // EIGHTHS
            seconds = instant / 1e9 % 60
            mark = f"{self.symbols.tick}{seconds:06.3f}"
            if 0 <= column <= width - cells(mark):
                text = text[:column] + mark + text[column + len(mark) :]
            instant += step
        return [(text, self.palette("faint"))]


def _bar(each: SliceView, start_ns: int, now_ns: int, width: int, label: str) -> Bar:
    end_ns = now_ns if each.end_ns < 0 else max(each.end_ns, each.start_ns)
    return Bar(
        _eighth(each.start_ns, start_ns, width),
        _eighth(end_ns, start_ns, width),
        each.stream,
        label,
        each.missed and each.end_ns >= 0,
    )


def _eighth(instant_ns: int, start_ns: int, width: int) -> int:
    """The eighth of a cell at an instant, counted from the left edge."""
    return (instant_ns - start_ns) * width * EIGHTHS // GANTT_NS


def _step_ns(width: int) -> int:
    """The distance of ticks: the first round one with room for its label."""
    per_cell_ms = GANTT_NS / 1e6 / max(1, width)
    step = next((ms for ms in _STEPS_MS if ms >= per_cell_ms * _TICK_CELLS), _STEPS_MS[-1])
    return step * 1_000_000
