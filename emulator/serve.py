"""The core as a process: commands come over one pipe, frames leave over another.

See protocol.py for what is said, core.py for what is done.
"""

import asyncio
import contextlib
import faulthandler
import threading
import traceback
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from emulator.catalog import load_reader
from emulator.collector import IdleCollector
from emulator.serving.clock import WallClock
from emulator.serving.core import Core
from emulator.serving.emulation import Builder, build
from emulator.serving.loop import caller, failure, on_signals, run
from emulator.serving.pipes import FrameWriter, MessageReader
from emulator.serving.trial_inbox import TrialInbox
from emulator.session.worker import WorkerThread

if TYPE_CHECKING:
    from emulator.policies.trial import Trial

_FLUSH_S: Final = 1.0
"""How long the last frames may take on their way to a client that reads slowly."""


STUCK_S: Final = 15.0
"""How long a policy of somebody's own may keep the core from everything else."""
_LOAD_READER_S: Final = 2.0
"""The first frame, and a core that is only asked something, come before."""


def serve(commands_fd: int, frames_fd: int, *, builder: Builder = build) -> int:
    """Work until the client or a signal ends it; returns the exit status of the process.

    0: ended on request, by a closed pipe or a signal. 1: a bug of ours, or a client that does not
    speak the protocol; the last error frame says which.
    """
    return run(_serve(commands_fd, frames_fd, builder))


async def _serve(commands_fd: int, frames_fd: int, builder: Builder) -> int:
    loop = asyncio.get_running_loop()
    clock, from_thread = WallClock(), caller(loop)

    def end_of_commands(problem: str | None) -> None:
        from_thread(
            partial(core.finish, "the client closed the pipe")
            if problem is None
            else partial(core.fail, f"the client does not speak our protocol: {problem}")
        )

    reader = MessageReader(
        commands_fd, on_message=partial(from_thread, clock.wake), on_end=end_of_commands
    )
    writer = FrameWriter(
        frames_fd, on_closed=lambda: from_thread(partial(core.finish, "the client reads no more"))
    )
    worker = WorkerThread(
        on_done=partial(from_thread, clock.wake),
        on_failed=lambda error: from_thread(partial(core.fail, failure(error))),
    )
    try_out = partial(_try_out, partial(from_thread, clock.wake))
    core = Core(
        clock,
        TrialInbox(reader, try_out),
        writer,
        builder=builder,
        housekeeping=IdleCollector(),
        worker=worker,
        alarm=_set_alarm,
        try_out=try_out,
    )
    _end_when_stuck(loop, core)
    on_signals(loop, lambda name: core.finish(f"ended by {name}"))
    writer.start()
    reader.start()
    loop.call_later(_LOAD_READER_S, _load_reader)
    try:
        await core.serve()
    except Exception as error:  # noqa: BLE001  # the process ends here, and its client must hear why
        _report(core, error)
    try:
        core.close(core.finished or "")
    except Exception as error:  # noqa: BLE001  # likewise
        _report(core, error)
    writer.send({"t": "bye", "reason": core.finished})
    writer.close(_FLUSH_S)
    return 1 if core.failed else 0


def _try_out(on_done: Callable[[], None], name: str) -> "Trial":
    # Loaded when it is asked for: only those who bring a policy need it.
    from emulator.policies.trial import Trial

    return Trial(name, on_done)


def _end_when_stuck(loop: asyncio.AbstractEventLoop, core: Core) -> None:
    """Ends the process when somebody's own policy cannot be interrupted; looks again and again."""
    if core.runs_own_policy:
        _set_alarm()
    else:
        faulthandler.cancel_dump_traceback_later()
    loop.call_later(STUCK_S / 10, _end_when_stuck, loop, core)


def _set_alarm() -> None:
    """Has the process end unless this is called again in time."""
    # Its thread is one of C: it needs no interpreter lock, which a call into C may hold for ever.
    faulthandler.dump_traceback_later(STUCK_S, exit=True, file=2)


def _load_reader() -> None:
    """Have a thread load what reads files: a run must not stand still when streams are added."""
    threading.Thread(target=load_reader, name="load-reader", daemon=True).start()


def _report(core: Core, error: Exception) -> None:
    with contextlib.suppress(OSError):
        traceback.print_exc()
    core.fail(failure(error))
