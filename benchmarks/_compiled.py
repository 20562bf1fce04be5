"""Calling a function in the compiled build (``make fast``) from a benchmark of the pure one."""

import json
import subprocess
from typing import Any

from tools.compile import FAST, ROOT, installed, is_current, python

_CHILD = """
import importlib, json, sys
module, function, root, folder, arguments = sys.argv[1:]
sys.path.append(root)  # after the build, which holds a package of the same name
machine = importlib.import_module("emulator.engine.machine")
assert machine.__file__.startswith(folder) and not machine.__file__.endswith(".py"), machine
print(json.dumps(getattr(importlib.import_module(module), function)(*json.loads(arguments))))
"""


def why_absent() -> str:
    """Why the compiled build cannot be called; empty when it can."""
    if not python().exists():
        return "not compiled: make fast"
    if not is_current("emulator"):
        return f"{FAST.relative_to(ROOT)} is of other sources: make fast"
    return ""


def call(module: str, function: str, *arguments: object) -> Any:  # noqa: ANN401 - as it returns
    """What the function returns there; arguments and result go as JSON."""
    where = [str(ROOT), str(installed()), json.dumps(arguments)]
    command = [str(python()), "-P", "-c", _CHILD, module, function, *where]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
