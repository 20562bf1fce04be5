"""How the answers of a stream's LLM came: times to the first token, and gaps between tokens."""

from collections.abc import Sequence
from typing import Final

from emulator.metrics.windows import nearest_rank
from emulator.serving.detail import StageFigures
from rtgen_tui.widgets.charts import area
from rtgen_tui.widgets.detail_box import DetailBox
from rtgen_tui.widgets.frame import Box, Row
from rtgen_tui.widgets.numbers import duration
from rtgen_tui.widgets.text import Piece

_MS: Final = 1e6
_GAP: Final = 2


class TokenBox(DetailBox):
    """Two plots side by side: TTFT of each answer, and the gap before each token."""

    def box(self, width: int, height: int) -> Box:
        palette = self.palette
        title: Row = [("Tokens", palette("text", bold=True))]
        stage = self._stage()
        if stage is None:
            return Box([[("no LLM in this stream", palette("muted"))]], title=title)
        if len(self.view.stages if self.view is not None else ()) > 1:
            title.append((f" {self.clean(stage.name)}", palette("muted")))
        if not stage.first_tokens:
            return Box([[("no answer has ended yet", palette("muted"))]], title=title)
        half = (width - _GAP) // 2
        first = [ns / _MS for _, ns in stage.first_tokens]
        gaps = [ns / _MS for _, ns in stage.gaps]
        left = self._plot("TTFT", first, half, height, "answers")
        right = self._plot("between tokens", gaps, width - _GAP - half, height, "tokens")
        blank: Piece = (" " * _GAP, palette("text"))
        rows = [[*one, blank, *other] for one, other in zip(left, right, strict=True)]
        return Box(rows, title=title, foot_value=[("oldest to newest", palette("muted"))])

    def _stage(self) -> StageFigures | None:
        """The stage that says most: the first with tokens."""
        stages = self.view.stages if self.view is not None else ()
        talking = [each for each in stages if each.first_tokens]
        has_llm = self._has_llm()
        return talking[0] if talking else (stages[-1] if stages and has_llm else None)

    def _has_llm(self) -> bool:
        view, snapshot = self.view, self.snapshot
        if view is None or snapshot is None:
            return False
        found = [each for each in snapshot.streams if each.index == view.stream]
        return any(each.tokens_per_s is not None for each in found)

    def _plot(
        self, name: str, values: Sequence[float], width: int, height: int, what: str
    ) -> list[Row]:
        """The newest values as an area from 0 to their largest, and figures above it."""
        palette = self.palette
        ascending = sorted(values)
        p50, p95 = (duration(nearest_rank(ascending, each)) for each in (50, 95))
        told: Row = [
            (f"{name} ", palette("text", bold=True)),
            (f"p50 {p50}  p95 {p95}", palette("text")),
        ]
        plot = max(0, height - 1)
        top = max(ascending, default=0.0)
        if width > 40:  # noqa: PLR2004  # below, the figures need the room
            told.append((f"  top {duration(top)}, {what}: {len(values)}", palette("muted")))
        used = sum(len(text) for text, _ in told)
        while used > width and len(told) > 1:
            used -= len(told.pop()[0])
        told.append((" " * max(0, width - used), palette("text")))
        shares = [value / top if top else 0.0 for value in values]
        number = len(values) - 1
        texts = area(shares, number, width, plot, self.symbols)
        return [told, *([(text.rjust(width), palette("accent"))] for text in texts)]
