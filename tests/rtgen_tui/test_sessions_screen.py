"""The view of the recorded sessions: its table, and what its keys do."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path

import pytest

from emulator.session import folder
from rtgen_tui.screens.sessions import SessionsScreen, verdict
from rtgen_tui.session_list import read_row, rows_of
from tests.rtgen_tui.screens_for_tests import Running, running, screen_text

DATA = Path(__file__).parents[1] / "data" / "session"
GOLDENS = Path(__file__).parent / "goldens" / "sessions"
NAMES = ("screens/game-npc", "screens/overload", "compare/edf", "torn-tail")


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with four sessions and a file that is none, written one after the other."""
    where = tmp_path / "sessions"
    where.mkdir()
    for number, name in enumerate(NAMES):
        copy = where / f"{Path(name).name}.rtgen"
        shutil.copy(DATA / f"{name}.rtgen", copy)
        os.utime(copy, (1_700_000_000 - number, 1_700_000_000 - number))
    (where / "broken.rtgen").write_bytes(b"nothing")
    os.utime(where / "broken.rtgen", (1_600_000_000, 1_600_000_000))
    monkeypatch.setattr(folder, "sessions_folder", lambda: where)
    monkeypatch.setattr("rtgen_tui.widgets.session_table.ZONE", UTC)
    return where


@asynccontextmanager
async def listed(
    size: tuple[int, int] = (120, 40),
) -> AsyncIterator[tuple[Running, SessionsScreen]]:
    """The view, with the files read."""
    async with running(size=size) as run:
        await run.press("f5")
        await run.frame()
        await run.app.workers.wait_for_complete()
        await run.frame()
        assert isinstance(run.view, SessionsScreen)
        yield run, run.view


def selected(view: SessionsScreen) -> str:
    """Name of the chosen file."""
    row = view.table.selected
    return "" if row is None else row.name


@pytest.mark.usefixtures("sessions")
async def test_the_table_looks_as_it_did() -> None:
    """At every size; UPDATE_GOLDENS=1 writes them anew."""
    async with listed() as (run, view):
        view.table.folder = "~/sessions"
        await run.press("j")
        for width, height in ((120, 40), (80, 24), (60, 20), (40, 10)):
            await run.pilot.resize_terminal(width, height)
            await run.frame()
            text = screen_text(run.app)
            golden = GOLDENS / f"{width}x{height}.txt"
            if "UPDATE_GOLDENS" in os.environ:
                golden.parent.mkdir(parents=True, exist_ok=True)
                golden.write_text(text, encoding="utf-8")
            assert text == golden.read_text(encoding="utf-8")


def test_states_are_told_apart(sessions: Path) -> None:
    """Clean, recovered and unreadable; a file that is being written is recorded just now."""
    rows = {each.name: each for each in rows_of(sessions, {})}

    assert {name: each.state for name, each in rows.items()} == {
        "game-npc.rtgen": "clean",
        "overload.rtgen": "clean",
        "edf.rtgen": "clean",
        "torn-tail.rtgen": "recovered",
        "broken.rtgen": "unreadable",
    }
    torn = sessions / "torn-tail.rtgen"
    os.utime(torn)
    about = torn.stat()
    assert read_row(torn, about.st_size, about.st_mtime).state == "recording"


def test_files_that_stay_the_same_are_read_once(sessions: Path) -> None:
    """The row is the same object."""
    rows = {each.path: each for each in rows_of(sessions, {})}
    again = list(rows_of(sessions, rows))

    assert all(each is rows[each.path] for each in again)


def mode(run: Running) -> str:
    """What is on the screen."""
    return run.app.monitor.mode


async def test_a_session_is_deleted_after_a_question(sessions: Path) -> None:
    """The first answer keeps it."""
    async with listed() as (run, view):
        assert selected(view) == "game-npc.rtgen"
        await run.press("d", "enter")
        assert (sessions / "game-npc.rtgen").exists()
        await run.press("d", "down", "enter")
        assert not (sessions / "game-npc.rtgen").exists()


@pytest.mark.usefixtures("sessions")
async def test_a_session_is_replayed_while_the_live_run_goes_on() -> None:
    """The second core replays; the first lives, and enter on its row shows it again."""
    async with listed() as (run, _):
        await run.press("j", "enter")
        live, replay = run.cores
        assert [each["t"] for each in replay.sent[:1]] == ["replay"]
        assert str(replay.sent[0]["path"]).endswith("overload.rtgen")
        assert mode(run) == "replay"
        assert live.alive
        assert {"t": "rate", "hz": 0.1} in live.sent

        await run.press("f5")
        await run.frame()
        await run.app.workers.wait_for_complete()
        await run.press("g", "enter")
        assert mode(run) == "live"
        assert not replay.alive
        assert live.alive


@pytest.mark.usefixtures("sessions")
async def test_the_live_run_ends_with_the_application() -> None:
    """Nothing is left running behind."""
    async with listed() as (run, _):
        await run.press("enter")
        cores = run.cores
    assert [each.closed for each in cores] == [True, True]


@pytest.mark.usefixtures("sessions")
async def test_a_file_that_cannot_be_read_says_why() -> None:
    """And nothing is opened."""
    async with listed() as (run, view):
        await run.press("G", "enter")
        assert selected(view) == "broken.rtgen"
        assert len(run.cores) == 1
        assert "is not a session file" in run.toasts()[-1]


async def test_any_path_can_be_opened(sessions: Path) -> None:
    """A wrong one is refused in the dialog."""
    async with listed() as (run, _):
        await run.press("o")
        await run.type(str(sessions / "nobody.rtgen"))
        assert len(run.cores) == 1
        await run.type(str(DATA / "clean.rtgen"))
        await run.app.workers.wait_for_complete()
        assert run.app.monitor.mode == "replay"


def test_a_verification_is_told_in_a_sentence() -> None:
    """Equal, different, or why nobody knows."""
    equal = b'{"equal": true, "events": 1200, "t_s": 8.0}'
    different = b'{"equal": false, "events": 12, "t_s": 0.5}'

    assert verdict(equal, b"") == ("verified: all 1,200 events are equal, up to 8.000 s", False)
    assert verdict(different, b"") == ("different after 12 equal events, at 0.500 s", True)
    assert verdict(b"", b"x\nbad file\n") == ("cannot be verified: bad file", True)
