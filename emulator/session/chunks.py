"""What is recorded, turned into the bytes of chunks. Nothing here touches a file.

The flight recorder keeps these chunks in memory, a writer thread appends them to a file.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from emulator.journal import Event
from emulator.session import columns
from emulator.session.errors import DamageError, SessionError
from emulator.session.format import (
    EVENTS,
    HEADER,
    KEYFRAME,
    MAX_CHUNK_EVENTS,
    MAX_UNPACKED_BYTES,
    NOTE,
    Place,
    Span,
    frame,
)
from emulator.session.header import SessionHeader
from emulator.session.packing import FAST, SMALL, compress, pack, unpack

ChunkSummary: TypeAlias = Span | Place | None
"""Of an events chunk; of a keyframe or a note; of a header."""


class Chunk:
    """One chunk, ready to be appended to a file.

    Its bytes are made when they are first asked for, because zlib lets other threads run: whoever
    writes the file pays for compressing, not the run.
    """

    __slots__ = ("_bytes", "_level", "_packed", "kind", "summary")

    def __init__(
        self, kind: bytes, summary: ChunkSummary, packed: bytes, *, level: int = FAST
    ) -> None:
        self.kind = kind
        self.summary = summary
        self._packed = packed
        self._level = level
        self._bytes = b""

    @property
    def data(self) -> bytes:
        """All bytes of the chunk, frame included. For one thread at a time."""
        if not self._bytes:
            body = compress(self._packed, self._level)
            self._bytes = frame(self.kind, pack(tuple(self.summary or ())), body)
            self._packed = b""
        return self._bytes

    @classmethod
    def of_frame(cls, kind: bytes, summary: ChunkSummary, data: bytes) -> "Chunk":
        """A chunk that was read from a file, as it was."""
        chunk = cls(kind, summary, b"")
        chunk._bytes = data
        return chunk


class ChunkEncoder:
    """Makes the chunks of one run, in order; counts its events and remembers the time it reached.

    Args:
        begins_ns: virtual time at which the first chunk begins.
        first_event: number of the first event in the run.
    """

    def __init__(self, begins_ns: int = 0, first_event: int = 0) -> None:
        self._t_ns = begins_ns
        self._next_event = first_event
        self._state_is_readable = False

    @property
    def next_event(self) -> int:
        """Number in the run of the event that comes next."""
        return self._next_event

    @property
    def t_ns(self) -> int:
        """Virtual time up to which events were taken."""
        return self._t_ns

    @staticmethod
    def header(header: SessionHeader) -> Chunk:
        """The header chunk. Raises SessionError: a scenario or profile that is too large."""
        return _chunk(HEADER, None, _packed(header.to_table(), "header"), level=SMALL)

    def events(self, events: Sequence[Event], upto_ns: int) -> Iterator[Chunk]:
        """Chunks of these events: one, or more where they are many.

        An event is ``(kind, t_ns, ...)`` with integers of at most 64 bits.

        Args:
            events: the next ones, in order of time; may be none.
            upto_ns: virtual time that the run has reached.

        Raises:
            SessionError: events that no chunk can hold.
        """
        for at in range(0, max(len(events), 1), MAX_CHUNK_EVENTS):
            part = events[at : at + MAX_CHUNK_EVENTS]
            last_ns = part[-1][1] if part else upto_ns
            is_last = at + MAX_CHUNK_EVENTS >= len(events)
            yield self._of_events(part, upto_ns if is_last else last_ns)

    def _of_events(self, events: Sequence[Event], upto_ns: object) -> Chunk:
        try:
            packed, groups = columns.encode(events)
        except _UNWRITABLE as error:
            raise SessionError(f"these events cannot be recorded: {error}") from error
        last_ns = events[-1][1] if events else self._t_ns
        ends_ns = max(each for each in (self._t_ns, last_ns, upto_ns) if isinstance(each, int))
        jobs, misses, swaps, marks = columns.count(groups)
        span = Span(self._next_event, self._t_ns, ends_ns, len(events), jobs, misses, swaps, marks)
        chunk = _chunk(EVENTS, span, packed)
        self._t_ns = ends_ns
        self._next_event += len(events)
        return chunk

    def keyframe(self, t_ns: int, state: object) -> Chunk:
        """The state after all events so far: whatever msgpack holds, with text keys in maps.

        Raises:
            SessionError: a state that a reader could not take; it is tried out on the first one.
        """
        packed = _packed(state, "state")
        if not self._state_is_readable:
            try:
                unpack(packed)
            except DamageError as error:
                raise SessionError(f"this state cannot be recorded: it {error}") from error
            self._state_is_readable = True
        return _chunk(KEYFRAME, Place(self._next_event, t_ns), packed)

    def note(self, t_ns: int, kind: str, data: Mapping[str, object] | None = None) -> Chunk:
        """Something about the recording that is not in the journal, such as a change of speed.

        Raises:
            SessionError: data that msgpack cannot hold.
        """
        packed = _packed([kind, dict(data or {})], "note")
        return _chunk(NOTE, Place(self._next_event, t_ns), packed)


_UNWRITABLE: Final = (OverflowError, TypeError, ValueError, IndexError)


def _packed(value: object, what: str) -> bytes:
    try:
        return pack(value)
    except _UNWRITABLE as error:
        raise SessionError(f"this {what} cannot be recorded: {error}") from error


def _chunk(kind: bytes, summary: ChunkSummary, packed: bytes, *, level: int = FAST) -> Chunk:
    if len(packed) > MAX_UNPACKED_BYTES:
        raise SessionError(
            f"{len(packed):,} bytes cannot be recorded at once: "
            f"a chunk holds {MAX_UNPACKED_BYTES:,}"
        )
    return Chunk(kind, summary, packed, level=level)
