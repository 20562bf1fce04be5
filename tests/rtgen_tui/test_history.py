"""Snapshots of several cores become one sequence with a longer log."""

from emulator.snapshot import LogLine
from rtgen_tui.history import MAX_LINES, History
from tests.rtgen_tui.snapshots_for_tests import make_snapshot


def line(seq: int, text: str = "") -> LogLine:
    """A log line."""
    return LogLine(seq, seq * 1_000_000, "info", -1, text or f"line {seq}")


def log_of(history: History) -> list[tuple[int, str]]:
    """Numbers and texts of what would be shown."""
    newest = history.take(None)
    assert newest is not None
    return [(each.seq, each.text) for each in newest.log]


def test_the_same_snapshot_gives_the_same_object() -> None:
    """The screen draws only what is another object."""
    history, raw = History(), make_snapshot()

    assert history.take(raw) is history.take(raw)


def test_lines_that_left_the_snapshot_stay_in_the_log() -> None:
    """A snapshot holds the newest lines only."""
    history = History()
    history.take(make_snapshot(log=(line(0), line(1))))
    history.take(make_snapshot(log=(line(1), line(2))))

    assert log_of(history) == [(0, "line 0"), (1, "line 1"), (2, "line 2")]


def test_lines_that_were_never_seen_leave_a_gap_in_the_numbers() -> None:
    """Whoever reads the log can tell that something is missing."""
    history = History()
    history.take(make_snapshot(log=(line(0),)))
    history.take(make_snapshot(log=(line(5),)))

    assert [seq for seq, _ in log_of(history)] == [0, 5]


def test_a_tape_that_goes_back_takes_its_lines_with_it() -> None:
    """The log is what it was then; the same lines come again when the tape comes to them."""
    history = History()
    history.take(make_snapshot(log=(line(0), line(1), line(2))))
    history.take(make_snapshot(log=(line(0),)))
    back = log_of(history)
    history.take(make_snapshot(log=(line(0), line(1))))
    on = log_of(history)
    history.take(make_snapshot(log=()))

    assert back == [(0, "line 0")]
    assert on == [(0, "line 0"), (1, "line 1")]
    assert log_of(history) == []


def test_own_lines_get_a_number_between_those_of_the_core() -> None:
    """Numbers rise by one, and lines of the core are not taken for seen ones."""
    history = History()
    history.take(make_snapshot(log=(line(0),)))
    history.add_error("refused")
    history.take(make_snapshot(log=(line(0), line(1))))

    assert log_of(history) == [(0, "line 0"), (1, "refused"), (2, "line 1")]


def test_an_own_line_is_shown_without_a_new_snapshot() -> None:
    """A paused engine sends no snapshots, but refusals must be seen."""
    history, raw = History(), make_snapshot(log=())
    before = history.take(raw)
    history.add_error("refused")

    assert history.take(raw) is not before
    assert log_of(history) == [(0, "refused")]


def test_a_new_run_begins_a_new_log() -> None:
    """Lines of the old run would carry times of another run."""
    history = History()
    history.take(make_snapshot(run=1, log=(line(0), line(1))))
    history.take(make_snapshot(run=2, log=(line(0, "new"),)))

    assert log_of(history) == [(0, "new")]


def test_the_first_run_of_a_new_core_is_a_new_run() -> None:
    """Both cores call it run 1."""
    history = History()
    history.take(make_snapshot(run=1, log=(line(0), line(1))))
    history.new_core()
    newest = history.take(make_snapshot(run=1, log=(line(0, "new"),)))

    assert newest is not None
    assert newest.run == 2
    assert log_of(history) == [(0, "new")]


def test_the_log_is_bounded() -> None:
    """A day of misses must not fill the memory."""
    history = History()
    for start in range(0, 3 * MAX_LINES, 100):
        history.take(make_snapshot(log=tuple(line(start + k) for k in range(100))))

    assert len(log_of(history)) == MAX_LINES


def test_an_error_before_the_first_snapshot_has_no_log_to_go_to() -> None:
    """Nothing is invented to hold it."""
    history = History()
    history.add_error("no such profile")

    assert history.take(None) is None
