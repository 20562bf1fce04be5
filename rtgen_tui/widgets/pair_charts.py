"""How two sessions came to this instant: the same history of both, side by side on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual.reactive import var

from emulator.snapshot import Snapshot
from rtgen_tui.beside import Pair
from rtgen_tui.widgets.backends import backend_color, backend_label
from rtgen_tui.widgets.charts import area
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import ceiling, short, span

_LABEL: Final = 17
_GAP: Final = 3


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    color: str
    a: Sequence[float]
    b: Sequence[float]
    top: float
    """The value of a full chart, of both."""
    scale: str


class PairCharts(FramedWidget, can_focus=True):
    """Misses, tokens and utilization over time: A on the left, B on the right."""

    pair: var[Pair | None] = var(None, init=False)

    def relevant(self, snapshot: Snapshot) -> object:
        return self.pair

    @property
    def series_count(self) -> int:
        """How many histories there are."""
        return 0 if self.pair is None else len(_series(self.pair))

    def box(self, width: int, height: int) -> Box:
        palette, pair = self.palette, self.pair
        title: Row = [("Histories", palette("text", bold=True))]
        title.append(("  A left, B right, one scale", palette("muted")))
        if pair is None:
            return Box([], title=title)
        found = _series(pair)
        series = found[: max(1, height)]
        lines = max(1, height // max(1, len(series)))
        half = (width - _LABEL - _GAP) // 2
        rows = [row for each in series for row in self._chart(each, pair, half, lines)]
        per_cell = pair.a.bucket_s * (2 if self.symbols.chart == "braille" else 1)
        reach: Row = [(f"-{span(half * per_cell)}", palette("faint"))] if per_cell > 0 else []
        part = f"{len(series)} of {len(found)}" if len(series) < len(found) else ""
        return Box(rows, title=title, value=[(part, palette("muted"))] if part else [], foot=reach)

    def _chart(self, series: _Series, pair: Pair, half: int, lines: int) -> list[Row]:
        palette = self.palette
        newest = int(pair.a.t_ns / (pair.a.bucket_s * 1e9)) - 1 if pair.a.bucket_s > 0 else 0
        style, bar = palette(series.color, amount=0.75), f" {self.symbols.bar} "
        charts = [
            area([value / series.top for value in values], newest, half, lines, self.symbols)
            for values in (series.a, series.b)
        ]
        labels = [series.name, series.scale] + [""] * lines
        if lines == 1:
            labels[0] = f"{series.name} {series.scale}"
        rows: list[Row] = []
        for line, (left, right) in enumerate(zip(*charts, strict=True)):
            label = self.fit(labels[line], _LABEL - 1)
            muted = palette("text" if line == 0 else "muted")
            rows.append(
                [(f"{label} ", muted), (left, style), (bar, palette("faint")), (right, style)]
            )
        return rows


def _series(pair: Pair) -> list[_Series]:
    a, b = pair
    found = [_counted("misses/s", "miss", a.miss_history, b.miss_history)]
    if any((*a.token_history, *b.token_history)):
        found.append(_counted("tokens/s", "accent", a.token_history, b.token_history))
    others = {each.name: each for each in b.backends}
    for mine in a.backends:
        other = others.get(mine.name)
        if other is not None:
            label = backend_label(mine.name)
            color = backend_color(mine.kind)
            found.append(_Series(label, color, mine.history, other.history, 1.0, "100 %"))
    return found


def _counted(name: str, color: str, a: Sequence[float], b: Sequence[float]) -> _Series:
    top = ceiling(max((*a, *b), default=0.0))
    return _Series(name, color, a, b, top, f"to {short(top)}")
