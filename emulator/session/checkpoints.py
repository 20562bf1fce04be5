"""States of the metrics along a session that are kept in memory: keyframes a file does not have.

A run without a screen is recorded without keyframes, because what they are made of costs half as
much as the run. Whoever plays such a file makes them on the way.
"""

from bisect import bisect_right
from operator import attrgetter
from typing import Final, NamedTuple

from emulator.session.errors import DamageError
from emulator.session.packing import pack, unpack
from emulator.session.reader import SessionReader
from emulator.session.records import Keyframe

SPACING_NS: Final = 10_000_000_000
"""Virtual time between two states at first: what a seek has to play at most."""
MAX_BYTES: Final = 64 * 1024 * 1024


class _Kept(NamedTuple):
    t_ns: int
    first_event: int
    packed: bytes


_TIME: Final = attrgetter("t_ns")


class Checkpoints:
    """The states, in order of time. Where they take too much memory, every second one is given up.

    Args:
        spacing_ns: virtual time between two of them.
        max_bytes: of all states, packed.
    """

    def __init__(self, spacing_ns: int = SPACING_NS, max_bytes: int = MAX_BYTES) -> None:
        self.spacing_ns = spacing_ns
        """Virtual time that a state must have to the one before it; grows."""
        self._max_bytes = max_bytes
        self._kept: list[_Kept] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def last_ns(self) -> int | None:
        """Virtual time of the last state."""
        return self._kept[-1].t_ns if self._kept else None

    def time_before(self, t_ns: int) -> int | None:
        """Virtual time of the last state at or before this one."""
        at = bisect_right(self._kept, t_ns, key=_TIME)
        return self._kept[at - 1].t_ns if at else None

    def before(self, t_ns: int) -> Keyframe | None:
        """The last state at or before a virtual time; None too if it is beyond the limits."""
        at = bisect_right(self._kept, t_ns, key=_TIME)
        if not at:
            return None
        kept = self._kept[at - 1]
        try:
            return Keyframe(kept.t_ns, kept.first_event, unpack(kept.packed))
        except DamageError:
            return None

    def add(self, keyframe: Keyframe) -> None:
        """One more; one that cannot be packed is left out."""
        try:
            packed = pack(keyframe.state)
        except (OverflowError, TypeError, ValueError):
            return
        at = bisect_right(self._kept, keyframe.t_ns, key=_TIME)
        self._kept.insert(at, _Kept(keyframe.t_ns, keyframe.first_event, packed))
        self._size += len(packed)
        while self._size > self._max_bytes and len(self._kept) > 1:
            self._kept = self._kept[::2]
            self._size = sum(len(each.packed) for each in self._kept)
            self.spacing_ns *= 2


class KnownStates:
    """The keyframes of a session and the states that were kept of it, together."""

    def __init__(self, reader: SessionReader, checkpoints: Checkpoints) -> None:
        self._reader = reader
        self._checkpoints = checkpoints

    def time_before(self, t_ns: int) -> int:
        """Virtual time of the last state at or before this one, or of the beginning."""
        begins_ns = self._reader.header.begins_ns
        keyframes = (each.t_ns for each in self._reader.keyframes if each.t_ns <= t_ns)
        return max(self._checkpoints.time_before(t_ns) or 0, begins_ns, *keyframes)

    def before(self, t_ns: int) -> Keyframe | None:
        """The last state at or before a virtual time. Raises SessionError."""
        own_ns = self._checkpoints.time_before(t_ns)
        if own_ns is not None and own_ns == self.time_before(t_ns):
            own = self._checkpoints.before(t_ns)
            if own is not None:
                return own
        return self._reader.keyframe_before(t_ns)
