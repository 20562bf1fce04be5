"""The command as a process: pipes, signals, terminals, completion, and what it imports."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rtgen_tui.cli import app

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "rtgen_tui")


def environment(**more: str) -> dict[str, str]:
    """Ours without what would color or complete."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("_")}
    kept.pop("NO_COLOR", None)
    kept.pop("FORCE_COLOR", None)
    return {**kept, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color", **more}


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The finished process; nothing is a terminal."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=REPOSITORY,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def run_on_terminal(*arguments: str, **more: str) -> bytes:
    """What a process prints to a terminal on stdout."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=REPOSITORY,
            env=environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(screen.fileno()), b""))
        assert process.wait() == 0
    return printed


def _read(fd: int) -> bytes:
    """What is there; nothing once the other side has closed (Linux reports that as an error)."""
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""


def test_the_module_is_the_command() -> None:
    """`python -m rtgen_tui` runs and calls itself rtgen-tui."""
    done = run("run", "--help")

    assert done.returncode == 0
    assert done.stdout.startswith("Usage: rtgen-tui run ")


def test_data_and_words_are_kept_apart() -> None:
    """A headless run without a terminal prints figures to stdout and nothing to stderr."""
    done = run("run", "video-call", "--duration", "1s")

    assert done.returncode == 0
    assert done.stdout.startswith("scenario  video-call")
    assert done.stderr == ""


def test_bad_input_is_no_traceback() -> None:
    """The exit code and the sentence are those of the real process."""
    done = run("run", "vide-call")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: unknown scenario 'vide-call', did you mean 'video-call'?\n"


@pytest.mark.parametrize("arguments", [("list",), ("schema", "profile")])
def test_a_reader_may_go_away(arguments: tuple[str, ...]) -> None:
    """A closed pipe ends the command without a word, whether its output is short or long."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=REPOSITORY,
            env=environment(),
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 0
    assert done.stderr == b""


def test_stdout_may_be_closed() -> None:
    """Without any stdout the command ends in peace."""
    call = " ".join((*COMMAND, "list", "policies", "--json"))
    done = subprocess.run(
        ["/bin/sh", "-c", f"{call} >&-"],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_sentence() -> None:
    """Output that cannot be written is exit code 1 and one sentence."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "list", "policies"],
            cwd=REPOSITORY,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr == "error: [Errno 28] No space left on device\n"


def test_progress_shows_on_a_terminal_and_ctrl_c_ends_it() -> None:
    """A long run shows a bar on stderr if that is a terminal; ctrl-c is 130 without a traceback."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [*COMMAND, "run", "video-call", "--headless", "--duration", "1000h"],
        cwd=REPOSITORY,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    printed = _read(ours)
    while printed and b"video-call under fcfs" not in printed:
        printed += _read(ours)
    process.send_signal(signal.SIGINT)
    while chunk := _read(ours):
        printed += chunk
    os.close(ours)
    stdout, _ = process.communicate()

    assert process.returncode == 130
    assert stdout == b""
    assert b"interrupted" in printed
    assert b"Traceback" not in printed


def test_colors_are_for_terminals() -> None:
    """A terminal gets colors unless NO_COLOR is set, a pipe gets none."""
    call = ("show", "policy", "edf")

    assert b"\x1b[1m" in run_on_terminal(*call)
    assert b"\x1b[3" not in run_on_terminal(*call, NO_COLOR="1")
    assert "\x1b" not in run(*call).stdout


def test_a_poor_encoding_is_no_traceback() -> None:
    """Characters that the output cannot hold become question marks."""
    done = run("show", "scenario", "game-npc", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert done.stdout.startswith("game-npc: ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "rtgen-tui ",
            {
                *("run", "replay", "compare", "capacity", "regret", "check", "session"),
                *("list", "show", "validate", "schema", "config", "new", "check-policy"),
                *("doctor", "models", "measure", "twin", "attach", "serve", "web"),
            },
        ),
        ("rtgen-tui run vid", {"video-call"}),
        ("rtgen-tui run video-call --policy ed", {"edf"}),
        ("rtgen-tui run video-call --policy edf/e", {"edf/earliest-finish"}),
        ("rtgen-tui run video-call --profile ryzen-ai-9", {"ryzen-ai-9-hx-370"}),
        ("rtgen-tui show policy h", {"heft", "hybrid"}),
        ("rtgen-tui show profile ryzen-ai-9", {"ryzen-ai-9-hx-370"}),
        ("rtgen-tui list po", {"policies"}),
        ("rtgen-tui schema pro", {"profile"}),
    ],
)
def test_completion(line: str, expected: set[str]) -> None:
    """Bash is offered commands and the names of profiles, scenarios and policies."""
    done = CliRunner().invoke(app, [], prog_name="rtgen-tui", env=asked_by_bash(line))

    assert done.stderr == ""
    assert set(done.stdout.split()) == expected


def asked_by_bash(line: str) -> dict[str, str]:
    """What its completion sets in the environment, for a line with the cursor at its end."""
    words = line.split(" ")
    return {
        "_RTGEN_TUI_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }


def test_the_program_completes() -> None:
    """As bash calls it."""
    done = run(**asked_by_bash("rtgen-tui run video-call --policy ed"))

    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["edf"], "")


CORE = {"emulator", "pydantic", "rich"}
LIGHT: tuple[tuple[tuple[str, ...], set[str]], ...] = (
    (("--help",), set()),
    (("run", "--help"), {"pydantic"}),
    (("validate", "scenarios/video-call.toml"), CORE),
    (("list",), {*CORE, "msgpack"}),
    (("show", "profile", "two-core-cpu"), {*CORE, "msgpack"}),
    (("show", "scenario", "video-call"), {*CORE, "msgpack"}),
    (("run", "video-call", "--duration", "1s"), {*CORE, "msgpack"}),
)
"""What each may load; none may load less than the one before, as one process runs them all."""


def test_commands_start_light() -> None:
    """No command but the dashboard loads the screens, ONNX Runtime or numpy; help loads no core."""
    code = f"""
import sys
from rtgen_tui.__main__ import main
for arguments in {[arguments for arguments, _ in LIGHT]}:
    sys.argv = ["rtgen-tui", *arguments]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, arguments
    print(*{{name.partition(".")[0] for name in sys.modules}}, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    heavy = {*CORE, "textual", "onnxruntime", "numpy", "msgpack", "asyncio"}
    loaded = [set(line.split()) for line in done.stderr.splitlines()]

    assert "typer" in loaded[0]
    for (arguments, allowed), modules in zip(LIGHT, loaded, strict=True):
        assert modules & heavy <= allowed, arguments
