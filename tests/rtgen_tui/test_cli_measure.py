"""`doctor`, `models` and `measure`: what they print, write and refuse."""

import io
import json
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.catalog import load_profile, user_folder
from emulator.ort.models.catalog import cards
from rtgen_tui import exits
from rtgen_tui.cli import app
from rtgen_tui.commands.progress import Progress
from tests.emulator.ort.ort_examples import needs_onnx, tiny_image_model

QUICK = ("--runs", "3", "--seconds", "0", "--no-pairs")


def call(*arguments: str, code: int = exits.OK) -> tuple[str, str]:
    """Stdout and stderr of a call that must end with this code."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == code, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def blur(tmp_path: Path) -> str:
    """`--model` for a tiny model under the name blur."""
    path = tmp_path / "blur.onnx"
    path.write_bytes(tiny_image_model())
    return f"blur={path}"


@needs_onnx
def test_doctor_shows_what_there_is() -> None:
    """The CPU is served, by which provider, and as which backends."""
    out, _ = call("doctor")
    assert "CPUExecutionProvider" in out
    shown = json.loads(call("doctor", "--json")[0])
    assert list(shown) == [
        "onnxruntime",
        "cores",
        "log",
        "hardware",
        "devices",
        "plugins",
        "missing",
        "models",
    ]
    (cpu,) = (each for each in shown["devices"] if each["provider"] == "CPUExecutionProvider")
    assert cpu["backends"] in (["cpu0", "cpu1"], ["cpu"])
    assert shown["models"].keys() == {each.name for each in cards()}


@pytest.mark.parametrize("command", [("doctor",), ("measure", "--models", "face-landmarks")])
def test_without_onnxruntime_there_is_one_sentence(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2 and what to install; no traceback."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    out, err = call(*command, code=exits.USER_ERROR)
    assert out == ""
    assert err.startswith("error: live runs need ONNX Runtime")
    assert len(err.splitlines()) == 1


def test_the_list_of_models_needs_no_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """All cards, and whose weights they have."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    rows = call("models", "list")[0].splitlines()
    for each in cards():
        (row,) = (row for row in rows if row.split()[:1] == [each.name])
        assert each.weights in row
    listed = json.loads(call("models", "list", "--json")[0])["models"]
    assert [each["name"] for each in listed] == [each.name for each in cards()]


@needs_onnx
def test_a_model_is_built_and_shown() -> None:
    """Its file, its inputs, and that its weights are random."""
    (path,) = call("models", "build", "face-landmarks")[0].splitlines()
    assert Path(path).is_file()
    out, _ = call("models", "show", "face-landmarks")
    assert "random: its timing is real, its output means nothing" in out
    assert "face float32[1, 3, 192, 192]" in out
    shown = json.loads(call("models", "show", "face-landmarks", "--json")[0])
    assert (shown["file"], shown["bytes"]) == (path, Path(path).stat().st_size)


@needs_onnx
def test_a_measured_profile_can_be_used_at_once(blur: str) -> None:
    """Without --out it is the profile this-machine, which --profile and list know."""
    out, err = call("measure", "--model", blur, *QUICK)

    path = user_folder() / "profiles" / "this-machine.toml"
    assert out == f"{path}\n"
    assert "[1/1] blur on cpu" in err
    profile = load_profile("this-machine")
    path.unlink()
    assert set(profile.models) == {"blur"}
    assert profile.models["blur"][profile.backend_names[0]].basis == "measured"


@needs_onnx
def test_a_file_is_not_replaced_unasked(blur: str, tmp_path: Path) -> None:
    """--force replaces it; --json prints all figures."""
    target = tmp_path / "mine.toml"
    target.write_text("kept", encoding="utf-8")
    _, err = call("measure", "--out", str(target), "--model", blur, code=exits.USER_ERROR)
    assert "exists already" in err
    assert target.read_text(encoding="utf-8") == "kept"

    out, _ = call("measure", "--out", str(target), "--model", blur, *QUICK, "--force", "--json")
    figures = json.loads(out)
    assert list(figures) == ["profile", "format", "host", "options", "models", "slowdowns"]
    assert tomllib.loads(target.read_text(encoding="utf-8"))["name"] == "mine"
    assert [path.name for path in tmp_path.glob("mine*")] == ["mine.toml"]


@needs_onnx
def test_a_model_that_cannot_be_opened_is_told_once_and_leaves_no_file(tmp_path: Path) -> None:
    """Its pairs of backends are not tried, and there is nothing to go on from."""
    (tmp_path / "blur.onnx").write_text("no model")
    options = ("--backend", "cpu0=cpu", "--backend", "cpu1=cpu", "--runs", "3")
    target, model = str(tmp_path / "mine.toml"), f"blur={tmp_path / 'blur.onnx'}"
    _, err = call("measure", "--out", target, "--model", model, *options, code=exits.USER_ERROR)
    assert err.count("cannot be opened") == 1
    assert "no model could be measured on any backend" in err
    assert [each.name for each in tmp_path.iterdir()] == ["blur.onnx"]


@needs_onnx
def test_the_next_command_that_is_told_works(blur: str, tmp_path: Path) -> None:
    """A profile of one model carries no scenario of ours."""
    target = tmp_path / "mine.toml"
    _, err = call("measure", "--out", str(target), "--model", blur, *QUICK)
    assert f"rtgen-tui show profile {target}" in err
    assert "live-small" not in err


@needs_onnx
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--backend", "npu=VitisAIExecutionProvider"), "it comes with the Ryzen AI Software"),
        (("--backend", "gpu=DmlExecutionProvider"), "pip install onnxruntime-directml"),
        (("--backend", "cpu"), "'cpu' is given twice"),
        (("--models", "portrait"), "unknown model 'portrait'"),
        (("--model", "x=none.onnx"), "there is no file none.onnx"),
        (("--out", "mine.json"), "a profile is a .toml file"),
        (("--runs", "0"), "a whole number from 1"),
        (("--patience", "-1"), "--patience"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: tuple[str, ...], expected: str) -> None:
    """Exit code 2, nothing on stdout."""
    out, err = call("measure", "--backend", "cpu", *options, code=exits.USER_ERROR)
    assert out == ""
    assert expected in err
    assert len(err.splitlines()) == 1


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_progress_is_one_line_on_a_terminal() -> None:
    """It changes in place and is gone at the end."""
    screen = Screen()
    with Progress(4, screen) as progress:
        progress.begin("one")
        progress.begin("two")
        progress.detail("prefill-32")
    assert "\n" not in screen.getvalue()
    assert "━━━━━─────────────── 2/4 two: prefill-32" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_progress_is_a_line_per_step_in_a_file() -> None:
    """Without details."""
    file = io.StringIO()
    with Progress(2, file) as progress:
        progress.begin("one")
        progress.detail("prefill-32")
        progress.begin("two")
    assert file.getvalue() == "[1/2] one\n[2/2] two\n"
