"""Snapshots of several runs and cores as one sequence, with a log that reaches further back.

Two cores both call their first run 1 and their first log line 0. Here runs keep counting, and the
screen's own lines (a refused command) get numbers between those of the core, so that whoever reads
the log needs to look at numbers only.
"""

from collections import deque
from typing import Final

from emulator.snapshot import LogLine, Snapshot

MAX_LINES: Final = 1000


class History:
    """Turns each snapshot of a core into the one to show."""

    def __init__(self) -> None:
        self._raw: Snapshot | None = None
        self._newest: Snapshot | None = None
        self._log: deque[LogLine] = deque(maxlen=MAX_LINES)
        self._runs_before = 0
        self._last_seq = -1
        self._own_lines = 0

    def new_core(self) -> None:
        """The next snapshot comes from another core: its runs are new ones."""
        self._runs_before = self._newest.run if self._newest is not None else 0

    def take(self, raw: Snapshot | None) -> Snapshot | None:
        """The snapshot to show when ``raw`` is the core's newest; the same object while it is."""
        if raw is not None and raw is not self._raw:
            self._raw = raw
            run = raw.run + self._runs_before
            if self._newest is None or run != self._newest.run:
                self._log.clear()
                self._last_seq, self._own_lines = -1, 0
            if self._last_seq > (raw.log[-1].seq if raw.log else -1):
                # Only a replay goes back. What it will come to again is not in the log any more.
                self._log.clear()
                self._last_seq, self._own_lines = -1, 0
            self._grow(raw)
            self._newest = raw._replace(run=run, log=tuple(self._log))
        return self._newest

    def _grow(self, raw: Snapshot) -> None:
        for line in raw.log:
            if line.seq > self._last_seq:
                self._log.append(line._replace(seq=line.seq + self._own_lines))
                self._last_seq = line.seq

    def end(self) -> None:
        """The core is gone: the newest snapshot says that the run has ended."""
        if self._newest is not None:
            self._newest = self._newest._replace(state="ended")

    def add_error(self, sentence: str) -> None:
        """Append a line of our own; before the first snapshot there is no log to append to."""
        if self._newest is None:
            return
        seq = self._log[-1].seq + 1 if self._log else 0
        self._own_lines += 1
        self._log.append(LogLine(seq, self._newest.t_ns, "error", -1, sentence))
        self._newest = self._newest._replace(log=tuple(self._log))
