"""`rtgen-tui replay`: a recorded session on the dashboard."""

from typing import Annotated, Final, TypeAlias

import typer

from rtgen_tui.commands.run import CoreCommand, On

EPILOG: Final = "Example:  rtgen-tui replay call.rtgen --at 03:41 --speed 4"

SessionFile: TypeAlias = Annotated[str, typer.Argument(metavar="FILE", help="A session (.rtgen).")]
At: TypeAlias = Annotated[
    str, typer.Option(metavar="TIME", help="Where to begin: 03:41, 1:02:03, 221s or 3.5m.")
]
Speed: TypeAlias = Annotated[
    str, typer.Option(metavar="X", help="Virtual seconds per second: 0.1 to 100, or max.")
]
Paused: TypeAlias = Annotated[bool, typer.Option("--paused", help="Begin with a still picture.")]


def replay(
    file: SessionFile,
    at: At = "0",
    speed: Speed = "1",
    paused: Paused = False,
    on: On = None,
    core: CoreCommand = None,
) -> None:
    """Replay a recorded session on the dashboard.

    The same screens as of a live run, and a bar to go to any time of it; ? shows all keys.
    """
    from rtgen_tui.commands.replaying import run_replay
    from rtgen_tui.core_address import core_address

    run_replay(file, at, speed, paused=paused, address=core_address(on, core))
