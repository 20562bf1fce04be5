"""The application on the terminal, beside a core process that was spawned before it."""

import asyncio
import gc
from functools import partial
from typing import TYPE_CHECKING, Final

from emulator.errors import UserError
from emulator.protocol import Message
from rtgen_tui.client import CoreClient
from rtgen_tui.core_address import HERE, CoreAddress
from rtgen_tui.exits import EndedError, RunError
from rtgen_tui.session import CoreError, ReplayRequest, RunRequest

if TYPE_CHECKING:
    import subprocess

    from rtgen_tui.app import RtgenApp

FPS: Final = 10.0
_LOOK_S: Final = 0.02


async def show(
    request: RunRequest | ReplayRequest,
    process: "subprocess.Popen[bytes]",
    fps: float | None,
    *,
    record: Message | None = None,
    confirm_first: bool = False,
    beside: str = "",
    address: CoreAddress = HERE,
) -> "RtgenApp":
    """Runs the application, which loads beside its core, until the user or the core ends it.

    Args:
        request: what to ask the core for.
        process: the core.
        fps: pictures per second.
        record: the command that has the run recorded from its start; if it is refused, all ends.
        confirm_first: leave the terminal alone until the core has answered.
        beside: a second session, to compare the replay with.
        address: where the core runs, for the next one if it is lost.

    Raises:
        UserError: the core refuses what it is asked for: an option or a file is wrong.
        RunError: there is no core.
    """
    core = CoreClient(process, address)
    try:
        core.listen(*_opening(request, record))
        from rtgen_tui.commands.screen_looks import looks_of
        from rtgen_tui.config import load

        config = load()
        looks = looks_of(config)
        from rtgen_tui.app import RtgenApp

        confirming = asyncio.create_task(confirmed(core, is_recorded=record is not None))
        app = RtgenApp(
            partial(CoreClient, address=address),
            request,
            fps or config.fps or FPS,
            running=core,
            begun=confirming,
            beside=beside,
            looks=looks,
        )
        if confirm_first:
            await asyncio.wait([confirming])
            confirming.result()
        beginning = asyncio.create_task(_begin(confirming, app))
        await app.run_async()
        beginning.cancel()
        if confirming.done():
            confirming.result()
        else:
            confirming.cancel()
    except CoreError as error:
        raise RunError(str(error)) from error
    finally:
        await core.close()
    return app


def _opening(request: RunRequest | ReplayRequest, record: Message | None) -> list[Message]:
    """What to ask the core for first. A run that is to be recorded waits for its recorder."""
    if record is None:
        return [request.command()]
    return [{**request.command(), "paused": True}, record, {"t": "resume"}]


def check_ending(app: "RtgenApp") -> None:
    """Has the program end as the screen did.

    Raises:
        EndedError: the screen was told to end with an exit code.
        RunError: the core has ended by itself.
    """
    if app.return_code:
        raise EndedError(app.return_code)
    if app.monitor.problem:
        raise RunError(app.monitor.problem)


async def confirmed(core: CoreClient, *, is_recorded: bool = False) -> None:
    """Waits until there is something to show, and where it is asked for, until it is recorded.

    Raises:
        UserError: the core refuses it: an option or a file is wrong.
        CoreError: there is no core.
    """
    await core.start()
    notice = await core.first_answer()
    while notice is None and is_recorded and core.recording is None:
        await asyncio.sleep(_LOOK_S)
        notice = next(iter(core.messages()), None)
    if notice is not None and notice.kind == "error":
        raise UserError(notice.text)
    if notice is not None and notice.kind == "died":
        raise CoreError(notice.text)


async def _begin(confirming: "asyncio.Task[None]", app: "RtgenApp") -> None:
    """Shows the run at once, or gives the terminal back when there is none to show."""
    await asyncio.wait([confirming])
    # Textual cannot end while it makes its first screen.
    await app.mounted.wait()
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
