"""A journal cut into pieces: what they hold, and that nothing hostile in them does harm."""

from collections.abc import Sequence

from emulator.journal import (
    COMPLETED,
    DROPPED,
    FINISHED,
    MARKER,
    POLICY,
    RELEASED,
    STARTED,
    Event,
)
from emulator.session.format import Span
from emulator.timeline.piece import CELL_NS, RUNS, Incident, Slice, cells_of, digest
from emulator.timeline.pieces import MAX_WHOLE, Pieces

MS = 1_000_000


def ran(backend: int, job: int, start_ms: int, end_ms: int, stream: int = 0) -> tuple[Event, Event]:
    """The two events of a slice."""
    of_it = (stream, job, 0, backend, 0, 0)
    start, end = start_ms * MS, end_ms * MS
    return (STARTED, start, *of_it), (FINISHED, end, *of_it, start, 1, 1)


def span(number: int, events: int, begin_ms: int, end_ms: int) -> Span:
    """The summary of a chunk of a hundred events at most."""
    return Span(number * 100, begin_ms * MS, end_ms * MS, events, 0, 1, 1, 1)


class Chunks:
    """A journal in memory, a list of events per 400 ms; counts what is read."""

    def __init__(self, chunks: Sequence[Sequence[Event]]) -> None:
        self.chunks = list(chunks)
        self.reads: list[int] = []

    def spans(self) -> Sequence[Span]:
        """One per chunk."""
        return [
            span(number, len(events), 400 * number, 400 * (number + 1))
            for number, events in enumerate(self.chunks)
        ]

    def events(self, number: int) -> Sequence[Event]:
        """Of one chunk."""
        self.reads.append(number)
        return self.chunks[number]


def test_a_slice_is_known_from_its_end() -> None:
    """One that has begun in an earlier chunk has its start; one that has not ended runs."""
    begun, ended = ran(1, 7, 10, 30)
    piece = digest(span(1, 2, 20, 40), [ended, ran(0, 8, 35, 50)[0]])

    assert piece.slices == [Slice(1, 0, 7, 0, 0, 0, 10 * MS, 30 * MS)]
    assert [(each.job, each.end_ns) for each in piece.running] == [(8, RUNS)]
    assert digest(span(1, 1, 0, 20), [begun]).running[0].start_ns == 10 * MS


def test_cells_split_a_slice_exactly() -> None:
    """The busy time of all cells is that of the slices, whatever they cross."""
    slices = [(0, 180), (190, 205), (207, 1033)]
    events = [event for n, each in enumerate(slices) for event in ran(0, n, *each)]
    piece = digest(span(0, len(events), 0, 2000), events)

    busy_ms = sum(end - start for start, end in slices)
    assert sum(held for *_, held in piece.cells) == busy_ms * MS
    assert all(0 < held <= CELL_NS for *_, held in piece.cells)
    assert list(cells_of(40, 110, 50)) == [(0, 10), (1, 50), (2, 10)]


def test_incidents_are_told_apart() -> None:
    """Late is a miss, met is none; a swap says from what to what."""
    events: list[Event] = [
        (COMPLETED, 1, 0, 4, "met", ""),
        (COMPLETED, 2, 0, 5, "late", "backlog"),
        (DROPPED, 3, 1, 6, "early-drop", "hopeless"),
        (POLICY, 4, "edf", "fcfs"),
        (MARKER, 5, "a \x1b[2J mark"),
    ]

    assert digest(span(0, 5, 0, 1), events).incidents == (
        Incident(2, "miss", 0, 5, "backlog"),
        Incident(3, "drop", 1, 6, "early-drop"),
        Incident(4, "policy", -1, -1, "edf -> fcfs"),
        Incident(5, "marker", -1, -1, "a ?[2J mark"),
    )


def test_events_that_fit_nothing_are_left_out() -> None:
    """Too short, of other types, of kinds of a newer version: the rest is still read."""
    whole = ran(0, 1, 0, 5)
    hostile: list[Event] = [
        (FINISHED, 5),
        (FINISHED, "x", None, 0, 0, 0, 0, 0, 1.5, 1, 1),
        (FINISHED, 2**70, 0, 0, 0, 0, 0, 0, 0, 1, 1),
        (RELEASED,),
        ("fly", 1, 2, 3),
    ]
    piece = digest(span(0, 7, 0, 10), [*hostile, *whole])

    assert [each.job for each in piece.slices] == [1]


def test_chunks_are_read_once_and_memory_is_bounded() -> None:
    """A second look reads nothing; beyond the limit only cells and incidents stay."""
    source = Chunks([ran(0, n, 400 * n, 400 * n + 100) for n in range(MAX_WHOLE + 10)])
    pieces = Pieces(source)
    pieces.refresh()
    for number in range(len(source.chunks)):
        pieces.coarse(number)
    for number in range(len(source.chunks)):
        pieces.coarse(number)
    assert len(source.reads) == len(source.chunks)

    assert pieces.whole(0).slices
    assert len(source.reads) == len(source.chunks) + 1


def test_the_tail_follows_the_last_chunk() -> None:
    """What is in no chunk yet is there, up to the instant that was reached."""
    pieces = Pieces(Chunks([ran(0, 1, 0, 100)]))
    pieces.refresh(tail=ran(0, 2, 410, 420), reached_ns=450 * MS)

    assert [s.job for piece in pieces.around(0, 500 * MS) for s in piece.slices] == [1, 2]
    assert pieces.ends_ns == 450 * MS
    pieces.refresh(reached_ns=400 * MS)
    assert pieces.tail is None
