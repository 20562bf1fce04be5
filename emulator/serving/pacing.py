"""How well a paced run keeps to the wall clock. A health figure only: it never changes a result."""

from collections import deque
from typing import Final

from emulator.snapshot import Pace

TOLERANCE_NS: Final = 20_000_000
"""Later than this, as the median of the last second, and the host cannot keep pace."""

_SECOND_NS: Final = 1_000_000_000
_WINDOW_S: Final = 10
_SAMPLE_NS: Final = 50_000_000
_MANTISSA_BITS: Final = 4
"""Leading bits that a histogram bucket keeps: its upper edge is at most 1/8 above a value in it."""


class PaceHealth:
    """Lateness of events over the last 10 s of wall time, and the speed of the last second.

    Lateness goes into one logarithmic histogram per second, so that a run at 100x costs no memory
    and a percentile is the upper edge of its bucket, never below the true one.
    """

    def __init__(self) -> None:
        self._seconds: deque[_Second] = deque(maxlen=_WINDOW_S + 1)
        self._progress: deque[tuple[int, int]] = deque()

    def record(self, wall_ns: int, lateness_ns: int) -> None:
        """One event instant was handled at this wall time, so much after it was due."""
        number = wall_ns // _SECOND_NS
        if not self._seconds or self._seconds[-1].number != number:
            self._seconds.append(_Second(number))
        second = self._seconds[-1]
        edge = _upper_edge(lateness_ns)
        second.counts[edge] = second.counts.get(edge, 0) + 1
        second.max_ns = max(second.max_ns, lateness_ns)

    def progress(self, wall_ns: int, virtual_ns: int) -> None:
        """The run has come to this virtual time at this wall time."""
        samples = self._progress
        if samples and wall_ns - samples[-1][0] < _SAMPLE_NS:
            return
        samples.append((wall_ns, virtual_ns))
        while wall_ns - samples[0][0] > _SECOND_NS:
            samples.popleft()

    def forget_progress(self) -> None:
        """The speed was changed or the run was paused: measure anew."""
        self._progress.clear()

    def pace(self, wall_ns: int, virtual_ns: int, *, asked_speed: float) -> Pace:
        """The figures as of now; before the first sample the asked speed counts as achieved."""
        current = wall_ns // _SECOND_NS
        seconds = [each for each in self._seconds if each.number > current - _WINDOW_S]
        last_second = [each for each in seconds if each.number >= current - 1]
        max_ns = max((each.max_ns for each in seconds), default=0)
        return Pace(
            lateness_p50_ms=min(_percentile(seconds, 0.5), max_ns) / 1e6,
            lateness_p99_ms=min(_percentile(seconds, 0.99), max_ns) / 1e6,
            lateness_max_ms=max_ns / 1e6,
            achieved_speed=self._achieved_speed(wall_ns, virtual_ns, asked_speed),
            keeps_pace=_percentile(last_second, 0.5) <= TOLERANCE_NS,
        )

    def _achieved_speed(self, wall_ns: int, virtual_ns: int, asked_speed: float) -> float:
        if not self._progress or wall_ns - self._progress[0][0] < _SAMPLE_NS:
            return asked_speed
        wall_0, virtual_0 = self._progress[0]
        return (virtual_ns - virtual_0) / (wall_ns - wall_0)


class _Second:
    """Lateness of the events of one second of wall time."""

    __slots__ = ("counts", "max_ns", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.counts: dict[int, int] = {}
        self.max_ns = 0


def _upper_edge(value_ns: int) -> int:
    """The value rounded up to its leading bits."""
    shift = max(0, value_ns.bit_length() - _MANTISSA_BITS)
    return -(-value_ns >> shift) << shift


def _percentile(seconds: list[_Second], share: float) -> int:
    """The least edge with at least this share of all events at or below it; 0 without events."""
    counts: dict[int, int] = {}
    for second in seconds:
        for edge, count in second.counts.items():
            counts[edge] = counts.get(edge, 0) + count
    needed = share * sum(counts.values())
    seen = 0
    for edge in sorted(counts):
        seen += counts[edge]
        if seen >= needed:
            return edge
    return 0
