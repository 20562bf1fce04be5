"""`run --live` on the command line: what is refused, and a run that is real from end to end."""

import json
import re
import sys
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.live_request import LiveRequest, live_request
from emulator.ort.real_backends import RealBackends
from rtgen_tui import exits
from rtgen_tui.cli import app
from rtgen_tui.commands import headless_live
from rtgen_tui.session import RunRequest
from tests.emulator.ort.live_fakes import GatedOpener
from tests.emulator.ort.ort_examples import (
    needs_onnx,
    one_node_model,
    tiny_decoder,
    tiny_image_model,
)
from tests.rtgen_tui.one_sentence import assert_one_sentence

PROFILE = """
backends = ["cpu0", "cpu1", "npu"]
[models.blur]
cpu0 = 2
cpu1 = 2
[models.chat]
cpu1 = { prefill_ms = { per_token = 0.1 }, decode_ms = 1 }
[models.denoise]
npu = 1
"""
SCENARIO = """
[[streams]]
name = "cam"
model = "blur"
rate_hz = 50
[[streams]]
name = "mic"
model = "denoise"
rate_hz = 50
[[streams]]
name = "chat"
model = "chat"
arrivals_ms = [0, 50]
prompt_tokens = 12
output_tokens = 6
"""


@pytest.fixture
def files(tmp_path: Path) -> str:
    """Arguments that name a scenario and its profile."""
    (tmp_path / "app.toml").write_text(SCENARIO)
    (tmp_path / "chip.toml").write_text(PROFILE)
    return f"{tmp_path}/app.toml --profile {tmp_path}/chip.toml --headless"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--backend cpu0=cpu", ["--backend", "it needs --live"]),
        ("--threads 2", ["--threads", "it needs --live"]),
        ("--worker cpu0=python3", ["--worker", "it needs --live"]),
        ("--live --no-noise", ["--no-noise", "emulated runs"]),
        ("--live --speed 2", ["--speed", "emulated runs"]),
        ("--live --threads 0", ["--threads", "1 to 1024", "'0'"]),
        ("--live --backend cpu9=cpu", ["--backend", "'cpu9'", "did you mean 'cpu"]),
        ("--live --backend cpu0=NoSuchProvider", ["'cpu0'", "NoSuchProvider"]),
        ("--live --backend cpu0=cpu --model blur=no.onnx", ["--model", "no.onnx"]),
        ("--live --backend cpu0=cpu --worker cpu0", ["--worker", "BACKEND=PYTHON"]),
        (
            "--live --backend cpu0=cpu --model blur=face-landmarks --worker cpu0=/no/python",
            ["--worker", "cannot be started"],
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(files: str, options: str, words: list[str]) -> None:
    """It names the option and says what would be right."""
    assert_one_sentence(f"run {files} {options}", words)


def test_live_before_a_command_says_where_it_belongs() -> None:
    """`rtgen-tui --live SCENARIO` opens the dashboard; a command has its own option."""
    assert_one_sentence("--live video-call list", ["--live", "run SCENARIO --live"])


def test_without_onnxruntime_live_is_one_sentence_and_the_rest_works(
    files: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Emulation needs nothing of it."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert_one_sentence(f"run {files} --live", ["pip install onnxruntime", "emulation works"])
    assert CliRunner().invoke(app, f"run {files} --duration 1s").exit_code == exits.OK


def test_the_core_hears_what_is_to_be_real() -> None:
    """The start command of a live run says so, that of an emulation says that it is none."""
    asked = LiveRequest(backends=("cpu0=cpu",), threads=2)
    command = RunRequest("chip", "app", "edf", live=asked).command()
    assert live_request(command["live"]) == asked
    assert live_request(RunRequest("chip", "app", "edf").command()["live"]) is None


@needs_onnx
def test_two_real_backends_and_an_emulated_one_in_one_verified_run(
    files: str, tmp_path: Path
) -> None:
    """Images and a decoder run for real on two CPU workers beside a profile-timed NPU."""
    (tmp_path / "image.onnx").write_bytes(tiny_image_model())
    (tmp_path / "llm.onnx").write_bytes(tiny_decoder())
    models = f"--model blur={tmp_path}/image.onnx --model chat={tmp_path}/llm.onnx,context=160"
    session = tmp_path / "live.rtgen"
    live = f"--live --backend cpu0=cpu --backend cpu1=cpu {models}"
    done = CliRunner().invoke(
        app, f"run {files} {live} --duration 0.2s --policy edf --record {session} --json"
    )
    assert done.exit_code == exits.OK, done.stderr
    assert "npu timed by the profile" in done.stderr
    told = json.loads(done.stdout)
    assert told["live"]["cpu0"]["provider"] == "CPUExecutionProvider"
    assert [each["released"] for each in told["streams"].values()] == [10, 10, 2]
    assert told["streams"]["chat"]["output_tokens"] == 12
    verified = CliRunner().invoke(app, f"session verify {session} --json")
    assert verified.exit_code == exits.OK, verified.stderr
    found = json.loads(verified.stdout)
    assert found["equal"] is True
    assert found["notes"][-1].startswith("a live run: ")


def test_a_backend_that_goes_down_is_a_note(files: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When and why, once the run is over; it goes on, and the command succeeds."""
    opener = GatedOpener(permits=1_000)
    opener.failure = RuntimeError("the device is gone")
    real = partial(RealBackends, openers={"cpu0": opener})
    monkeypatch.setattr(headless_live, "RealBackends", real)
    done = CliRunner().invoke(app, f"run {files} --live --backend cpu0=cpu --duration 0.1s --json")

    assert done.exit_code == exits.OK, done.stderr
    (note,) = (line for line in done.stderr.splitlines() if "went down" in line)
    assert re.fullmatch(r"note: cpu0 went down at 0\.\d s: RuntimeError: the device is gone", note)
    assert json.loads(done.stdout)["streams"]["cam"]["completed"] > 0


@needs_onnx
@pytest.mark.parametrize(
    ("kind", "shape", "words"),
    [
        (None, (1,), ["has no input, only constants", "from one input or more"]),
        ("FLOAT", (0,), ["dimension 0 of input x is 0", "with 1 or more"]),
    ],
)
def test_a_model_with_nothing_to_compute_is_one_sentence(
    kind: str | None, shape: tuple[int, ...], words: list[str], files: str, tmp_path: Path
) -> None:
    """It names the file; the run does not begin."""
    file = tmp_path / "mine.onnx"
    file.write_bytes(one_node_model("Add", kind, shape))
    live = f"--live --backend cpu0=cpu --model blur={file} --duration 0.1s"
    assert_one_sentence(f"run {files} {live}", ["blur", str(file), *words])


def test_a_model_that_nothing_can_run_is_one_sentence(files: str) -> None:
    """The profile names it, but here nobody knows what to run."""
    words = ["blur on cpu0", "--model blur=FILE.onnx", "models list"]
    assert_one_sentence(f"run {files} --live --backend cpu0=cpu", words)


@needs_onnx
def test_a_request_longer_than_the_context_is_refused_at_the_start(
    files: str, tmp_path: Path
) -> None:
    """In mid-run it would take its backend down."""
    (tmp_path / "llm.onnx").write_bytes(tiny_decoder())
    (tmp_path / "app.toml").write_text(SCENARIO.replace("output_tokens = 6", "output_tokens = 200"))
    (tmp_path / "image.onnx").write_bytes(tiny_image_model())
    models = f"--model blur={tmp_path}/image.onnx --model chat={tmp_path}/llm.onnx,context=160"
    words = ["'chat'", "context of 160 tokens", "up to 212"]
    assert_one_sentence(f"run {files} --live --backend cpu1=cpu {models}", words)
