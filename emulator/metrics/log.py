"""The event log: its newest lines, with bursts of misses merged so that they drown nothing else."""

from collections import deque
from typing import Final

from emulator.metrics.checkpoint import State, differences, text, whole, wholes
from emulator.metrics.windows import SECOND_NS
from emulator.snapshot import LogLine

MAX_LINES: Final = 200
MISSES_PER_SECOND: Final = 20
"""Lines on misses in one second of the absolute grid; one more line counts the rest."""
NO_STREAM: Final = -1


class EventLog:
    """Lines in the order in which things became known."""

    __slots__ = ("_lines", "_logged", "_merged", "_merged_seq", "_second", "_seq", "_shown")

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=MAX_LINES)
        self._seq = 0
        self._second = -1
        self._logged = 0
        self._merged = 0
        self._merged_seq = 0
        self._shown: tuple[LogLine, ...] | None = ()

    def add(self, t_ns: int, kind: str, text: str, stream: int = NO_STREAM) -> None:
        """One line."""
        self._lines.append(LogLine(self._seq, t_ns, kind, stream, text))
        self._seq += 1
        self._shown = None

    def takes_miss(self, t_ns: int) -> bool:
        """Whether a miss at this instant gets a line of its own; otherwise it has been counted."""
        second = t_ns // SECOND_NS
        if second != self._second:
            self._write_merged()
            self._second, self._logged, self._merged = second, 0, 0
        if self._logged < MISSES_PER_SECOND:
            self._logged += 1
            return True
        if not self._merged:
            self._merged_seq = self._seq
            self.add(t_ns, "miss", "")
        self._merged += 1
        self._shown = None
        return False

    def lines(self) -> tuple[LogLine, ...]:
        """The newest lines, oldest first. The line that counts merged misses keeps its ``seq``."""
        if self._shown is None:
            self._write_merged()
            self._shown = tuple(self._lines)
        return self._shown

    def state(self) -> State:
        """The lines, the number of the next one, and the count of misses in this second."""
        times = differences([line.t_ns for line in self._lines])
        lines = tuple(
            (since_ns, line.kind, line.stream, line.text)
            for since_ns, line in zip(times, self._lines, strict=True)
        )
        merging = (self._second, self._logged, self._merged, self._merged_seq)
        return lines, self._seq, merging

    @classmethod
    def restored(cls, state: State) -> "EventLog":
        """The same from its state."""
        lines, seq, merging = state
        log = cls()
        log._seq = whole(seq) - len(lines)
        t_ns = 0
        for since_ns, kind, stream, words in lines:
            t_ns += whole(since_ns)
            log.add(t_ns, text(kind), text(words), whole(stream))
        log._second, log._logged, log._merged, log._merged_seq = wholes(merging)
        return log

    def _write_merged(self) -> None:
        index = self._merged_seq - self._seq
        if self._merged and -index <= len(self._lines):
            noun = "miss" if self._merged == 1 else "misses"
            text = f"… and {self._merged} more {noun} in this second"
            self._lines[index] = self._lines[index]._replace(text=text)
