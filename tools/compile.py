"""``make fast``: build/fast holds this checkout as it is now, its hot modules compiled by mypyc.

Everything else is shared with the environment that runs this. Nothing is built beside the sources,
so the checkout itself always runs what its files say.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAST = ROOT / "build" / "fast"
CONTENTS = {
    "emulator": "emulator",
    "rtgen_tui": "rtgen_tui",
    "profiles": "emulator/data/profiles",
    "scenarios": "emulator/data/scenarios",
}
"""Folders of the checkout, and what they are called in the build."""


def python() -> Path:
    """The interpreter of the compiled build."""
    return Path(sysconfig.get_path("scripts", vars=_bases())) / Path(sys.executable).name


def installed() -> Path:
    """Where the compiled build keeps its packages."""
    return Path(sysconfig.get_path("platlib", vars=_bases()))


def is_current(folder: str) -> bool:
    """Whether the build holds this folder of the checkout as it is now."""
    return _files(ROOT / folder) == _files(installed() / CONTENTS[folder], but="data")


def main() -> None:
    """Makes the compiled build unless it is current."""
    if all(map(is_current, CONTENTS)):
        return
    sys.stderr.write(f"Compiling the engine into {FAST.relative_to(ROOT)} ...\n")
    venv.create(FAST, clear=True, symlinks=os.name != "nt", with_pip=False)
    (installed() / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python(), "install", *options, ROOT],
        check=True,
        env={**os.environ, "HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true"},
    )


def _bases() -> dict[str, str]:
    return {"base": str(FAST), "platbase": str(FAST), "installed_base": str(FAST)}


def _files(folder: Path, *, but: str = "") -> dict[str, bytes]:
    """What is written in a folder, without what is made from it."""
    names = {path: path.relative_to(folder) for path in folder.rglob("*.*")}
    return {
        str(name): path.read_bytes()
        for path, name in names.items()
        if path.suffix in (".py", ".typed", ".toml", ".tcss") and name.parts[0] != but
    }


if __name__ == "__main__":
    main()
