"""Windows of a journal: exact where slices can be told apart, summed up where not."""

from emulator.journal import COMPLETED, Event
from emulator.protocol import Decoder, encode
from emulator.timeline.piece import CELL_NS, RUNS
from emulator.timeline.pieces import Pieces
from emulator.timeline.search import incident
from emulator.timeline.window import Window, WindowView, column_ns, from_wire, view_of
from tests.emulator.timeline.test_pieces import MS, Chunks, ran

SECOND = 1_000_000_000


def pieces_of(*events: Event, chunks: int = 25) -> Pieces:
    """Ten seconds of a journal, the events in the chunks of their instants."""
    cut: list[list[Event]] = [[] for _ in range(chunks)]
    for event in sorted(events, key=lambda each: each[1]):  # type: ignore[arg-type, return-value]
        cut[min(event[1] // (400 * MS), chunks - 1)].append(event)  # type: ignore[operator]
    pieces = Pieces(Chunks(cut))
    pieces.refresh()
    return pieces


def test_slices_that_touch_the_window_are_shown() -> None:
    """Those that begin before it or end after it too, wherever their events are."""
    pieces = pieces_of(
        *ran(0, 1, 0, 900), *ran(0, 2, 900, 1000), *ran(0, 3, 1000, 3000), *ran(1, 4, 5000, 5001)
    )
    view = view_of(pieces, Window(950 * MS, MS, 100))

    assert view.slices is not None
    assert [each.job for each in view.slices] == [2, 3]
    assert view.slices[1].end_ns == RUNS, "its end lies far beyond what was asked for"


def test_columns_are_summed_up_where_there_are_too_many() -> None:
    """From slices, and in wide columns from cells: the sums are the same."""
    slices = [event for n in range(900) for event in ran(n % 2, n, 10 * n, 10 * n + 7, n % 3)]
    pieces = pieces_of(*slices)
    fine = view_of(pieces, Window(0, 200 * MS, 50))
    coarse = view_of(pieces, Window(0, 1000 * MS, 10))
    wide = view_of(pieces, Window(0, 2500 * MS, 4))

    assert fine.slices is None is coarse.slices is wide.slices

    def busy(view: WindowView) -> int:
        return sum(held_ns for *_, held_ns in view.shares)

    assert busy(fine) == busy(coarse) == busy(wide) == 900 * 7 * MS
    assert max(column for column, *_ in fine.shares) == 44


def test_the_columns_of_a_window_show_at_least_its_span() -> None:
    """Wide ones are whole cells."""
    for span_ns in (MS, 7 * MS, 200 * MS, 30 * SECOND, 600 * SECOND):
        for columns in (8, 77, 109, 400):
            wide_ns = column_ns(span_ns, columns)
            assert wide_ns * columns >= span_ns
            assert wide_ns < 5 * CELL_NS or wide_ns % CELL_NS == 0


def test_misses_are_counted_by_column_and_stream() -> None:
    """Those outside the window are not."""
    late = [
        (COMPLETED, t_ms * MS, stream, n, "late", "backlog")
        for n, (t_ms, stream) in enumerate([(5, 0), (105, 1), (106, 1), (109, 0), (900, 0)])
    ]
    view = view_of(pieces_of(*late), Window(100 * MS, 10 * MS, 10))

    assert sorted(view.misses) == [(0, 0, 1), (0, 1, 2)]


class Impatient:
    """Wants a part after every tenth chunk, and goes away after the second one."""

    def __init__(self) -> None:
        self.parts: list[WindowView] = []
        self._looks = 0

    @property
    def is_waiting(self) -> bool:
        """Until there are two parts."""
        return len(self.parts) < 2

    @property
    def wants_part(self) -> bool:
        """Now and then."""
        self._looks += 1
        return self._looks % 10 == 0

    def tell(self, view: WindowView) -> None:
        """A part."""
        self.parts.append(view)


def test_a_long_read_is_told_in_parts_and_can_be_broken_off() -> None:
    """The newest chunks come first; when nobody waits any more, nothing more is read."""
    source = Chunks([ran(0, n, 400 * n, 400 * n + 100) for n in range(300)])
    pieces = Pieces(source)
    pieces.refresh()
    reader = Impatient()
    view = view_of(pieces, Window(0, 1000 * MS, 120), reader)

    assert [each.complete for each in (*reader.parts, view)] == [False, False, False]
    assert source.reads == list(range(299, 278, -1))
    assert view_of(pieces, Window(0, 1000 * MS, 120)).complete


def test_a_view_survives_the_wire() -> None:
    """As msgpack brings it, it is the same."""
    view = view_of(pieces_of(*ran(0, 1, 0, 100)), Window(0, MS, 200))
    (message,) = Decoder().feed(encode({"t": "window", "view": view}))

    assert from_wire(message["view"]) == view  # type: ignore[arg-type]


def test_incidents_are_found_in_both_directions() -> None:
    """Of some streams or of all; an instant itself is not found again."""
    late = [
        (COMPLETED, t_ms * MS, stream, stream, "late", "")
        for t_ms, stream in [(100, 0), (2000, 1), (7000, 0)]
    ]
    pieces = pieces_of(*late)

    def at(t_ms: int, direction: int, streams: set[int] | None = None) -> int | None:
        found = incident(pieces, t_ms * MS, direction, streams)
        return None if found is None else found.t_ns // MS

    assert at(0, 1) == 100
    assert at(100, 1) == 2000
    assert at(100, 1, {0}) == 7000
    assert at(7000, -1) == 2000
    assert at(100, -1) is None
    assert at(7000, 1) is None
