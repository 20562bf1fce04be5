"""A stretch of the journal for a screen: slices where they can be told apart, else shares.

The grid of columns is absolute, so that a picture that moves is not drawn anew of other sums.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from emulator.timeline.piece import CELL_NS, RUNS, WIDE_NS, Incident, Piece, Slice, cells_of
from emulator.timeline.pieces import Pieces

MAX_COLUMNS: Final = 2_000
MIN_COLUMN_NS: Final = 1
MAX_COLUMN_NS: Final = 3_600_000_000_000
MAX_INCIDENTS: Final = 500
FEW_SLICES: Final = 50
"""So many are always shown; more only while each has a column of its lane on average."""
REACH_NS: Final = 4_000_000_000
"""How far before a window a slice is looked for that runs into it."""


class Window(NamedTuple):
    """What is asked for: ``columns`` of ``column_ns`` from a multiple of ``column_ns`` on."""

    from_ns: int
    column_ns: int
    columns: int

    @property
    def to_ns(self) -> int:
        """Its end."""
        return self.from_ns + self.columns * self.column_ns


class WindowView(NamedTuple):
    """A stretch of the journal."""

    window: Window
    begins_ns: int
    """The first instant that is known, before the window or not."""
    ends_ns: int
    """The last one."""
    complete: bool
    """Whether all of it was read; if not, more will come."""
    slices: tuple[Slice, ...] | None
    """By their start; None where there are too many to be told apart."""
    shares: tuple[tuple[int, int, int, int], ...]
    """In their place: column, backend, stream and ns, by column and backend, most first."""
    misses: tuple[tuple[int, int, int], ...]
    """Column, stream and how many jobs of it were late or dropped in it."""
    incidents: tuple[Incident, ...]
    """The first ``MAX_INCIDENTS`` that are no miss or drop, and of those as many as fit."""


def from_wire(raw: Sequence[object]) -> WindowView:
    """Rebuild what msgpack gives back. Raises TypeError: it has another shape."""
    view = WindowView(*raw)  # type: ignore[arg-type]
    slices = view.slices
    return view._replace(
        window=Window(*view.window),
        slices=None if slices is None else tuple(Slice(*each) for each in slices),
        incidents=tuple(Incident(*each) for each in view.incidents),
    )


def view_of(pieces: Pieces, window: Window, reader: "Reader | None" = None) -> WindowView:
    """The stretch of a journal. Raises SessionError: it cannot be read.

    Args:
        pieces: of the journal, refreshed.
        window: what is asked for.
        reader: who is told of a part while much is to be read.
    """
    if window.column_ns >= _COARSE_NS:
        return _coarse(pieces, window, reader)
    found = list(pieces.around(window.from_ns - REACH_NS, window.to_ns + CELL_NS))
    slices = _slices(found, window)
    if len(slices) > max(FEW_SLICES, _room(pieces, window) * len({s.backend for s in slices})):
        return _view(pieces, window, found, None, _shares_of_slices(slices, window))
    return _view(pieces, window, found, slices, ())


class Reader(Protocol):
    """Who waits for a view."""

    @property
    def is_waiting(self) -> bool:
        """Whether they still do."""

    @property
    def wants_part(self) -> bool:
        """Whether what is known so far should be told now."""

    def tell(self, view: WindowView) -> None:
        """What is known so far."""


_COARSE_NS: Final = 5 * CELL_NS
"""Columns of so many ns, or more, are summed up from cells: they must be multiples of CELL_NS."""
_WIDEST_NS: Final = 5 * WIDE_NS
"""Likewise of WIDE_NS."""


def column_ns(span_ns: int, columns: int) -> int:
    """The width of a column, so that the columns show at least this span."""
    wide_ns = max(MIN_COLUMN_NS, -(-span_ns // max(1, columns)))
    if wide_ns < _COARSE_NS:
        return wide_ns
    grid_ns = WIDE_NS if wide_ns >= _WIDEST_NS else CELL_NS
    return -(-wide_ns // grid_ns) * grid_ns


def _grid_ns(wide_ns: int) -> int:
    """The cells from which columns of such a width are summed up."""
    return WIDE_NS if wide_ns >= _WIDEST_NS and wide_ns % WIDE_NS == 0 else CELL_NS


def _room(pieces: Pieces, window: Window) -> int:
    """Columns of the window of which something is known."""
    begins_ns = max(window.from_ns, pieces.begins_ns)
    return max(0, min(window.to_ns, pieces.ends_ns) - begins_ns) // window.column_ns


def _slices(found: Iterable[Piece], window: Window) -> tuple[Slice, ...]:
    """Those that touch the window, by their start; one that has not ended runs on."""
    ended: list[Slice] = []
    running: dict[int, list[Slice]] = {}
    for piece in found:
        for each in piece.slices:
            known = running.get(each.backend)
            if known is not None and known[0].start_ns <= each.start_ns:
                del running[each.backend]
            ended.append(each)
        for backend in {each.backend for each in piece.running}:
            running[backend] = [each for each in piece.running if each.backend == backend]
    both = [*ended, *(each for batch in running.values() for each in batch)]
    touching = [
        each
        for each in both
        if each.start_ns < window.to_ns and (each.end_ns == RUNS or each.end_ns > window.from_ns)
    ]
    touching.sort(key=lambda each: (each.start_ns, each.backend))
    return tuple(touching)


def _shares_of_slices(
    slices: Iterable[Slice], window: Window
) -> tuple[tuple[int, int, int, int], ...]:
    first = window.from_ns // window.column_ns
    busy: dict[tuple[int, int, int], int] = {}
    begun: dict[int, int] = {}
    for each in slices:
        if begun.get(each.backend) == each.start_ns:
            continue  # one batch counts once
        begun[each.backend] = each.start_ns
        begin_ns = max(each.start_ns, window.from_ns)
        end_ns = window.to_ns if each.end_ns == RUNS else min(each.end_ns, window.to_ns)
        for cell, held_ns in cells_of(begin_ns, end_ns, window.column_ns):
            key = (cell - first, each.backend, each.stream)
            busy[key] = busy.get(key, 0) + held_ns
    return _sorted(busy)


def _coarse(pieces: Pieces, window: Window, reader: Reader | None) -> WindowView:
    """From the cells; the newest chunks are read first, since they are what one looks at."""
    numbers = pieces.numbers(window.from_ns, window.to_ns + REACH_NS)
    for number in [n for n in reversed(numbers) if not pieces.has_coarse(n)]:
        pieces.coarse(number)
        if reader is not None and not reader.is_waiting:
            break
        if reader is not None and reader.wants_part:
            reader.tell(_summed(pieces, window, numbers, complete=False))
    return _summed(pieces, window, numbers, complete=all(map(pieces.has_coarse, numbers)))


def _summed(pieces: Pieces, window: Window, numbers: range, *, complete: bool) -> WindowView:
    found = [pieces.coarse(number) for number in numbers if pieces.has_coarse(number)]
    if pieces.tail is not None:
        found.append(pieces.tail)
    grid_ns = _grid_ns(window.column_ns)
    per_column = window.column_ns // grid_ns
    first = window.from_ns // window.column_ns
    busy: dict[tuple[int, int, int], int] = {}
    for piece in found:
        for cell, backend, stream, held_ns in piece.wide if grid_ns == WIDE_NS else piece.cells:
            column = cell // per_column - first
            if 0 <= column < window.columns:
                key = (column, backend, stream)
                busy[key] = busy.get(key, 0) + held_ns
    return _view(pieces, window, found, None, _sorted(busy))._replace(complete=complete)


def _sorted(busy: dict[tuple[int, int, int], int]) -> tuple[tuple[int, int, int, int], ...]:
    rows = ((*key, held_ns) for key, held_ns in busy.items())
    return tuple(sorted(rows, key=lambda row: (row[0], row[1], -row[3], row[2])))


def _view(
    pieces: Pieces,
    window: Window,
    found: Iterable[Piece],
    slices: tuple[Slice, ...] | None,
    shares: tuple[tuple[int, int, int, int], ...],
) -> WindowView:
    inside = [
        each
        for piece in found
        for each in piece.incidents
        if window.from_ns <= each.t_ns < window.to_ns
    ]
    misses: dict[tuple[int, int], int] = {}
    for each in inside:
        if each.kind in {"miss", "drop"}:
            key = ((each.t_ns - window.from_ns) // window.column_ns, each.stream)
            misses[key] = misses.get(key, 0) + 1
    rare = [each for each in inside if each.kind not in {"miss", "drop"}][:MAX_INCIDENTS]
    usual = [each for each in inside if each.kind in {"miss", "drop"}]
    told = rare + usual[: MAX_INCIDENTS - len(rare)]
    return WindowView(
        window=window,
        begins_ns=pieces.begins_ns,
        ends_ns=pieces.ends_ns,
        complete=True,
        slices=slices,
        shares=shares,
        misses=tuple((column, stream, count) for (column, stream), count in misses.items()),
        incidents=tuple(sorted(told, key=lambda each: each.t_ns)),
    )
