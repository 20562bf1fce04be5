"""`doctor`, `models` and `measure`: what they print, write and refuse."""

import io
import json
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from emulator.catalog import load_profile, user_folder
from emulator.ort.models.card import ModelCard
from emulator.ort.models.catalog import cards
from rtgen_tui import exits
from rtgen_tui.cli import app
from rtgen_tui.commands import measuring
from rtgen_tui.commands.progress import Progress
from tests.emulator.ort.measuring_fakes import FakeOpener
from tests.emulator.ort.ort_examples import needs_onnx, one_node_model, tiny_image_model

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


@pytest.mark.parametrize("present", [True, False])
def test_the_list_says_what_can_run(present: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model without ONNX Runtime, whatever else is there: it is the first to be installed."""
    monkeypatch.setattr(ModelCard, "missing", lambda _: None)
    runtime = ModuleType("onnxruntime") if present else None
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    out, err = call("models", "list")
    rows = [row.split() for row in out.splitlines()]
    can_run = {row[0]: row[2] for row in rows if len(row) > 2}
    assert {can_run[each.name] for each in cards()} == {"yes" if present else "no"}
    assert (["pip", "install", "onnxruntime"] in rows) is not present
    assert err.startswith("note: live runs need ONNX Runtime") is not present
    listed = json.loads(call("models", "list", "--json")[0])["models"]
    expected = None if present else "pip install onnxruntime"
    assert {each["install"] for each in listed} == {expected}


def test_what_a_model_needs_beside_the_runtime_is_told_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The runtime first, in the list and on the card."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(ModelCard, "missing", lambda _: "pip install more")
    out, _ = call("models", "list")
    assert out.index("pip install onnxruntime") < out.index("pip install more")
    shown = json.loads(call("models", "show", "face-landmarks", "--json")[0])
    assert shown["install"] == "pip install onnxruntime; pip install more"


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


@pytest.mark.parametrize("changed", [False, True])
def test_what_was_measured_of_another_file_is_not_used(
    changed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that was interrupted goes on, unless a name stands for another file by then."""
    (tmp_path / "blur.onnx").write_bytes(b"one model")
    (tmp_path / "other.onnx").write_bytes(b"another model")
    command = ["measure", "--out", f"{tmp_path / 'mine.toml'}", *QUICK, "--backend", "cpu"]
    command += ["--model", f"blur={tmp_path / 'blur.onnx'}"]
    command += ["--model", f"other={tmp_path / 'other.onnx'}"]
    opener = FakeOpener(interrupted_by="other")
    monkeypatch.setattr(measuring, "SessionOpener", lambda _: opener)
    assert CliRunner().invoke(app, command).exit_code != exits.OK
    assert [model for model, _ in opener.opened] == ["blur", "other"]

    if changed:
        (tmp_path / "blur.onnx").write_bytes(b"a third model")
    opener = FakeOpener()
    _, err = call(*command)
    assert [model for model, _ in opener.opened] == ["blur", "other"][not changed :]
    told = "with other options: beginning anew" if changed else "1 of 2 measured before: going on"
    assert told in err
    assert set(load_profile(tmp_path / "mine.toml").models) == {"blur", "other"}


@needs_onnx
@pytest.mark.parametrize(
    ("kind", "shape", "words"),
    [
        (None, (1,), ["has no input, only constants", "from one input or more"]),
        ("FLOAT", (1, 0), ["dimension 1 of input x is 0", "with 1 or more", "x float32[1, 0]"]),
    ],
)
def test_a_model_with_nothing_to_compute_is_one_sentence(
    kind: str | None, shape: tuple[int, ...], words: list[str], tmp_path: Path
) -> None:
    """It names the file, the input and what would be right; no fallback is what it needs."""
    file = tmp_path / "mine.onnx"
    file.write_bytes(one_node_model("Add", kind, shape))
    target = ("--out", str(tmp_path / "mine.toml"), "--model", f"blur={file}")
    _, err = call("measure", *target, *QUICK, "--backend", "cpu", code=exits.USER_ERROR)
    (told,) = (line for line in err.splitlines() if line.startswith("note: blur on cpu"))
    for each in (*words, str(file)):
        assert each in told
    assert "--allow-fallback" not in err


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
