"""Importing ONNX Runtime: its messages, its telemetry, and a machine without it."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.ort import runtime as runtime_module
from emulator.ort.runtime import RuntimeMissingError, log_file, quiet, runtime

REPOSITORY = Path(__file__).parents[3]


def test_without_onnxruntime_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what does not work, what still does, and what to install."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(RuntimeMissingError) as raised:
        runtime()

    sentence = str(raised.value)
    assert "pip install onnxruntime" in sentence
    assert "emulation works without it" in sentence
    assert "\n" not in sentence


def test_an_interrupt_while_it_loads_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy, which takes the longest, is loaded first: its interrupt is not a failed import."""

    def interrupted(name: str) -> None:
        raise KeyboardInterrupt if name == "numpy" else ImportError("import numpy failed")

    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    monkeypatch.setattr(importlib, "import_module", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runtime()


def test_what_native_code_prints_goes_to_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither file descriptor reaches the screen meanwhile; both do afterwards."""
    with quiet():
        os.write(1, b"from a plug-in\n")
        os.write(2, b"a warning\n")
    os.write(1, b"after\n")

    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("after\n", "")
    assert log_file().read_text(encoding="utf-8").endswith("from a plug-in\na warning\n")


def test_a_log_that_cannot_be_written_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The messages are then lost, and still not on the screen."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(runtime_module, "log_file", lambda: tmp_path / "file" / "log")
    with quiet():
        os.write(2, b"lost\n")
    assert capfd.readouterr().err == ""


def test_quiet_within_quiet_restores_once(capfd: pytest.CaptureFixture[str]) -> None:
    """Opening a model within another's opening leaves the outer one quiet."""
    with quiet():
        with quiet():
            os.write(1, b"inner\n")
        os.write(1, b"outer\n")
    os.write(1, b"after\n")
    assert capfd.readouterr().out == "after\n"


def test_telemetry_is_off_before_the_import() -> None:
    """A fresh interpreter turns it off; `import emulator` loads no ONNX Runtime."""
    pytest.importorskip("onnxruntime")
    code = (
        "import os, sys, emulator\n"
        "assert 'onnxruntime' not in sys.modules and 'onnx' not in sys.modules\n"
        "from emulator.ort.runtime import runtime\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "runtime()\n"
        "print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnx' in sys.modules)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1", "False"]
