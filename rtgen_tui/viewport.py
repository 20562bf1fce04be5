"""Which stretch of time a timeline shows: where it ends, how much it spans, whether it follows."""

from dataclasses import dataclass
from typing import Final

from emulator.timeline.window import column_ns

WINDOWS_NS: Final = tuple(
    round(seconds * 1e9)
    for seconds in (
        *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        *(1, 2, 5, 10, 20, 30, 60, 120, 300, 600),
    )
)
"""Spans that ``+`` and ``-`` step through."""
FIRST_NS: Final = 200_000_000
_PAN: Final = 8
"""A pan moves by so many times less than the whole width."""


@dataclass(slots=True)
class Viewport:
    """A stretch of virtual time as columns of an absolute grid."""

    span_ns: int = FIRST_NS
    columns: int = 80
    follows: bool = True
    """Whether its right edge is the newest instant."""
    newest_ns: int = 0
    limit_ns: int = 0
    """As far as it can be panned: the newest instant, or the end of a tape."""
    right_ns: int = 0
    """Its right edge while it does not follow."""

    @property
    def column_ns(self) -> int:
        """What a column spans."""
        return column_ns(self.span_ns, self.columns)

    @property
    def from_ns(self) -> int:
        """Its left edge: a multiple of ``column_ns``."""
        return self.to_ns - self.columns * self.column_ns

    @property
    def to_ns(self) -> int:
        """Its right edge: the end of the column with the newest instant it shows."""
        right_ns = self.newest_ns if self.follows else self.right_ns
        return (right_ns // self.column_ns + 1) * self.column_ns

    @property
    def shown_ns(self) -> int:
        """What all columns span."""
        return self.columns * self.column_ns

    def column_of(self, t_ns: int) -> int:
        """The column of an instant, which may lie outside."""
        return (t_ns - self.from_ns) // self.column_ns

    def contains(self, t_ns: int) -> bool:
        """Whether an instant is shown."""
        return self.from_ns <= t_ns < self.to_ns

    def follow(self) -> None:
        """Stay at the newest instant."""
        self.follows = True

    def show_at(self, t_ns: int) -> None:
        """Stand still, with an instant in the middle, unless it is well in view."""
        margin_ns = self.shown_ns // 10
        if self.from_ns + margin_ns <= t_ns < self.to_ns - margin_ns:
            self._stand()
        else:
            latest_ns = max(self.limit_ns, self.newest_ns, t_ns + margin_ns)
            self.follows, self.right_ns = False, min(t_ns + self.shown_ns // 2, latest_ns)

    def pan(self, direction: int, *, far: bool = False) -> None:
        """Move by an eighth of the width, or all of it.

        At the newest instant of a live run it follows again.
        """
        self._stand()
        step = self.columns if far else max(1, self.columns // _PAN)
        self.right_ns += direction * step * self.column_ns
        if self.right_ns >= self.limit_ns and direction > 0:
            self.follows = self.limit_ns <= self.newest_ns
            self.right_ns = max(self.limit_ns, self.newest_ns)
        self._keep_in()

    def zoom(self, direction: int, around_ns: int | None = None) -> None:
        """Show less (1) or more (-1) time.

        Args:
            direction: in or out.
            around_ns: the instant that keeps its place; the right edge if it follows.
        """
        spans = WINDOWS_NS if direction < 0 else tuple(reversed(WINDOWS_NS))
        further = (each for each in spans if (self.span_ns - each) * direction > 0)
        self.resize(next(further, self.span_ns), around_ns)

    def resize(self, span_ns: int, around_ns: int | None = None) -> None:
        """Show this much time; an instant in view keeps its place."""
        from_ns, shown_ns = self.from_ns, self.shown_ns
        self.span_ns = span_ns
        if self.follows:
            return
        if around_ns is None or not from_ns <= around_ns < from_ns + shown_ns:
            around_ns = from_ns + shown_ns // 2
        left_of = (around_ns - from_ns) / shown_ns
        self.right_ns = around_ns + round((1 - left_of) * self.shown_ns) - 1
        self._keep_in()

    def _keep_in(self) -> None:
        """Nothing was before the start of the run, and it shows as much as there is."""
        latest_ns = max(self.limit_ns, self.newest_ns)
        self.right_ns = max(self.right_ns, min(self.shown_ns - 1, latest_ns))

    def _stand(self) -> None:
        if self.follows:
            self.follows, self.right_ns = False, self.newest_ns
