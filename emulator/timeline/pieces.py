"""The pieces of a journal, read when they are wanted and kept while they may be wanted again."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from emulator.journal import Event
from emulator.session.format import Span
from emulator.timeline.piece import Added, Piece, digest

MAX_WHOLE: Final = 256
"""Pieces that are kept with their slices."""
MAX_COARSE: Final = 16_384
"""Pieces of which the cells are kept: nearly two hours."""


class Source(Protocol):
    """Where the chunks of a journal are. Every method may raise SessionError."""

    def spans(self) -> Sequence[Span]:
        """The chunks of events, in order."""

    def events(self, number: int) -> Sequence[Event]:
        """The events of the chunk at a position of ``spans``."""


class Pieces:
    """A journal as pieces.

    Args:
        source: of the chunks; may have more of them whenever it is asked.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._whole: OrderedDict[int, Piece] = OrderedDict()
        self._coarse: OrderedDict[int, Piece] = OrderedDict()
        self.added: dict[int, Added] = {}
        """Streams that were announced in what was read so far."""
        self.spans: Sequence[Span] = ()
        self.tail: Piece | None = None
        """What is in no chunk yet."""
        self.tail_events: Sequence[Event] = ()

    def refresh(
        self, source: Source | None = None, tail: Sequence[Event] = (), reached_ns: int = 0
    ) -> None:
        """See what there is now.

        Args:
            source: of the same journal, instead of the one before.
            tail: the events after its last chunk.
            reached_ns: virtual time to which there would be more if anything had happened.

        Raises:
            SessionError: it cannot be read.
        """
        self._source = source or self._source
        self.spans = self._source.spans()
        last = self.spans[-1] if self.spans else None
        first = last.first_event + last.events if last is not None else 0
        begin_ns = last.t_end_ns if last is not None else 0
        end_ns = max(reached_ns, begin_ns)
        self.tail, self.tail_events = None, tail
        if tail or end_ns > begin_ns:
            span = Span(first, begin_ns, end_ns, len(tail), 0, 0, 0, 0)
            self.tail = self._learned(digest(span, tail))

    @property
    def begins_ns(self) -> int:
        """The first instant that is known."""
        if self.spans:
            return self.spans[0].t_begin_ns
        return self.tail.span.t_begin_ns if self.tail is not None else 0

    @property
    def ends_ns(self) -> int:
        """The last one."""
        if self.tail is not None:
            return self.tail.span.t_end_ns
        return self.spans[-1].t_end_ns if self.spans else 0

    def numbers(self, from_ns: int, to_ns: int) -> range:
        """The chunks that touch a stretch of time."""
        spans = self.spans
        first = _first(spans, from_ns)
        last = first
        while last < len(spans) and spans[last].t_begin_ns <= to_ns:
            last += 1
        return range(first, last)

    def whole(self, number: int) -> Piece:
        """The piece of a chunk, with its slices."""
        key = self.spans[number].first_event
        piece = self._whole.get(key)
        if piece is None or piece.span.events != self.spans[number].events:
            piece = self._read(number)
        self._whole.move_to_end(key)
        return piece

    def coarse(self, number: int) -> Piece:
        """The piece of a chunk, at least its cells and incidents."""
        span = self.spans[number]
        piece = self._coarse.get(span.first_event)
        if piece is None or piece.span.events != span.events:
            piece = self._read(number)
        return piece

    def has_coarse(self, number: int) -> bool:
        """Whether nothing has to be read for it."""
        piece = self._coarse.get(self.spans[number].first_event)
        return piece is not None and piece.span.events == self.spans[number].events

    def events(self, number: int) -> Sequence[Event]:
        """The events of a chunk."""
        return self._source.events(number)

    def around(self, from_ns: int, to_ns: int) -> Iterator[Piece]:
        """Whole pieces that touch a stretch of time, in order, the tail included."""
        for number in self.numbers(from_ns, to_ns):
            yield self.whole(number)
        if self.tail is not None and self.tail.span.t_end_ns >= from_ns:
            yield self.tail

    def _read(self, number: int) -> Piece:
        span = self.spans[number]
        piece = self._learned(digest(span, self._source.events(number)))
        self._whole[span.first_event] = piece
        self._coarse[span.first_event] = piece.coarse()
        while len(self._whole) > MAX_WHOLE:
            self._whole.popitem(last=False)
        while len(self._coarse) > MAX_COARSE:
            self._coarse.popitem(last=False)
        return piece

    def _learned(self, piece: Piece) -> Piece:
        self.added.update((each.stream, each) for each in piece.added)
        return piece


def _first(spans: Sequence[Span], t_ns: int) -> int:
    """The first chunk that ends at an instant or after it."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle].t_end_ns < t_ns:
            low = middle + 1
        else:
            high = middle
    return low
