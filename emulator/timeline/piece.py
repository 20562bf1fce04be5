"""One chunk of a journal, digested: its slices, its incidents, and who was busy in each cell."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeAlias

from emulator import journal
from emulator.journal import Event
from emulator.session.format import Span

CELL_NS: Final = 50_000_000
"""Busy time is kept per cell of this absolute grid, so that wide windows need no slices."""
WIDE_NS: Final = 10 * CELL_NS
"""The same for the widest windows."""
RUNS: Final = -1
"""The end of a slice that has not ended."""
NO_DEADLINE: Final = -1
MAX_TEXT: Final = 200
MAX_TOGETHER: Final = 1_024
"""So many slices of one batch that runs are kept."""
TO: Final = " -> "
"""Stands between the old and the new policy of a swap."""

_Key: TypeAlias = tuple[int, int, int]
Share: TypeAlias = tuple[int, int, int, int]
"""Cell, backend, stream and the ns for which that stream held the backend in that cell."""


class Slice(NamedTuple):
    """One slice. Streams, stages and backends are indices as in the journal."""

    backend: int
    stream: int
    job: int
    stage: int
    phase: int
    number: int
    start_ns: int
    end_ns: int
    """``RUNS`` while it runs."""


class Incident(NamedTuple):
    """Something that one may want to jump to."""

    t_ns: int
    kind: str
    """``miss``, ``drop``, ``policy``, ``error`` or ``marker``."""
    stream: int
    """-1 for none."""
    job: int
    text: str
    """Of a swap ``old -> new``, of a drop its reason, of a miss its cause, of a marker its text."""


class Added(NamedTuple):
    """A stream that the chunk announces."""

    stream: int
    name: str
    spec: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Piece:
    """What a chunk holds.

    Rows of numbers are kept flat, as arrays: the collector would look at every tuple of them, at a
    moment that belongs to the run.
    """

    span: Span
    flat_slices: "array[int]"
    running: tuple[Slice, ...]
    """Those that had started in it and not ended."""
    incidents: tuple[Incident, ...]
    flat_cells: "array[int]"
    flat_wide: "array[int]"
    flat_releases: "array[int]"
    added: tuple[Added, ...]

    @property
    def slices(self) -> list[Slice]:
        """Those that ended in it, by their end; none once only the cells are kept."""
        return [Slice(*row) for row in _rows(self.flat_slices, len(Slice._fields))]

    @property
    def cells(self) -> Iterator[Share]:
        """Who was busy in each cell."""
        return zip(*[iter(self.flat_cells)] * 4, strict=True)

    @property
    def wide(self) -> Iterator[Share]:
        """The same in cells of ``WIDE_NS``."""
        return zip(*[iter(self.flat_wide)] * 4, strict=True)

    @property
    def releases(self) -> dict[tuple[int, int], tuple[int, int | None]]:
        """Instant and deadline of the jobs released in it, by stream and job."""
        return {
            (stream, job): (t_ns, None if deadline_ns == NO_DEADLINE else deadline_ns)
            for stream, job, t_ns, deadline_ns in _rows(self.flat_releases, 4)
        }

    def coarse(self) -> "Piece":
        """Only what wide windows need."""
        nothing = array("q")
        return replace(self, flat_slices=nothing, running=(), flat_releases=nothing)


def digest(span: Span, events: Iterable[Event]) -> Piece:
    """What events amount to. An event of a hostile file that does not fit is left out."""
    reading = _Reading()
    for event in events:
        try:
            reading.take(event)
        except (IndexError, OverflowError, TypeError, ValueError):
            continue
    cells = _cells(_rows(reading.slices, len(Slice._fields)))
    return Piece(
        span=span,
        flat_slices=reading.slices,
        running=tuple(each for batch in reading.running.values() for each in batch),
        incidents=tuple(reading.incidents),
        flat_cells=_flat(cells),
        flat_wide=_flat(_wide(cells)),
        flat_releases=reading.releases,
        added=tuple(reading.added),
    )


def _rows(flat: "array[int]", width: int) -> Iterator[tuple[int, ...]]:
    return zip(*[iter(flat)] * width, strict=True)


def _flat(busy: Mapping[_Key, int]) -> "array[int]":
    flat = array("q")
    for key, held_ns in busy.items():
        flat.extend((*key, held_ns))
    return flat


class _Reading:
    """A chunk on its way to a piece."""

    def __init__(self) -> None:
        self.slices = array("q")
        self.running: dict[int, list[Slice]] = {}
        """By backend: one slice, or those that decode together."""
        self.incidents: list[Incident] = []
        self.releases = array("q")
        self.added: list[Added] = []

    def take(self, event: Sequence[Any]) -> None:
        """The next event. Raises IndexError, TypeError, ValueError: it has not its shape."""
        kind = event[0]
        if kind == journal.FINISHED:
            _, end_ns, stream, job, stage, backend, phase, number, start_ns, *_ = event
            self.running.pop(backend, None)
            row = (backend, stream, job, stage, phase, number, start_ns, end_ns)
            self.slices.extend(_whole(row))
        elif kind == journal.STARTED:
            _, t_ns, stream, job, stage, backend, phase, number, *_ = event
            row = (backend, stream, job, stage, phase, number, t_ns, RUNS)
            started = Slice(*_whole(row))
            beside = self.running.get(backend, ())
            together = [each for each in beside if each.start_ns == started.start_ns]
            self.running[backend] = [*together[-MAX_TOGETHER:], started]
        elif kind == journal.RELEASED:
            _, t_ns, stream, job, deadline_ns, *_ = event
            own_ns = NO_DEADLINE if deadline_ns is None else deadline_ns
            self.releases.extend(_whole((stream, job, t_ns, own_ns)))
        elif kind in _INCIDENTS:
            found = _INCIDENTS[kind](event)
            if found is not None:
                self.incidents.append(found)
        elif kind == journal.STREAM_ADDED:
            _, _, stream, name, spec, *_ = event
            self.added.append(Added(int(stream), _text(name), spec))


def _whole(row: tuple[Any, ...]) -> "array[int]":
    """Whole numbers of 64 bits. Raises OverflowError, TypeError: they are not."""
    if bool in map(type, row):
        raise TypeError
    return array("q", row)


def _text(value: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(value)[:MAX_TEXT])


def _completed(event: Sequence[Any]) -> Incident | None:
    _, t_ns, stream, job, outcome, cause, *_ = event
    return Incident(t_ns, "miss", stream, job, _text(cause)) if outcome == "late" else None


def _dropped(event: Sequence[Any]) -> Incident:
    _, t_ns, stream, job, reason, *_ = event
    return Incident(t_ns, "drop", stream, job, _text(reason))


_INCIDENTS: Final[Mapping[object, Any]] = {
    journal.COMPLETED: _completed,
    journal.DROPPED: _dropped,
    journal.POLICY: lambda event: Incident(
        event[1], "policy", -1, -1, f"{_text(event[2])}{TO}{_text(event[3])}"
    ),
    journal.POLICY_FAILED: lambda event: Incident(event[1], "error", -1, -1, _text(event[3])),
    journal.BACKEND_DOWN: lambda event: Incident(event[1], "error", -1, -1, _text(event[3])),
    journal.MARKER: lambda event: Incident(event[1], "marker", -1, -1, _text(event[2])),
}


def _cells(slices: Iterable[Sequence[int]]) -> dict[_Key, int]:
    """Busy time by cell, backend and stream; a batch counts for the stream that led it."""
    busy: dict[_Key, int] = {}
    begun: dict[int, int] = {}
    for backend, stream, *_, start_ns, end_ns in slices:
        if begun.get(backend) == start_ns:
            continue
        begun[backend] = start_ns
        for cell, held_ns in cells_of(start_ns, end_ns, CELL_NS):
            key = (cell, backend, stream)
            busy[key] = busy.get(key, 0) + held_ns
    return busy


def _wide(cells: Mapping[_Key, int]) -> dict[_Key, int]:
    """The same sums on the wider grid."""
    busy: dict[_Key, int] = {}
    for (cell, backend, stream), held_ns in cells.items():
        key = (cell * CELL_NS // WIDE_NS, backend, stream)
        busy[key] = busy.get(key, 0) + held_ns
    return busy


def cells_of(start_ns: int, end_ns: int, cell_ns: int) -> Iterator[tuple[int, int]]:
    """The cells of an absolute grid that a stretch of time touches, and its ns in each."""
    cell = start_ns // cell_ns
    while start_ns < end_ns:
        until_ns = min(end_ns, (cell + 1) * cell_ns)
        yield cell, until_ns - start_ns
        start_ns, cell = until_ns, cell + 1
