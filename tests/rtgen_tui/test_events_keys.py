"""Keys of the event log on its own view."""

from rtgen_tui.widgets.log import EventLog
from tests.rtgen_tui.screens_for_tests import Running, running
from tests.rtgen_tui.snapshots_for_tests import make_snapshot


def log_of(run: Running) -> EventLog:
    """The log."""
    return run.view.query_one(EventLog)


async def test_levels_show_fewer_lines_and_then_all_again() -> None:
    """All, incidents, misses; the title says which."""
    async with running() as run:
        await run.press("f4")
        shown = []
        for _ in range(3):
            kinds = {line.kind for line in log_of(run).lines}
            shown.append((log_of(run).level, len(log_of(run).lines), kinds <= {"miss", "drop"}))
            await run.press("l")

        assert [level for level, *_ in shown] == ["all", "incidents", "misses"]
        assert shown[0][1] > shown[1][1] > shown[2][1] > 0
        assert [only for *_, only in shown] == [False, False, True]
        assert log_of(run).level == "all"


async def test_one_stream_is_picked_by_name() -> None:
    """Only its lines are shown; esc shows all again."""
    snapshot = make_snapshot()
    stream = next(line.stream for line in reversed(snapshot.log) if line.stream >= 0)
    async with running(snapshot) as run:
        await run.press("f4", "s")
        await run.type(snapshot.streams[stream].name)
        assert {line.stream for line in log_of(run).lines} == {stream}
        assert f"of {snapshot.streams[stream].name}" in run.text()
        await run.press("escape")
        assert len(log_of(run).lines) == len(snapshot.log)


async def test_arrows_point_at_lines() -> None:
    """The first press points at the newest; at the end the log follows again."""
    async with running() as run:
        await run.press("f4")
        log = log_of(run)
        pointed = []
        for key in ("up", "up", "up", "down"):
            await run.press(key)
            pointed.append(log.lines.index(next(x for x in log.lines if x.seq == log.marked)))

        newest = len(log.lines) - 1
        assert pointed == [newest, newest - 1, newest - 2, newest - 1]
        assert not log.follow
        await run.press("down")
        assert log.follow


async def test_a_click_points_at_a_line() -> None:
    """That one."""
    async with running() as run:
        await run.press("f4")
        log = log_of(run)
        await run.pilot.click(log, offset=(10, 2))
        assert log.pointed == log.lines[1]
