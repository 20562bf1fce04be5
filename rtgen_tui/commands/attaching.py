"""A run that somebody else started, on the dashboard."""

import asyncio
import sys
from pathlib import Path

from emulator.errors import UserError
from rtgen_tui.commands.start import spawned
from rtgen_tui.core_address import attached
from rtgen_tui.exits import is_terminal
from rtgen_tui.session import RunRequest


def run_attached(socket: str) -> None:
    """Shows it until the user quits or it ends, then says what was seen.

    Raises:
        UserError: there is no such socket, or no terminal.
        RunError: the run has ended.
        EndedError: the screen was told to end with an exit code.
    """
    from emulator.serving.local_socket import connect

    path = Path(socket)
    connect(path).close()
    if not is_terminal(sys.stdin, sys.stdout):
        raise UserError("attach needs a terminal, but input or output is none")
    address = attached(str(path))
    process = spawned(address)
    from rtgen_tui.commands.on_screen import check_ending, show

    request = RunRequest("", "", "", attach=True)
    app = asyncio.run(show(request, process, None, confirm_first=True, address=address))
    from rtgen_tui.commands.farewell import farewell
    from rtgen_tui.render import line

    if app.summary is not None:
        for each in farewell(app.summary):
            line(each)
    check_ending(app)
