"""`rtgen-tui replay`: options, files that do not open, and the way back."""

import subprocess
import sys
from pathlib import Path

import pytest

from emulator.errors import UserError
from rtgen_tui.commands.replaying import asked, left_at
from rtgen_tui.session import ReplayRequest, Tape
from tests.rtgen_tui.one_sentence import assert_one_sentence
from tests.rtgen_tui.test_cli_process import REPOSITORY, run
from tests.rtgen_tui.test_dashboard_process import on_a_terminal

SESSIONS = Path(__file__).parents[1] / "data" / "session" / "screens"
SESSION = SESSIONS / "video-call.rtgen"


def test_options_become_the_request() -> None:
    """Times and speeds as people write them."""
    assert asked("a.rtgen", "03:41", "4", paused=True) == ReplayRequest(
        "a.rtgen", 221_000_000_000, 4.0, paused=True
    )
    assert asked("a.rtgen", "0", "max", paused=False) == ReplayRequest("a.rtgen", speed=0.0)


@pytest.mark.parametrize(
    ("file", "at", "speed", "words"),
    [
        ("a.rtgen", "noon", "1", "--at: a time is written as in"),
        ("a.rtgen", "0", "fast", "--speed"),
        ("a.rtgen", "0", "1000", "--speed"),
        (" ", "0", "1", "FILE"),
    ],
)
def test_a_wrong_option_gets_a_sentence(file: str, at: str, speed: str, words: str) -> None:
    """It names the option."""
    with pytest.raises(UserError, match=words):
        asked(file, at, speed, paused=False)


def test_the_last_line_is_the_way_back() -> None:
    """The command that goes on where the replay was left."""
    tape = Tape("/x/a b.rtgen", 0, 724_000_000_000, growing=False, follows=False)

    assert left_at(221_234_567_890, tape, "a b.rtgen") == (
        "left at 03:41.234 of 12:04.0; go on: rtgen-tui replay 'a b.rtgen' --at 03:41.234"
    )


def test_without_a_terminal_it_says_what_to_use() -> None:
    """A pipe cannot show it."""
    done = run("replay", str(SESSION))

    assert done.returncode == 2
    assert "replay needs a terminal" in done.stderr
    assert "rtgen-tui session info" in done.stderr


def test_a_session_is_shown_until_the_user_quits() -> None:
    """The core opens it, the screen draws it, and the place is told."""
    status, written = on_a_terminal(
        "replay", str(SESSION), "--at", "6.5s", "--paused", typed="q", after=b"REPLAY"
    )

    assert status == 0, written[-2000:]
    assert "REPLAY paused" in written
    assert "left at 00:06.500 of 00:08.0; go on: rtgen-tui replay" in written


@pytest.mark.parametrize("damage", ["none", "short"])
def test_a_file_that_does_not_open_leaves_the_terminal_alone(damage: str, tmp_path: Path) -> None:
    """One sentence that names it, exit status 2, and no escape sequence but that of its color."""
    path = tmp_path / "call.rtgen"
    if damage == "short":
        path.write_bytes(SESSION.read_bytes()[:300])
    status, written = on_a_terminal("replay", str(path))

    assert status == 2, written[-2000:]
    assert "\x1b[?1049h" not in written
    assert len(written.splitlines()) == 1
    assert "call.rtgen" in written


def test_a_live_run_does_not_wait_for_what_only_a_replay_needs() -> None:
    """The first picture comes sooner for it."""
    code = (
        "import sys, rtgen_tui.app, rtgen_tui.commands.dashboard as _; "
        "print(sorted({'rtgen_tui.replay', 'rtgen_tui.instants', 'rtgen_tui.widgets.scrub',"
        " 'rtgen_tui.beside', 'rtgen_tui.whole_files', 'rtgen_tui.screens.compare'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_two_sessions_are_shown_until_the_user_quits() -> None:
    """Both cores open theirs; a second file that does not open leaves the terminal alone."""
    folder = SESSIONS.parent / "compare"
    pair = (str(folder / "fcfs.rtgen"), str(folder / "edf.rtgen"))
    status, written = on_a_terminal("compare", *pair, "--screen", typed="q", after=b"deadline")
    wrong, said = on_a_terminal("compare", pair[0], str(folder / "no.rtgen"), "--screen")

    assert status == 0, written[-2000:]
    assert "edf.rtgen" in written
    assert wrong == 2
    assert "\x1b[?1049h" not in said
    assert "no.rtgen" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--screen", "--screen needs two sessions"),
        ("a.rtgen --screen", "give a second session"),
        ("a.rtgen b.rtgen --screen --json", "contradict each other"),
        ("a.rtgen b.rtgen --screen", "needs a terminal"),
    ],
)
def test_what_the_comparison_on_the_screen_needs_is_said(arguments: str, words: str) -> None:
    """In one sentence, with exit status 2."""
    assert_one_sentence(f"compare {arguments}", [words])
