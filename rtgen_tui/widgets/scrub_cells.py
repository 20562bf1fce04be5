"""A session at a glance, cell by cell: how many misses a second, and what happened where.

Everything comes from the spans that the file's index sums up; no event is decoded for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rtgen_tui.session import Timeline, TimelineSpan

_NS_PER_S: Final = 1_000_000_000
_BURST: Final = 2.0
"""A burst has so many times as many misses a second as the session has on average."""

POLICY: Final = "policy"
MARKER: Final = "marker"
MISS: Final = "miss"
"""Signs, by the names of their glyphs in ``Symbols``; the first wins where several meet."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of virtual time on a number of cells."""

    begin_ns: int
    end_ns: int
    count: int

    def cell(self, t_ns: int) -> int:
        """The cell of an instant; what lies beyond the ends belongs to the outermost cells."""
        length = max(1, self.end_ns - self.begin_ns)
        return min(self.count - 1, max(0, (t_ns - self.begin_ns) * self.count // length))

    def instant(self, cell: int) -> int:
        """The middle of a cell in virtual time; of the outermost cells their outer end."""
        if cell <= 0:
            return self.begin_ns
        if cell >= self.count - 1:
            return self.end_ns
        return self.begin_ns + (2 * cell + 1) * (self.end_ns - self.begin_ns) // (2 * self.count)


def miss_rates(spans: Sequence[TimelineSpan], scale: Scale) -> list[float]:
    """Misses per second of each cell; the misses of a span are spread evenly over it."""
    counts = [0.0] * scale.count
    cell_ns = max(1, scale.end_ns - scale.begin_ns) / scale.count
    for span in spans:
        if not span.misses:
            continue
        first, last = scale.cell(span.t_begin_ns), scale.cell(span.t_end_ns)
        length = span.t_end_ns - span.t_begin_ns
        if first == last or length <= 0:
            counts[first] += span.misses
            continue
        for cell in range(first, last + 1):
            begin = max(span.t_begin_ns, scale.begin_ns + cell * cell_ns)
            end = min(span.t_end_ns, scale.begin_ns + (cell + 1) * cell_ns)
            counts[cell] += span.misses * max(0.0, end - begin) / length
    return [count * _NS_PER_S / cell_ns for count in counts]


def bursts(rates: Sequence[float]) -> list[int]:
    """The worst cell of each run of cells that lie far above the average."""
    limit = _BURST * sum(rates) / max(1, len(rates))
    found: list[int] = []
    worst: int | None = None
    for cell, rate in enumerate([*rates, 0.0]):
        if rate > limit:
            worst = cell if worst is None or rate > rates[worst] else worst
        elif worst is not None:
            found.append(worst)
            worst = None
    return found


def signs(timeline: Timeline, rates: Sequence[float], scale: Scale) -> dict[int, str]:
    """By cell: the most important thing that happened there."""
    found = dict.fromkeys(bursts(rates), MISS)
    found.update((scale.cell(each.t_ns), MARKER) for each in timeline.marks)
    swapped = [each for each in timeline.spans if each.swaps]
    middles = [(each.t_begin_ns + each.t_end_ns) // 2 for each in swapped]
    found.update((scale.cell(middle), POLICY) for middle in middles)
    return found
