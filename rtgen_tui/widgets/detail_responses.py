"""How long the jobs of a stream took, as a histogram with the deadline in it."""

from collections.abc import Sequence
from typing import Final

from emulator.metrics.windows import nearest_rank
from emulator.serving.detail import DetailView
from rtgen_tui.widgets.detail_box import DetailBox
from rtgen_tui.widgets.frame import Box, Row
from rtgen_tui.widgets.numbers import ceiling, duration
from rtgen_tui.widgets.text import width_of

_MS: Final = 1e6
_EIGHTHS: Final = 8
_PERCENTS: Final = (50, 95, 99)
_PLOT_FROM: Final = 3
"""Rows from which bars say something."""


class ResponseBox(DetailBox):
    """Response times of jobs that ended, met or late."""

    def box(self, width: int, height: int) -> Box:
        view, palette = self.view, self.palette
        title: Row = [("Response times", palette("text", bold=True))]
        if view is None:
            return Box([], title=title)
        took = sorted(each.took_ns / _MS for each in view.jobs if each.outcome in {"met", "late"})
        if not took:
            said = "no job has finished in what is kept"
            return Box([[(said, palette("muted"))]], title=title)
        limit = _limit_ms(view)
        rows = [self._figures(took, limit, width)]
        if height >= _PLOT_FROM:
            rows = [*self._bars(took, limit, width, height - 2), self._axis(took, limit, width)]
            rows.append(self._figures(took, limit, width))
        word = "job" if len(took) == 1 else "jobs"
        jobs: Row = [(f"{len(took)} {word}", palette("muted"))]
        return Box(rows, title=title, value=jobs)

    def _figures(self, took: Sequence[float], limit: float | None, width: int) -> Row:
        """As many percentiles as fit beside the deadline."""
        rows = (self._percentiles(took, limit, _PERCENTS[:many]) for many in (3, 2, 1))
        row: Row = []
        for row in rows:
            if width_of(row) <= width:
                break
        return row

    def _percentiles(
        self, took: Sequence[float], limit: float | None, percents: Sequence[int]
    ) -> Row:
        palette = self.palette
        row: Row = []
        for percent in percents:
            value = nearest_rank(took, percent)
            over = limit is not None and value is not None and value > limit
            row.append((f"p{percent} ", palette("muted")))
            row.append((f"{duration(value)}  ", palette("miss" if over else "text")))
        if limit is not None:
            row.append((f"{self.symbols.frame[5]} deadline ", palette("accent")))
            row.append((duration(limit), palette("accent", bold=True)))
        return row

    def _bars(
        self, took: Sequence[float], limit: float | None, width: int, height: int
    ) -> list[Row]:
        """Counts by length; what is over the end of the scale is in the last column."""
        top = _top_ms(took, limit)
        counts = [0] * width
        for value in took:
            counts[min(width - 1, int(value / top * width))] += 1
        mark = -1 if limit is None else min(width - 1, int(limit / top * width))
        highest = max(counts)
        levels = [-(-each * height * _EIGHTHS // highest) for each in counts]
        palette, glyphs = self.palette, self.symbols.levels
        rows: list[Row] = []
        for row in range(height):
            floor = (height - 1 - row) * _EIGHTHS
            pieces: Row = []
            for column, level in enumerate(levels):
                glyph = glyphs[min(_EIGHTHS, max(0, level - floor))]
                color = "ok" if mark < 0 or column <= mark else "miss"
                if column == mark and glyph == " ":
                    glyph, color = self.symbols.frame[5], "accent"
                pieces.append((glyph, palette(color)))
            rows.append(_joined(pieces))
        return rows

    def _axis(self, took: Sequence[float], limit: float | None, width: int) -> Row:
        """The scale below: 0, its end, and the deadline where there is room."""
        top = _top_ms(took, limit)
        more = ">" if took[-1] > top else ""
        end = more + duration(top)
        text = "0".ljust(max(1, width - len(end))) + end
        muted = self.palette("muted")
        if limit is None:
            return [(text, muted)]
        mark = min(width - 1, int(limit / top * width))
        word = "deadline"
        at = max(2, mark - len(word) // 2)
        if at + len(word) + 1 >= width - len(end):
            return [(text, muted)]
        return [
            (text[:at], muted),
            (word, self.palette("accent")),
            (text[at + len(word) :], muted),
        ]


def _limit_ms(view: DetailView) -> float | None:
    """The deadline of the newest job that has one; it may have been changed on the way."""
    allowed = [each.allowed_ns for each in view.jobs if each.allowed_ns is not None]
    return allowed[-1] / _MS if allowed else None


def _top_ms(took: Sequence[float], limit: float | None) -> float:
    """The end of the scale: nearly all jobs and the deadline are on it."""
    most = max(nearest_rank(took, 99) or 0.0, (limit or 0.0) * 1.2)
    return ceiling(most * 100) / 100 if most < 1 else _round_up(most)


def _round_up(value: float) -> float:
    """To a scale that seldom moves: a multiple of a fifth of its power of ten."""
    power = ceiling(value) / 10
    return power * -(-value // power)


def _joined(pieces: Row) -> Row:
    joined: Row = []
    for text, style in pieces:
        if joined and joined[-1][1] is style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined
