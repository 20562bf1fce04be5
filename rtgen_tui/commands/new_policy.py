"""Writes the example of a policy to a file of the user."""

import shlex
from importlib import resources
from pathlib import Path
from typing import Final

from emulator.errors import UserError
from rtgen_tui import render
from rtgen_tui.commands import values

CLASS: Final = "MyPolicy"
_EXAMPLE_NAME: Final = "./mine.py"


def write_policy(file: str) -> None:
    """Writes it and says what to do next.

    Raises:
        UserError: the file exists, is no Python file, or cannot be written.
    """
    path = Path(values.some(file, "FILE"))
    if path.suffix != ".py":
        raise UserError(f"{path}: a policy is a Python file, such as {path.stem or 'mine'}.py")
    name = _as_policy(path)
    try:
        with path.open("x", encoding="utf-8") as written:
            written.write(example().replace(_EXAMPLE_NAME, name))
    except FileExistsError:
        raise UserError(f"{path} exists already: choose another name", source=str(path)) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(f"{path} cannot be written: {why}", source=str(path)) from None
    render.line(f"wrote {path}; it runs as it stands:")
    quoted = shlex.quote(f"{name}:{CLASS}")
    for command in (
        f"run video-call --policy {quoted}",
        f"compare video-call --policies edf,{quoted}",
        f"check-policy {quoted}",
    ):
        render.line(f"  rtgen-tui {command}")
    render.line("Edit it while a dashboard runs it: each save takes over. See docs/own-policies.md")


def example() -> str:
    """The source of the example."""
    return resources.files("emulator.policies").joinpath("example.py").read_text(encoding="utf-8")


def _as_policy(path: Path) -> str:
    """The path as it is written in the name of a policy."""
    return str(path) if path.parent != Path() else f"./{path}"
