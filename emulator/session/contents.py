"""What the chunks of a session file amount to: its header, its index, its end, its faults."""

from collections.abc import Iterator
from typing import Final

from emulator.session.errors import DamageError
from emulator.session.format import (
    CHUNK_KINDS,
    END,
    EVENTS,
    HEADER,
    INDEX,
    KEYFRAME,
    MAX_CHUNK_EVENTS,
    MAX_CHUNKS,
    NOTE,
    End,
    Place,
    Span,
)
from emulator.session.header import SessionHeader
from emulator.session.index import Index, summary_of
from emulator.session.packing import unpack
from emulator.session.scan import Damage, Found, Frame, end_from

MAX_PROBLEMS: Final = 100


class Problems:
    """Sentences about what is wrong with a file, each once, the first ``MAX_PROBLEMS``."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        """One more."""
        if len(self._sentences) == MAX_PROBLEMS:
            sentence = "there are more problems than these"
        if len(self._sentences) <= MAX_PROBLEMS:
            self._sentences[sentence] = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)


class Contents:
    """Takes the chunks of a file in its order; keeps where they are, not what they hold.

    Events have numbers, so a chunk that comes twice or has changed places is noticed.
    """

    def __init__(self, problems: Problems) -> None:
        self.header: SessionHeader | None = None
        self.index = Index()
        self.end: End | None = None
        self.is_full = False
        """Whether it has more chunks than are read."""
        self._problems = problems
        self._next_event: int | None = None

    def take(self, found: Found) -> bool:
        """The next chunk or damage; whether it is part of the session."""
        if isinstance(found, Damage):
            if not found.is_torn:
                where = f"bytes {found.offset:,} to {found.end:,}"
                self._problems.add(f"{where} are damaged and are left out")
            return False
        try:
            return self._take_chunk(found)
        except DamageError as error:
            kind = CHUNK_KINDS.get(found.kind, "unknown")
            self._problems.add(f"the {kind} chunk at byte {found.offset:,} {error}")
            return False

    def take_index(self, index: Index) -> None:
        """All chunks at once, from an index chunk."""
        entries: list[tuple[int, Span | Place]] = [
            *zip(index.span_offsets, index.spans, strict=True),
            *zip(index.keyframe_offsets, index.keyframes, strict=True),
        ]
        entries.sort(key=lambda entry: entry[0])
        for offset, summary in entries:
            self._add(EVENTS if isinstance(summary, Span) else KEYFRAME, offset, summary)
        for offset, note in zip(index.note_offsets, index.notes, strict=True):
            self._add(NOTE, offset, note)

    def take_end(self, end: End) -> None:
        """The end chunk: its totals must be those of the chunks."""
        self.end = end
        events = sum(span.events for span in self.index.spans)
        if end.events != events:
            self._problems.add(f"it should hold {end.events:,} events and holds {events:,}")

    def _take_chunk(self, chunk: Frame) -> bool:
        match chunk.kind:
            case kind if kind == HEADER:
                if self.header is None:
                    self.header = SessionHeader.from_body(chunk.body)
            case kind if kind == EVENTS:
                return self._add(EVENTS, chunk.offset, summary_of(Span, unpack(chunk.summary)))
            case kind if kind in {KEYFRAME, NOTE}:
                return self._add(kind, chunk.offset, summary_of(Place, unpack(chunk.summary)))
            case kind if kind == END:
                self.take_end(end_from(chunk))
        return chunk.kind not in {INDEX, END}

    def _add(self, kind: bytes, offset: int, summary: Span | Place) -> bool:
        if len(self.index) == MAX_CHUNKS:
            self._problems.add(f"only the first {MAX_CHUNKS:,} chunks are read")
            self.is_full = True
            return False
        self.end = None
        fault = ""
        if isinstance(summary, Span) and not _is_plausible(summary):
            fault = "has counts that cannot be"
        elif kind != NOTE and not self._is_next(summary):
            fault = "is not in its place"
        if fault:
            self._problems.add(f"the {CHUNK_KINDS[kind]} chunk at byte {offset:,} {fault}")
            return False
        self.index.add(kind, offset, summary)
        return True

    def _is_next(self, summary: Span | Place) -> bool:
        """Whether the chunk comes after those before it."""
        if self._next_event is None:
            self._next_event = self.header.begins_event if self.header else summary.first_event
        if summary.first_event < self._next_event:
            return False
        if isinstance(summary, Span):
            self._next_event = summary.first_event + summary.events
        return True


def _is_plausible(span: Span) -> bool:
    counts = (span.jobs, span.misses, span.swaps, span.marks)
    return max(counts) <= span.events <= MAX_CHUNK_EVENTS and span.t_begin_ns <= span.t_end_ns
