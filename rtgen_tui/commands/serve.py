"""`rtgen-tui serve`: the core, for a screen on another machine."""

from typing import Final

import typer

EPILOG: Final = "It is started by  rtgen-tui --on HOST  and speaks a binary protocol."


def serve() -> None:
    """Be the core of a screen elsewhere, over stdin and stdout."""
    from emulator.__main__ import main

    raise typer.Exit(main(["serve"]))
