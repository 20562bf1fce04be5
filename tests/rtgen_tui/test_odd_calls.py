"""Calls that nobody means quite so: each ends with one sentence, or with what was likely meant."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from rtgen_tui import exits
from rtgen_tui.__main__ import main
from rtgen_tui.cli import app
from tests.rtgen_tui.one_sentence import assert_one_sentence

CLEAN = Path(__file__).parents[1] / "data" / "session" / "clean.rtgen"
WRONG = [
    ("session export a.rtgen --to csv --out a.rtgen --force", ["a.rtgen", "session itself"]),
    ("session export a.rtgen --to csv --out ./link --force", ["link", "session itself"]),
    ("session export a.rtgen --to parquet --out -", ["--to parquet needs --out PATH"]),
    ("run video-call --headless --record -", ["--record", "'-'"]),
    ("compare a.rtgen a.rtgen --seeds 3", ["--seeds", "recorded sessions"]),
    ("compare a.rtgen a.rtgen --duration 3s", ["--duration", "recorded sessions"]),
    ("replay missing.rtgen", ["missing.rtgen", "No such file"]),
    ("replay .", ["is not a file"]),
    ("replay a.rtgen", ["replay needs a terminal"]),
    ("capacity video-call --policies ''", ["--policies", "''"]),
    ("regret video-call --policies edf,,llf", ["--policies", "'edf,,llf'"]),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a session and a link to it."""
    shutil.copy(CLEAN, tmp_path / "a.rtgen")
    (tmp_path / "link").symlink_to("a.rtgen")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("call", "words"), WRONG, ids=[call for call, _ in WRONG])
def test_an_odd_call_gets_one_sentence(call: str, words: Sequence[str], folder: Path) -> None:
    """It names what is wrong, and the session stays what it was."""
    if "parquet" in call:
        pytest.importorskip("pyarrow")
    assert_one_sentence(call, words)
    assert (folder / "a.rtgen").read_bytes() == CLEAN.read_bytes()


def test_a_dash_is_stdout(folder: Path) -> None:
    """`--out -` prints the table and makes no file of that name."""
    call = "session export a.rtgen --to csv"
    printed = CliRunner().invoke(app, f"{call} --out -").stdout

    assert printed == CliRunner().invoke(app, call).stdout != ""
    assert not (folder / "-").exists()


def test_a_closed_stdout_is_no_mistake(folder: Path) -> None:
    """`>&-` closes it: the table goes nowhere, and nobody is told."""
    call = [sys.executable, "-m", "rtgen_tui", "session", "export", "a.rtgen", "--to", "jsonl"]
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *call],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_of_no_width_is_as_wide_as_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS=0, as some CI systems set it, prints what a pipe gets."""
    monkeypatch.delenv("COLUMNS", raising=False)
    in_a_pipe = CliRunner().invoke(app, "list profiles").stdout
    monkeypatch.setenv("COLUMNS", "0")

    assert CliRunner().invoke(app, "list profiles").stdout == in_a_pipe != ""


def test_colors_can_be_had_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--color always` is for `| less -R`, and wins over NO_COLOR."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "")
    monkeypatch.setenv("RTGEN_TUI_COLOR", "")

    assert "\x1b[1m" in CliRunner().invoke(app, "--color always list profiles").stdout


def test_an_interrupt_while_loading_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl+C before the commands are there ends with the exit code of any other."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["rtgen-tui", "list"])
    monkeypatch.setitem(sys.modules, "rtgen_tui.cli", SimpleNamespace(app=interrupted))
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == exits.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    ("word", "command"),
    [("call-and-game", "run"), ("./mine.toml", "run"), ("a.rtgen", "replay")],
)
def test_a_scenario_in_the_place_of_a_command_is_told_its_command(word: str, command: str) -> None:
    """What a user types who knows what to open, but not how."""
    done = CliRunner().invoke(app, word)

    assert done.exit_code == exits.USER_ERROR
    assert done.stderr == f"error: No such command '{word}': try rtgen-tui {command} {word}\n"
