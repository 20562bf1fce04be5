"""Two recorded sessions on the screen, side by side on one clock."""

import asyncio
import sys

from emulator.errors import UserError
from rtgen_tui.commands.start import spawned
from rtgen_tui.exits import is_terminal
from rtgen_tui.session import ReplayRequest


def run_comparing_screen(a: str, b: str) -> None:
    """Shows both until the user quits.

    Raises:
        UserError: a file is wrong, or there is no terminal.
        RunError: the core has ended by itself.
        EndedError: the screen was told to end with an exit code.
    """
    if not is_terminal(sys.stdin, sys.stdout):
        raise UserError(
            "compare --screen needs a terminal, but input or output is none: leave out --screen"
        )
    from emulator.session import SessionReader

    for path in (a, b):
        with SessionReader(path):
            """It can be opened: what is wrong with it is said before there is a screen."""
    process = spawned()
    from rtgen_tui.commands.on_screen import check_ending, show

    app = asyncio.run(show(ReplayRequest(a), process, None, confirm_first=True, beside=b))
    check_ending(app)
