"""Finding the next incident in a journal; chunks whose summary counts none are not read."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from emulator.session.format import Span
from emulator.timeline.piece import Incident, Piece
from emulator.timeline.pieces import Pieces

MAX_READ: Final = 512
"""Chunks that one search reads: a file may say of its chunks what is not so."""


def incident(
    pieces: Pieces, t_ns: int, direction: int, streams: Collection[int] | None = None
) -> Incident | None:
    """The first incident after an instant (direction 1), or the last one before it (-1).

    Args:
        pieces: of the journal, refreshed.
        t_ns: the instant, itself left out.
        direction: 1 or -1.
        streams: only their misses and drops; None: of all. Swaps, marks and errors always count.
    """
    for piece in _pieces(pieces, t_ns, direction):
        found = [
            each
            for each in piece.incidents
            if (each.t_ns - t_ns) * direction > 0
            and (streams is None or each.stream < 0 or each.stream in streams)
        ]
        if found:
            return min(found, key=lambda each: (each.t_ns - t_ns) * direction)
    return None


def _pieces(pieces: Pieces, t_ns: int, direction: int) -> Iterator[Piece]:
    """Those that may have one, in the order of the search."""
    numbers = range(len(pieces.spans))
    tail = [] if pieces.tail is None else [pieces.tail]
    if direction > 0:
        yield from _read(pieces, (n for n in numbers if pieces.spans[n].t_end_ns >= t_ns))
        yield from tail
    else:
        yield from tail
        before = (n for n in reversed(numbers) if pieces.spans[n].t_begin_ns <= t_ns)
        yield from _read(pieces, before)


def _read(pieces: Pieces, numbers: Iterable[int]) -> Iterator[Piece]:
    read = 0
    for number in numbers:
        if _is_eventful(pieces.spans[number]):
            yield pieces.coarse(number)
            read += 1
            if read == MAX_READ:
                return


def _is_eventful(span: Span) -> bool:
    return bool(span.misses or span.swaps or span.marks)
