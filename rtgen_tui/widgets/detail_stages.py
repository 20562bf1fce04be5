"""What the stages of a stream's jobs spent their time on: waiting, running, being handed over."""

from typing import Final, TypeAlias

from emulator.serving.detail import StageFigures
from rtgen_tui.widgets.backends import backend_color, backend_label
from rtgen_tui.widgets.detail_box import DetailBox
from rtgen_tui.widgets.frame import Box, Row
from rtgen_tui.widgets.numbers import duration
from rtgen_tui.widgets.text import Piece, cells

_MS: Final = 1e6
_FIGURE: Final = 9
_LEAST: Final = 2
"""Figures that are worth more than the name of the backend."""
_Column: TypeAlias = tuple[str, int, str, int]
"""Title, which percentile, of what, and its rank where there is no room for all."""
_COLUMNS: Final[tuple[_Column, ...]] = (
    ("wait p50", 0, "waited_ns", 0),
    ("p95", 1, "waited_ns", 2),
    ("run p50", 0, "ran_ns", 1),
    ("p95", 1, "ran_ns", 3),
    ("handed", 1, "handed_ns", 4),
)
_BAR_FROM: Final = 8


class StageBox(DetailBox):
    """A row per stage: where it ran, its wait and its run, and both as a bar."""

    def box(self, width: int, height: int) -> Box:
        view, palette = self.view, self.palette
        title: Row = [("Stages", palette("text", bold=True))]
        if view is None or not any(each.jobs for each in view.stages):
            said = "nothing has ended yet" if view is not None else ""
            return Box([[(said, palette("muted"))]], title=title)
        names = min(16, max(cells(self.clean(each.name)) for each in view.stages))
        where = self._backend_width + 1
        columns = self._columns((width - names - 1 - where) // (_FIGURE + 1))
        if len(columns) < _LEAST:
            where = 0
            columns = self._columns((width - names - 1) // (_FIGURE + 1))
        longest = max(sum(_parts(each)) for each in view.stages)
        room = width - names - 1 - where - len(columns) * (_FIGURE + 1)
        shown = view.stages[: max(1, height - 1)]
        rows = [self._row(each, (names, where, room), columns, longest) for each in shown]
        left = len(view.stages) - len(shown)
        foot: Row = [(f"{left} more stages", palette("muted"))] if left > 0 else []
        legend: Row = []
        if room >= _BAR_FROM:
            legend = [
                (f"{self.symbols.meter[2]} wait ", palette("late")),
                (f"{self.symbols.widths[-1]} run, medians", palette("accent")),
            ]
        return Box(
            [self._head(names + 1 + where, columns), *rows], title=title, value=legend, foot=foot
        )

    def _columns(self, many: int) -> list[_Column]:
        """Those that fit, the medians before the 95th percentiles."""
        stages = self.view.stages if self.view is not None else ()
        handed = any(each.handed_ns[1] for each in stages)
        known = [each for each in _COLUMNS if handed or each[2] != "handed_ns"]
        kept = sorted(known, key=lambda each: each[3])[:many]
        return [each for each in known if each in kept]

    def _head(self, lead: int, columns: list[_Column]) -> Row:
        heads = "".join(f" {title:>{_FIGURE}}" for title, *_ in columns)
        return [(" " * lead + heads, self.palette("muted"))]

    def _row(
        self,
        stage: StageFigures,
        widths: tuple[int, int, int],
        columns: list[_Column],
        longest: int,
    ) -> Row:
        palette = self.palette
        names, where, room = widths
        row: Row = [(self.fit(self.clean(stage.name), names) + " ", palette("text"))]
        if where:
            row.append(self._backend(stage))
        for _, rank, of, _ in columns:
            value_ns = getattr(stage, of)[rank]
            color = "late" if of == "waited_ns" and value_ns > stage.ran_ns[rank] else "text"
            text = duration(value_ns / _MS) if stage.jobs else "-"
            row.append((f" {text:>{_FIGURE}}", palette(color)))
        if room >= _BAR_FROM and longest:
            waited, ran = (part * (room - 1) // longest for part in _parts(stage))
            row.append((" " + self.symbols.meter[2] * waited, palette("late")))
            row.append((self.symbols.widths[-1] * ran, palette("accent")))
        return row

    def _backend(self, stage: StageFigures) -> Piece:
        """Where it ran most; a plus where it ran elsewhere too."""
        backends = self.snapshot.backends if self.snapshot is not None else ()
        if not stage.backends or stage.backends[0][0] >= len(backends):
            return self.fit("-", self._backend_width + 1), self.palette("muted")
        view = backends[stage.backends[0][0]]
        more = "+" if len(stage.backends) > 1 else ""
        label = self.fit(backend_label(view.name), self._backend_width).rstrip() + more
        return self.fit(label, self._backend_width + 1), self.palette(backend_color(view.kind))

    @property
    def _backend_width(self) -> int:
        """Cells of the longest name of a backend."""
        backends = self.snapshot.backends if self.snapshot is not None else ()
        return min(max((cells(each.name) for each in backends), default=3), 10)


def _parts(stage: StageFigures) -> tuple[int, int]:
    return stage.waited_ns[0], stage.ran_ns[0]
