"""Plug-in packages of ONNX Runtime: found where they are installed, and registered once."""

from __future__ import annotations

import importlib
import threading
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from typing import Final

from emulator.ort.known_providers import KNOWN, PLUGIN_PREFIX
from emulator.ort.runtime import quiet, runtime

_LOCK: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed plug-in package; `problem` says why it could not be registered."""

    package: str
    version: str
    providers: tuple[str, ...] = ()
    problem: str | None = None


def register_plugins() -> tuple[Plugin, ...]:
    """Registers every installed plug-in with ONNX Runtime; what they are, sorted by package.

    A process registers once, whoever asks: ONNX Runtime refuses a library that it knows.

    Raises:
        RuntimeMissingError: there is no ONNX Runtime.
    """
    runtime()
    with _LOCK:
        return _registered()


@cache
def _registered() -> tuple[Plugin, ...]:
    modules = {each.package: each.module for each in KNOWN if each.module}
    installed: dict[str, str] = {}
    for found in distributions():
        name = (found.name or "").lower().replace("_", "-")
        if name in modules or name.startswith(PLUGIN_PREFIX):
            installed[name] = found.version
    return tuple(
        _register(package, modules.get(package) or package.replace("-", "_"), version)
        for package, version in sorted(installed.items())
    )


def _register(package: str, module_name: str, version: str) -> Plugin:
    try:
        with quiet():
            module = importlib.import_module(module_name)
            library = str(module.get_library_path())
            providers = tuple(map(str, module.get_ep_names()))
            runtime().register_execution_provider_library(package, library)
    except Exception as error:  # noqa: BLE001 - a broken plug-in must not take the others down
        return Plugin(package, version, problem=" ".join(str(error).split()) or repr(error))
    return Plugin(package, version, providers)
