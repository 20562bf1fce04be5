"""Runs what is to run for real in a process of its own, and reads what it saw."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from emulator.errors import UserError
from emulator.ort.twin.observation import Observation
from emulator.ort.twin.request import TwinRun

MODULE: Final = "emulator.ort.twin.real_run"
_LAST_WORDS: Final = 300


def run_for_real(run: TwinRun, module: str = MODULE) -> Observation:
    """Executes a run and waits for its end.

    Raises:
        UserError: it cannot be run, or its process died.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder) / "observation.json"
        done = subprocess.run(
            [sys.executable, "-m", module, str(out)],
            input=json.dumps(run.to_dict()),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not out.exists():
            words = " ".join(done.stderr.split())[-_LAST_WORDS:]
            raise UserError(f"twin: the process of the real run died ({done.returncode}): {words}")
        found = json.loads(out.read_text(encoding="utf-8"))
    if "error" in found:
        raise UserError(found["error"])
    return Observation.from_dict(found["observation"])
