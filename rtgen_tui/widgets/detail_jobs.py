"""The newest jobs of a stream as a strip of cells: met, late, dropped."""

from typing import Final

from emulator.serving.detail import JobCell
from rtgen_tui.widgets.detail_box import DetailBox
from rtgen_tui.widgets.frame import Box, Row
from rtgen_tui.widgets.numbers import clock, miss_percent
from rtgen_tui.widgets.text import Piece

_LOOKS: Final = {
    "met": ("met", "ok"),
    "late": ("late", "late"),
    "dropped": ("dropped", "miss"),
    "skipped": ("skipped", "muted"),
    "running": ("in flight", "accent"),
}
"""By outcome: the word and the color."""


_COUNTS_FROM: Final = 50
"""Width from which there is room for a legend."""


class JobStrip(DetailBox):
    """One cell per job, oldest first; as many rows as there are."""

    def box(self, width: int, height: int) -> Box:
        view, palette = self.view, self.palette
        title: Row = [("Jobs", palette("text", bold=True))]
        if view is None:
            return Box([], title=title)
        shown = view.jobs[-width * max(1, height) :]
        cells = [self._cell(each) for each in shown]
        rows = [cells[at : at + width] for at in range(0, len(cells), width)]
        title.append((f" newest {len(view.jobs)}", palette("muted")))
        since = clock(view.from_ns, hours=False)
        return Box(
            [self._joined(row) for row in rows],
            title=title,
            value=self._counts(view.jobs, brief=width < _COUNTS_FROM),
            foot=[(f"since {since}", palette("muted"))],
        )

    def _cell(self, each: JobCell) -> Piece:
        return self._glyph(each.outcome), self.palette(_LOOKS[each.outcome][1])

    def _glyph(self, outcome: str) -> str:
        """Another shape for each, so that color is not needed."""
        symbols = self.symbols
        glyphs = {
            "met": symbols.dot,
            "late": symbols.late,
            "dropped": symbols.miss,
            "skipped": symbols.idle,
        }
        return glyphs.get(outcome, symbols.play)

    def _joined(self, row: Row) -> Row:
        """Neighbors of one look as one piece: a row of 200 pieces costs more than one of three."""
        joined: Row = []
        for text, style in row:
            if joined and joined[-1][1] is style:
                joined[-1] = (joined[-1][0] + text, style)
            else:
                joined.append((text, style))
        return joined

    def _counts(self, jobs: tuple[JobCell, ...], *, brief: bool) -> Row:
        """How many of each, which is the legend too, and the share of misses."""
        palette = self.palette
        row: Row = []
        for outcome, (word, color) in () if brief else _LOOKS.items():
            count = sum(each.outcome == outcome for each in jobs)
            if count:
                row.append((f"{self._glyph(outcome)} {count} {word}  ", palette(color)))
        judged = [each for each in jobs if each.allowed_ns is not None]
        known = sum(each.outcome in {"met", "late", "dropped"} for each in judged)
        missed = sum(each.outcome in {"late", "dropped"} for each in judged)
        share = f"missed {miss_percent(missed, known)} %" if known else "no deadline"
        return [*row, (share, palette("miss" if missed else "text", bold=True))]
