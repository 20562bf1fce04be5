"""The core starts light: what `import emulator` must not load."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def loaded_by_the_core() -> set[str]:
    """Top-level modules that a fresh interpreter holds after `import emulator`."""
    code = "import emulator, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ["rtgen_tui", "textual", "rich", "typer", "onnxruntime"])
def test_import_emulator_does_not_load(package: str, loaded_by_the_core: set[str]) -> None:
    """`import emulator` loads no terminal code and no ONNX Runtime."""
    assert "emulator" in loaded_by_the_core
    assert package not in loaded_by_the_core
