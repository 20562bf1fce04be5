"""Starts the core as a process of its own: ``python -m emulator serve``.

Kept apart from the client, which needs asyncio: the core is the slowest to load, so its process is
started before anything else is imported.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import emulator


def spawn_core() -> "subprocess.Popen[bytes]":
    """The process, with a pipe for each of its three streams. Raises OSError: it cannot start."""
    return spawn("emulator", "serve")


def spawn(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """A module of ours as a process, as ``spawn_core``. Raises OSError: it cannot start."""
    # -P: a file in the working directory must not stand in for a module of ours.
    options = ("-P", "-X", "faulthandler", "-X", "utf8")
    return spawn_command((sys.executable, *options, "-m", module, *arguments))


def spawn_command(command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Any command as a process, as ``spawn_core``. Raises OSError: it cannot start."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=_environment(),
        **_own_process_group(),
    )


def _environment() -> dict[str, str]:
    """Ours, with the folder of the packages in the search path where they are not installed."""
    environment = dict(os.environ)
    root = str(Path(emulator.__file__).resolve().parents[1])
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        paths = [root, *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment


def _own_process_group() -> dict[str, Any]:
    """Ctrl+C in the terminal is for the screen; the core ends when its pipe closes."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
