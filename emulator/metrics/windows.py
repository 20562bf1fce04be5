"""Rolling windows over virtual time, on a grid that is the same for every run and every screen.

The grid is absolute (multiples of ``GRID_NS`` since the start of the run), so that a value in a
chart never changes once its bucket is complete, and a replay shows the same windows as the run.
A window reaches back from now to a grid instant: it is exact over at least its span and at most
one ``GRID_NS`` more, and rates divide by the time really covered.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Final

from emulator.metrics.ascending import Ascending
from emulator.metrics.checkpoint import (
    State,
    differences,
    natural,
    packed,
    sums,
    unpacked,
    whole,
)

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000

GRID_NS: Final = 100_000_000
SECOND_NS: Final = NS_PER_S
WINDOW_NS: Final = 10 * NS_PER_S
"""Span of everything that a snapshot says about "the window"."""
BUCKET_NS: Final = 500_000_000
"""One value of a history."""
HISTORY_BUCKETS: Final = 120
MAX_SAMPLES: Final = 1024
"""A stream with more jobs than this per window has percentiles over the newest of them."""

_CELLS_PER_BUCKET: Final = BUCKET_NS // GRID_NS
_WINDOW_MARKS: Final = WINDOW_NS // GRID_NS + 1
_HISTORY_MARKS: Final = (HISTORY_BUCKETS + 1) * _CELLS_PER_BUCKET + 1


class Total:
    """A growing total, remembered at each grid instant of the recent past.

    Counts jobs and tokens (``add``), or busy time and energy (``add_span``). All changes come in
    order of time; one that is earlier than the newest grid instant counts from that instant on.
    """

    __slots__ = ("_history", "_history_at", "_marks", "_next_ns", "total")

    def __init__(self, *, history: bool = False) -> None:
        self.total = 0
        self._marks: deque[int] = deque((0,), _HISTORY_MARKS if history else _WINDOW_MARKS)
        self._next_ns = GRID_NS
        self._history: tuple[float, ...] = ()
        self._history_at = 0

    def add(self, t_ns: int, amount: int) -> None:
        """The total grows by ``amount`` at an instant."""
        if t_ns >= self._next_ns:
            self._advance(t_ns)
        self.total += amount

    def add_span(self, start_ns: int, end_ns: int, rate: int = 1) -> None:
        """The total grows by ``rate`` per nanosecond from ``start_ns`` to ``end_ns``."""
        if start_ns >= self._next_ns:
            self._advance(start_ns)
        if end_ns >= self._next_ns:
            # Marks beyond the ring would fall out of it at once.
            first_kept = (int(end_ns // GRID_NS) - (self._marks.maxlen or 0)) * GRID_NS
            self._next_ns = max(self._next_ns, first_kept)
            while self._next_ns <= end_ns:
                self._marks.append(self.total + (self._next_ns - start_ns) * rate)
                self._next_ns += GRID_NS
        self.total += (end_ns - start_ns) * rate

    def within(self, now_ns: int, span_ns: int) -> tuple[int, int]:
        """(growth, covered ns) over the last ``span_ns``.

        It begins at the grid instant at or before that, in a younger run with the run.
        """
        if now_ns >= self._next_ns:
            self._advance(now_ns)
        marks, back = self._marks, span_ns // GRID_NS + 1
        if back > len(marks):
            return self.total, now_ns
        return self.total - marks[-back], now_ns - (self._next_ns - back * GRID_NS)

    def per_second(self, now_ns: int, span_ns: int) -> float:
        """Growth per second over the last ``span_ns``; 0 at the very start of the run."""
        grown, covered_ns = self.within(now_ns, span_ns)
        return grown * NS_PER_S / covered_ns if covered_ns > 0 else 0.0

    def share(self, now_ns: int, span_ns: int) -> float:
        """Growth per nanosecond: for busy time the utilization, 0 to 1."""
        grown, covered_ns = self.within(now_ns, span_ns)
        return min(1.0, grown / covered_ns) if covered_ns > 0 else 0.0

    def history(self, now_ns: int, unit_ns: int) -> tuple[float, ...]:
        """Growth per ``unit_ns`` in each complete bucket, oldest first; the newest of them.

        ``unit_ns`` is the same in all calls.
        """
        if now_ns >= self._next_ns:
            self._advance(now_ns)
        last_cell = self._next_ns // GRID_NS - 1
        end = last_cell // _CELLS_PER_BUCKET
        if end != self._history_at:
            self._history_at = end
            marks = list(self._marks)
            newest = len(marks) - 1 - last_cell % _CELLS_PER_BUCKET
            ends = marks[newest::-_CELLS_PER_BUCKET][HISTORY_BUCKETS::-1]
            self._history = tuple(
                (after - before) * unit_ns / BUCKET_NS for before, after in pairwise(ends)
            )
        return self._history

    def state(self) -> State:
        """(total, cell of the newest mark, differences between the marks that matter)."""
        cell = self._next_ns // GRID_NS - 1
        marks = list(self._marks)
        ends, recent = _that_matter(cell, len(marks))
        newest_first = (marks[ends] + marks[recent])[::-1]
        return self.total, cell, packed(differences([self.total, *newest_first])[1:])

    @classmethod
    def restored(cls, state: State, *, history: bool = False) -> "Total":
        """The same from its state, with zeros for the marks that cannot matter."""
        total = cls(history=history)
        grown, of_cell, steps = state
        total.total, cell = whole(grown), natural(of_cell)
        total._next_ns = (cell + 1) * GRID_NS
        marks = [0] * min(cell + 1, total._marks.maxlen or 0)
        ends, recent = _that_matter(cell, len(marks))
        oldest_first = sums([total.total, *unpacked(steps)])[:0:-1]
        split = len(oldest_first) - len(marks[recent])
        if split < 0:
            raise ValueError("marks are missing")
        marks[ends], marks[recent] = oldest_first[:split], oldest_first[split:]
        total._marks = deque(marks, total._marks.maxlen)
        return total

    def _advance(self, t_ns: int) -> None:
        cells = (t_ns - self._next_ns) // GRID_NS + 1
        self._marks.extend((self.total,) * min(cells, self._marks.maxlen or cells))
        self._next_ns += cells * GRID_NS


def _that_matter(cell: int, marks: int) -> tuple[slice, slice]:
    """Of so many marks up to a cell those that a window or a history can still read.

    Ends of buckets from before the window, and everything since.
    """
    window = max(0, marks - _WINDOW_MARKS)
    return slice((marks - cell - 1) % _CELLS_PER_BUCKET, window, _CELLS_PER_BUCKET), slice(
        window, marks
    )


class Samples:
    """The newest values (ns) with their instants, for percentiles over a window. Bounded."""

    __slots__ = ("_ascending", "_before_ns", "_gaps", "_times", "_values")

    def __init__(self) -> None:
        self._before_ns: int | None = None
        """The instant of the value before the oldest that is remembered."""
        self._times: deque[int] = deque(maxlen=MAX_SAMPLES)
        self._values: deque[float] = deque(maxlen=MAX_SAMPLES)
        self._ascending: Ascending[float] = Ascending()
        self._gaps: Ascending[int] = Ascending()

    def add(self, t_ns: int, value: float) -> None:
        """A value at an instant; instants do not decrease."""
        times = self._times
        if len(times) == MAX_SAMPLES:
            self._forget_oldest()
        last_ns = times[-1] if times else self._before_ns
        if last_ns is not None:
            self._gaps.add(t_ns - last_ns)
        times.append(t_ns)
        self._values.append(value)
        self._ascending.add(value)

    def within(self, now_ns: int, span_ns: int) -> list[float]:
        """The values of the last ``span_ns``, ascending; the list is good until the next call."""
        self._forget(now_ns - span_ns)
        return self._ascending.values()

    def gaps(self, now_ns: int, span_ns: int) -> list[int]:
        """From each value to the next, ascending; the later one is of the last ``span_ns``.

        The list is good until the next call.
        """
        self._forget(now_ns - span_ns)
        return self._gaps.values()

    def state(self, from_ns: int) -> State:
        """Of what is remembered from an instant on: when the one before came, begins, and values.

        What comes at equal distances began at equal distances: differences of differences of those
        instants are next to nothing.
        """
        first = bisect_left(self._times, from_ns)
        values = list(islice(self._values, first, None))
        begun = map(_begun_ns, islice(self._times, first, None), values)
        before_ns = self._times[first - 1] if first else self._before_ns
        return before_ns, differences(differences(list(begun))), packed(values)

    @classmethod
    def restored(cls, state: State) -> "Samples":
        """The same from its state."""
        before_ns, begun, values = state
        samples = cls()
        samples._before_ns = None if before_ns is None else whole(before_ns)
        for begun_ns, value in zip(sums(sums(begun)), unpacked(values), strict=True):
            ended_ns = begun_ns + value if isinstance(value, int) else begun_ns
            samples.add(int(ended_ns), value)
        return samples

    def _forget(self, begin_ns: int) -> None:
        times = self._times
        while times and times[0] < begin_ns:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """All but when it came: the gap after it has an end that counts."""
        oldest_ns = self._times.popleft()
        self._ascending.remove(self._values.popleft())
        if self._before_ns is not None:
            self._gaps.remove(oldest_ns - self._before_ns)
        self._before_ns = oldest_ns


def _begun_ns(t_ns: int, value: float) -> int:
    return t_ns - value if isinstance(value, int) else t_ns


def nearest_rank(ascending: Sequence[float], percent: int) -> float | None:
    """The least value with at least ``percent`` % of all values at or below it; None without any.

    The nearest-rank definition: always a value that was observed, never between two.
    """
    if not ascending:
        return None
    return ascending[max(0, -(-percent * len(ascending) // 100) - 1)]
