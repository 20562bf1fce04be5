"""Finding the events of one job in a journal."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from emulator import journal
from emulator.timeline.pieces import Pieces

MAX_CHUNKS: Final = 512
"""Chunks that are read for one job, before and after the instant at which it was found."""
_OF_JOB: Final = {journal.RELEASED} | journal.OF_STAGE | journal.ENDS


def job_events(pieces: Pieces, stream: int, job: int, near_ns: int) -> list[Sequence[Any]]:
    """The events of a job in order, its release first; none where the release is not known.

    Args:
        pieces: of the journal, refreshed.
        stream: its index.
        job: its number.
        near_ns: an instant between its release and its end.

    Raises:
        SessionError: the journal cannot be read.
    """
    found: list[Sequence[Any]] = []
    begun = _released_in(pieces, stream, job, near_ns)
    if begun is None:
        return found
    for number, events in enumerate(_chunks(pieces, begun)):
        for event in events:
            if event[0] in _OF_JOB and len(event) > _LEAST and event[2:4] == (stream, job):
                found.append(event)
                if event[0] in {journal.COMPLETED, journal.DROPPED}:
                    return found
        if number == MAX_CHUNKS:
            break
    return found


_LEAST: Final = 3


def _released_in(pieces: Pieces, stream: int, job: int, near_ns: int) -> int | None:
    """The chunk with the release; ``len(spans)`` is the tail."""
    tail = pieces.tail
    if tail is not None and (stream, job) in tail.releases:
        return len(pieces.spans)
    touching = pieces.numbers(near_ns, near_ns)
    last = touching[-1] if touching else len(pieces.spans) - 1
    for number in range(last, max(-1, last - MAX_CHUNKS), -1):
        if (stream, job) in pieces.whole(number).releases:
            return number
    return None


def _chunks(pieces: Pieces, begun: int) -> Iterator[Sequence[Sequence[Any]]]:
    for number in range(begun, len(pieces.spans)):
        yield pieces.events(number)
    yield pieces.tail_events
