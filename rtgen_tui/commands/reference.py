"""Writes help texts into docs: ``python -m rtgen_tui.commands.reference docs/cli.md``."""

import re
import sys
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from rtgen_tui.cli import app

BLOCK: Final = re.compile(
    r"^```console\n\$ rtgen-tui (.*?--help)\n.*?^```$", re.DOTALL | re.MULTILINE
)
"""A block of the page that begins with a call for help."""


def refreshed(page: str) -> str:
    """The page with what ``--help`` really prints in each of its blocks, at 80 columns."""
    return BLOCK.sub(lambda match: _block(match[1]), page)


def _block(arguments: str) -> str:
    printed = CliRunner().invoke(app, arguments).stdout.strip()
    return f"```console\n$ rtgen-tui {arguments}\n{printed}\n```"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")
