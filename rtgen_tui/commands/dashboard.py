"""A run on the dashboard, and what is printed after the screen is gone."""

import asyncio
from typing import TYPE_CHECKING, Final

from emulator.errors import UserError
from emulator.protocol import Message
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.commands.on_screen import check_ending, show
from rtgen_tui.commands.screen_looks import with_defaults
from rtgen_tui.exits import in_browser
from rtgen_tui.session import RunRequest

if TYPE_CHECKING:
    import subprocess

MAX_SEED: Final = 2**63 - 1
"""The largest that the core's protocol takes; a headless run takes any 64-bit integer."""


def run_dashboard(choices: Choices, process: "subprocess.Popen[bytes]") -> None:
    """Runs on the screen, on a core process that was just spawned, then prints what was seen.

    Raises:
        UserError: an option or a file is wrong.
        RunError: the core has ended by itself.
        EndedError: the screen was told to end with an exit code.
    """
    try:
        choices = with_defaults(choices)
        request = asked(choices)
    except UserError:
        with process:
            process.kill()
        raise
    app = asyncio.run(
        show(request, process, choices.fps, record=recording(choices), address=choices.address)
    )
    if in_browser():
        return
    from rtgen_tui.commands.farewell import farewell, recorded
    from rtgen_tui.render import line

    if app.summary is not None:
        for each in farewell(app.summary):
            line(each)
    for each in recorded(app.monitor.recordings.paths):
        line(each)
    check_ending(app)


def asked(choices: Choices) -> RunRequest:
    """What the core is asked for. Raises UserError: the dashboard does not take the seed."""
    if not 0 <= choices.seed <= MAX_SEED:
        raise UserError(f"--seed: the dashboard takes 0 to {MAX_SEED}, not {choices.seed}")
    return RunRequest(
        profile=choices.profile,
        scenario=choices.scenario,
        policy=choices.policy,
        seed=choices.seed,
        speed=1.0 if choices.speed is None else choices.speed,
        effects=choices.effects,
        live=choices.live,
        duration_s=None if choices.duration_s is None else float(choices.duration_s),
    )


def recording(choices: Choices) -> Message | None:
    """The command that has the run recorded, where that was chosen."""
    if choices.record is None:
        return None
    rotate = choices.rotate
    return {
        "t": "record",
        "path": choices.record,
        "rotate_bytes": 0 if rotate is None else rotate.size_bytes,
        "rotate_s": 0 if rotate is None else float(rotate.duration_s),
    }
