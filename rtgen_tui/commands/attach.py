"""`rtgen-tui attach`: a run that goes on elsewhere on this machine, on the dashboard."""

from typing import Annotated, Final, TypeAlias

import typer

EPILOG: Final = "Example:  rtgen-tui attach ./run.sock"

SocketPath: TypeAlias = Annotated[
    str, typer.Argument(metavar="SOCKET", help="Of a run that was started with --serve SOCKET.")
]


def attach(socket: SocketPath) -> None:
    """Watch and steer a run that is served on a socket; quitting leaves it going on."""
    from rtgen_tui.commands.attaching import run_attached

    run_attached(socket)
