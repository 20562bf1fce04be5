"""A run on the dashboard, and what is printed after the screen is gone."""

import asyncio
import gc
from typing import TYPE_CHECKING, Final

from emulator.errors import UserError
from rtgen_tui.client import CoreClient
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.exits import EndedError, RunError
from rtgen_tui.session import CoreError, RunRequest

if TYPE_CHECKING:
    import subprocess

    from rtgen_tui.app import RtgenApp

FPS: Final = 10.0
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
        request = asked(choices)
    except UserError:
        with process:
            process.kill()
        raise
    fps = FPS if choices.fps is None else choices.fps
    app = asyncio.run(_show(request, fps, process))
    if app.summary is not None:
        from rtgen_tui.commands.farewell import farewell
        from rtgen_tui.render import line

        for each in farewell(app.summary):
            line(each)
    if app.return_code:
        raise EndedError(app.return_code)
    if app.monitor.problem:
        raise RunError(app.monitor.problem)


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
        duration_s=None if choices.duration_s is None else float(choices.duration_s),
    )


async def _show(request: RunRequest, fps: float, process: "subprocess.Popen[bytes]") -> "RtgenApp":
    """Runs the application, which loads beside its core."""
    core = CoreClient(process)
    try:
        core.listen(request.command())
        from rtgen_tui.app import RtgenApp

        app = RtgenApp(CoreClient, request, fps, running=core)
        confirming = asyncio.create_task(confirmed(core))
        confirming.add_done_callback(lambda task: _begin(task, app))
        await app.run_async()
        if confirming.done():
            confirming.result()
        else:
            confirming.cancel()
    except CoreError as error:
        raise RunError(str(error)) from error
    finally:
        await core.close()
    return app


def _begin(confirming: "asyncio.Task[None]", app: "RtgenApp") -> None:
    """Shows the run at once, or gives the terminal back when there is none to show."""
    if confirming.cancelled():
        return
    if confirming.exception() is not None:
        app.exit()
    else:
        app.call_later(_first_frame, app)


async def _first_frame(app: "RtgenApp") -> None:
    """Draws the run, and has the collector look only at what comes from now on."""
    await app.draw_now()
    gc.freeze()
    gc.enable()


async def confirmed(core: CoreClient) -> None:
    """Waits until the run is on.

    Raises:
        UserError: the core refuses it: an option or a file is wrong.
        CoreError: there is no core.
    """
    await core.start()
    notice = await core.first_answer()
    if notice is not None and notice.kind == "error":
        raise UserError(notice.text)
    if notice is not None:
        raise CoreError(notice.text)
