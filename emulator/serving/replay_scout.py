"""Goes ahead of a replay while nothing else is to be done, so that seeks find a state near by.

A file without keyframes can only be played from its start. The scout plays all of it once, in short
pieces, and leaves the states of the metrics on its way in memory.
"""

from itertools import pairwise
from typing import Final

from emulator.metrics import Metrics
from emulator.serving.clock import Clock
from emulator.serving.quiet import QuietWork
from emulator.session import SessionReader
from emulator.session.checkpoints import Checkpoints
from emulator.session.tape import Tape

PIECE_NS: Final = 2_000_000
"""Wall time of one piece, about."""
PAUSE_NS: Final = 20_000_000
"""Wall time after which a piece is done whatever else is due."""
_STRIDE_NS: Final = 100_000_000
_FAR: Final = 3
"""So many times the distance that states are to have is too far for a seek."""


class Scout:
    """Plays a session for its states only.

    Args:
        reader: of the session.
        metrics: that have seen nothing.
        checkpoints: where the states are left; those of others are made use of.
        clock: wall time.
    """

    def __init__(
        self, reader: SessionReader, metrics: Metrics, checkpoints: Checkpoints, clock: Clock
    ) -> None:
        self._tape = Tape(reader, metrics, checkpoints)
        self._checkpoints = checkpoints
        self._clock = clock
        self._work = QuietWork(clock)
        self._last_ns = clock.now_ns()
        self.is_done = False
        """Whether it has come to the end."""

    def tend(self, due_ns: int | None) -> int | None:
        """Do a piece if nothing is due for long enough; when to come again, None: never.

        Raises:
            SessionError: the file cannot be read any more.
        """
        if self.is_done:
            return None
        latest_ns = self._last_ns + PAUSE_NS
        if not self._work.may_begin(due_ns, latest_ns):
            return latest_ns
        self._work.do(self._play)
        self._last_ns = self._clock.now_ns()
        return self._last_ns

    def _play(self) -> None:
        tape, stop_ns = self._tape, self._clock.now_ns() + PIECE_NS
        known_ns = self._checkpoints.last_ns
        if known_ns is not None and known_ns > tape.now_ns:
            tape.seek(known_ns)
        while (t_ns := tape.next_event_ns) is not None:
            tape.advance(t_ns + _STRIDE_NS)
            tape.drain()
            if self._clock.now_ns() >= stop_ns:
                return
        self.is_done = True


def needs_scout(reader: SessionReader, spacing_ns: int) -> bool:
    """Whether keyframes of the file are missing, or far from each other."""
    header = reader.header
    places_ns = [header.begins_ns, *(each.t_ns for each in reader.keyframes), reader.t_end_ns]
    return any(then - first > _FAR * spacing_ns for first, then in pairwise(places_ns))
