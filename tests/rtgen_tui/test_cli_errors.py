"""What the user got wrong: one sentence on stderr, exit code 2, nothing else."""

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rtgen_tui import exits
from rtgen_tui.cli import app

REPOSITORY = Path(__file__).parents[2]
PROFILE = "profiles/ryzen-ai-9-hx-370.toml"
SCENARIO = "scenarios/video-call.toml"

FILES = {
    "neither.toml": "a = 1",
    "empty.toml": "",
    "syntax.toml": "x = \ny = 1",
    "format.toml": 'format = 2\nbackends = ["cpu"]\n[models.m]\ncpu = 1',
    "backend.toml": 'backends = ["cpu"]\n[models.m]\ncpuu = 1',
    "key.toml": '[[streams]]\nname = "x"\nmodel = "m"\nrate_hz = 30\ndedline_ms = 3',
    "model.toml": '[[streams]]\nname = "x"\nmodel = "mediapipe-selfi"\nrate_hz = 30',
    "tokens.toml": '[[streams]]\nname = "x"\nmodel = "llama-3.2-1b"\nrate_hz = 30',
    "escape.toml": '[[streams]]\nname = "a\\u001b[31mb"\nmodel = "m"\nrate_hz = 30',
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder, with a file for each way to be wrong."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "binary.toml").write_bytes(b"\x00\xff\xfe")
    (tmp_path / "huge.toml").write_bytes(b"#" * 9_000_000)
    (tmp_path / "dir.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    for shared in ("profiles", "scenarios"):
        (tmp_path / shared).symlink_to(REPOSITORY / shared)
    monkeypatch.chdir(tmp_path)


BAD = [
    # (call, words that the sentence must have)
    ("rnu", ["'rnu'", "'run'"]),
    ("--verion", ["--verion", "--version"]),
    ("run", ["SCENARIO", "run --help"]),
    ("run nope", ["scenario 'nope'", "video-call"]),
    ("run vide-call", ["'vide-call'", "'video-call'"]),
    ("run video-call extra", ["extra", "run --help"]),
    ("run video-call --sed 3", ["--sed", "--seed"]),
    ("run video-call --seed", ["--seed", "argument"]),
    ("run video-call --seed x", ["--seed", "'x'", "whole number"]),
    ("run video-call --seed 18446744073709551616", ["--seed", "18446744073709551615"]),
    ("run video-call --duration 5d", ["--duration", "'5d'", "2m"]),
    ("run video-call --duration -5", ["--duration", "'-5'"]),
    ("run video-call --duration 0", ["--duration", "above 0"]),
    ("run video-call --speed 1000", ["--speed", "0.1 to 100", "'1000'"]),
    ("run video-call --fps zwölf", ["--fps", "1 to 30"]),
    ("run video-call --dashboard", ["--dashboard", "--headless"]),
    ("run video-call --dashboard --json", ["--json", "--dashboard"]),
    ("run video-call --policy fcsf", ["policy 'fcsf'", "'fcfs'"]),
    ("run video-call --policy edf/earliest-finsh", ["'earliest-finsh'", "'earliest-finish'"]),
    ("run video-call --policy edf/affinity/keep/chunk-0", ["'chunk-0'", "chunk-N"]),
    ("run video-call --profile ryzen-ai-9-hx-37", ["'ryzen-ai-9-hx-370'"]),
    ("run video-call --profile missing/chip.toml", ["missing/chip.toml", "does not exist"]),
    (f"run video-call --profile {SCENARIO}", [SCENARIO, "'streams'", "scenario"]),
    (f"run {PROFILE}", [PROFILE, "profile"]),
    ("run dir.toml", ["dir.toml", "folder"]),
    ("run binary.toml", ["binary.toml", "UTF-8"]),
    ("run huge.toml", ["huge.toml", "larger than"]),
    ("run pipe.toml", ["pipe.toml", "not a regular file"]),
    ("run syntax.toml", ["syntax.toml", "line 1"]),
    ("run key.toml", ["key.toml", "'dedline_ms'", "'deadline_ms'"]),
    ("run model.toml", ["'mediapipe-selfi'", "'mediapipe-selfie'"]),
    ("run tokens.toml", ["prompt_tokens", "llama-3.2-1b"]),
    ("run escape.toml", ["escape.toml", "name"]),
    ("list profile", ["'profile'", "'profiles'"]),
    ("list policies twice", ["twice", "list --help"]),
    ("show", ["profile NAME", "scenario NAME", "policy NAME"]),
    ("show profil x", ["'profil'", "'profile'"]),
    ("show profile", ["NAME", "show profile --help"]),
    ("show profile rizen-ai-9-hx-370", ["'ryzen-ai-9-hx-370'"]),
    ("show profile ryzen-ai-9-hx-370 --model llama-3.2-1", ["model", "'llama-3.2-1b'"]),
    ("show scenario video-cal", ["'video-cal'", "'video-call'"]),
    ("show scenario video-call --profile nope", ["profile 'nope'"]),
    ("show scenario model.toml --profile ryzen-ai-9-hx-370", ["'mediapipe-selfi'"]),
    ("show policy edf/x", ["'x'", "earliest-finish"]),
    ("validate", ["FILE", "validate --help"]),
    ("validate missing.toml", ["missing.toml", "does not exist"]),
    ("validate dir.toml", ["dir.toml", "folder"]),
    ("validate neither.toml", ["neither.toml", "[[backends]]", "[[streams]]"]),
    ("validate empty.toml", ["empty.toml", "[[backends]]", "[[streams]]"]),
    ("validate format.toml", ["format.toml", "format 2", "format 1"]),
    ("validate backend.toml", ["backend.toml", "'cpuu'", "'cpu'"]),
    ("schema", ["KIND", "schema --help"]),
    ("schema scenarios", ["'scenarios'", "'scenario'"]),
]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("call", "words"), BAD, ids=[call for call, _ in BAD])
def test_bad_call_gets_one_sentence(call: str, words: list[str]) -> None:
    """Exit code 2, nothing on stdout, one line on stderr that says what and what would be right."""
    done = CliRunner().invoke(app, call)

    assert done.exit_code == exits.USER_ERROR
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(r"error: [^\x00-\x1f│╭]+", line)
    for word in words:
        assert word in line


@pytest.mark.usefixtures("folder")
def test_validate_goes_on_after_a_bad_file() -> None:
    """Each file gets its answer, and one bad file makes exit code 2."""
    done = CliRunner().invoke(app, ("validate", "neither.toml", SCENARIO))

    assert done.exit_code == exits.USER_ERROR
    assert done.stdout == f"{SCENARIO}: ok, scenario video-call\n"
    assert done.stderr.startswith("error: neither.toml ")


@pytest.mark.usefixtures("folder")
def test_validate_as_json_says_what_is_wrong() -> None:
    """The JSON object has the sentence and the key."""
    done = CliRunner().invoke(app, ("validate", "key.toml", "--json"))

    assert done.exit_code == exits.USER_ERROR
    assert '"key": "streams[0].dedline_ms"' in done.stdout
    assert '"ok": false' in done.stdout


@pytest.mark.usefixtures("folder")
def test_list_keeps_a_broken_file_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be loaded is listed with a note, and does not end the list."""
    monkeypatch.setattr("emulator.catalog.user_folder", lambda: tmp_path / "own")
    own = tmp_path / "own" / "scenarios"
    own.mkdir(parents=True)
    (own / "mine.toml").write_text("x = ")
    done = CliRunner().invoke(app, ("list", "scenarios"))

    assert done.exit_code == exits.OK
    assert "mine (cannot be loaded)" in " ".join(done.stdout.split())
    assert done.stderr.startswith("note: ")
    assert "mine.toml" in done.stderr


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no mistake of the user's is raised with its traceback."""

    def broken() -> tuple[str, ...]:
        raise AssertionError("a bug")

    monkeypatch.setattr("emulator.catalog.profile_names", broken)
    with pytest.raises(AssertionError, match="a bug"):
        CliRunner().invoke(app, ("list", "profiles"), catch_exceptions=False)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (exits.RunError("the core has ended"), 1, "error: the core has ended"),
        (OSError(28, "No space left on device"), 1, "error: [Errno 28] No space left on device"),
    ],
)
def test_exit_codes(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Interrupted is 130, what nobody wrote is 1; both say so in one line."""

    def run() -> None:
        raise error

    assert exits.exit_code_of(run) == code
    assert capsys.readouterr().err == f"{line}\n"


def test_a_sentence_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of a file or an argument are not printed."""
    exits.fail("file \x1b[31mred\r\n\u202e", exits.USER_ERROR)

    assert capsys.readouterr().err == "error: file ?[31mred ?\n"
