"""How the program ends after a mistake: several files, exit codes, bugs, control characters."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rtgen_tui import exits
from rtgen_tui.cli import app
from tests.rtgen_tui.bad_files import SCENARIO, write_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder, with a file for each way to be wrong."""
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


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
