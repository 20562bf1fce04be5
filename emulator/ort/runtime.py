"""The one place that imports ONNX Runtime: without telemetry, and with its messages in a file."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

from emulator.errors import UserError

ERRORS_ONLY: Final = 3
"""ONNX Runtime's severity of messages: warnings and less are left out."""
NOT_EVEN_ERRORS: Final = 4
"""For single runs, whose errors are raised anyway: their messages would go to the terminal."""

INSTALL: Final = "pip install onnxruntime"

_REDIRECTING: Final = threading.RLock()


class RuntimeMissingError(UserError):
    """ONNX Runtime cannot be imported here; everything that emulates still works."""


def runtime() -> ModuleType:
    """The module `onnxruntime`, ready to use.

    Raises:
        RuntimeMissingError: it is not installed, or does not load on this machine.
    """
    with _REDIRECTING:  # another thread may be importing it
        loaded = sys.modules.get("onnxruntime")
        return loaded if loaded is not None else _imported()


def _imported() -> ModuleType:
    # The library reads this when it is loaded; its wheels send usage data where it is not set.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        with quiet():
            # Its extension module would take an interrupt while NumPy loads for a missing NumPy.
            importlib.import_module("numpy")
            module = importlib.import_module("onnxruntime")
    except (ImportError, OSError) as error:
        reason = " ".join(str(error).split())
        raise RuntimeMissingError(
            f"live runs need ONNX Runtime, which cannot be imported here ({reason}): "
            f"{INSTALL}; emulation works without it"
        ) from None
    module.set_default_logger_severity(ERRORS_ONLY)
    return module


def log_file() -> Path:
    """Where messages of ONNX Runtime and its plug-ins go."""
    from platformdirs import user_log_path

    from emulator.catalog import APPLICATION

    return user_log_path(APPLICATION) / "onnxruntime.log"


@contextmanager
def quiet() -> Iterator[None]:
    """Sends what native code prints to file descriptors 1 and 2 to the log file meanwhile.

    A plug-in that prints while a session is created would otherwise write over the screen.
    """
    with _REDIRECTING:
        sink = _open_log()
        flushed = (sys.stdout, sys.stderr)
        saved: list[tuple[int, int]] = []
        try:
            for stream in flushed:
                if stream is not None and not stream.closed:
                    stream.flush()
            for fd in (1, 2):
                try:
                    saved.append((fd, os.dup(fd)))
                except OSError:
                    continue  # closed: nothing can be printed there
                os.dup2(sink, fd)
            yield
        finally:
            for fd, copy in saved:
                os.dup2(copy, fd)
                os.close(copy)
            os.close(sink)


def _open_log() -> int:
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
