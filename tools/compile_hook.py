"""Hatch's hook that compiles the hot modules into the wheel with mypyc; off unless asked for.

A wheel is built with it when HATCH_BUILD_HOOK_ENABLE_CUSTOM is set, and needs a C compiler then.
Only the wheel holds binaries: none lies beside the sources, where it would hide an edit.
"""

import tempfile
from contextlib import chdir
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULES = (
    "emulator/engine/*.py",
    "emulator/policies/base.py",
    "emulator/policies/hybrid.py",
    "emulator/policies/queues.py",
    "emulator/cost.py",
    "emulator/draws.py",
    "emulator/timing.py",
    "emulator/workload.py",
    "emulator/job_history.py",
    "emulator/job_result.py",
    "emulator/result.py",
    "emulator/shared_time.py",
    "emulator/summary.py",
    "emulator/metrics/streaks.py",
    "emulator/metrics/windows.py",
)
"""Where a run in virtual time spends its time; the rest gains nothing."""


class CompileHook(BuildHookInterface):  # type: ignore[type-arg]  # the configuration is not used
    """Adds one extension module for each of ``MODULES``; the sources stay beside them."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Compiles before the wheel is put together."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="rtgen-tui-")
        with chdir(self.root):
            binaries = compile_modules(Path(self._folder.name))
        included = build_data["force_include"]
        if not isinstance(included, dict):
            raise TypeError("hatchling hands over the files of the wheel in another way now")
        included.update(binaries)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, object], artifact_path: str) -> None:
        """The wheel holds what it needs."""
        if version != "editable":
            self._folder.cleanup()


def compile_modules(folder: Path) -> dict[str, str]:
    """Compiles the modules of the current directory; their paths by that in the wheel."""
    # Imported here: neither is needed to build a wheel without binaries.
    from mypyc.build import mypycify
    from setuptools import Distribution

    sources = sorted(
        str(path)
        for pattern in MODULES
        for path in Path().glob(pattern)
        if path.name != "__init__.py"
    )
    # mypy's own settings for the check; only what is compiled is reported on.
    options = ["--config-file=pyproject.toml", "--follow-imports=silent"]
    extensions = mypycify(
        [*options, *sources], opt_level="3", debug_level="0", target_dir=str(folder / "c")
    )
    distribution = Distribution({"name": "rtgen-tui", "ext_modules": extensions})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "temp")
    command.ensure_finalized()
    command.run()
    library = folder / "lib"
    return {
        str(path): path.relative_to(library).as_posix()
        for path in library.rglob("*")
        if path.suffix in (".so", ".pyd")
    }
