"""A recorded session on the dashboard, and where the user left it."""

import asyncio
import shlex
import sys

from emulator.errors import UserError
from rtgen_tui.commands import values
from rtgen_tui.commands.run import MAX_SPEED, MIN_SPEED
from rtgen_tui.commands.start import spawned
from rtgen_tui.core_address import HERE, CoreAddress
from rtgen_tui.exits import is_terminal
from rtgen_tui.instants import instant_ns
from rtgen_tui.session import ReplayRequest, Tape


def run_replay(
    file: str, at: str, speed: str, *, paused: bool, address: CoreAddress = HERE
) -> None:
    """Replays until the user quits, then says how to come back.

    Raises:
        UserError: an option or the file is wrong, or there is no terminal.
        RunError: the core has ended by itself.
        EndedError: the screen was told to end with an exit code.
    """
    request = asked(file, at, speed, paused=paused)
    if not is_terminal(sys.stdin, sys.stdout):
        if address == HERE:
            _check(request.path)
        raise UserError(
            "replay needs a terminal, but input or output is none: "
            f"`rtgen-tui session info {shlex.quote(file)}` prints what the session holds"
        )
    process = spawned(address)
    from rtgen_tui.commands.on_screen import check_ending, show

    app = asyncio.run(show(request, process, None, confirm_first=True, address=address))
    tape, summary = app.monitor.tape, app.summary
    if tape is not None and summary is not None:
        from rtgen_tui.render import line

        line(left_at(summary.t_ns, tape, file))
    check_ending(app)


def _check(path: str) -> None:
    """Raises SessionError: the file is no session; what it holds need not be spoken of then."""
    from emulator.session.reader import SessionReader

    with SessionReader(path):
        pass


def asked(file: str, at: str, speed: str, *, paused: bool) -> ReplayRequest:
    """What the core is asked for. Raises UserError: an option is wrong."""
    try:
        at_ns = instant_ns(at)
    except ValueError as error:
        raise UserError(f"--at: {error}, not {at!r}", key="--at") from None
    is_max = speed.strip().casefold() == "max"
    times = 0.0 if is_max else values.number(speed, MIN_SPEED, MAX_SPEED, "--speed")
    return ReplayRequest(values.some(file, "FILE"), at_ns, times, paused=paused)


def left_at(t_ns: int, tape: Tape, file: str) -> str:
    """Where the replay was left, as the command that goes on there."""
    from rtgen_tui.widgets.numbers import clock

    here, end = clock(t_ns, 3, hours=False), clock(tape.t_end_ns, hours=False)
    return f"left at {here} of {end}; go on: rtgen-tui replay {shlex.quote(file)} --at {here}"
