"""What happens when the terminal goes away: the core is closed and the process ends, always.

A closing terminal sends SIGHUP, which would end Python at once and leave the core unclosed. Where
SIGHUP is ignored (nohup, some remote shells) nothing comes at all, and Textual's input thread reads
end of file for ever at 100 % CPU. The first case needs a handler, the second somebody who looks.
"""

import asyncio
import concurrent.futures
import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from rtgen_tui.exits import is_terminal

if TYPE_CHECKING:
    from textual.driver import Driver

HANGUP_EXIT_CODE: Final = 129
"""128 + SIGHUP, as shells report it."""
LOOK_EVERY_S: Final = 0.25
"""Textual's output queue holds 30 writes; looking this often finds the loss before it is full."""
CLOSE_WITHIN_S: Final = 5.0


def driver_on_stdout() -> "type[Driver] | None":
    """A driver that draws on stdout, where stderr goes to a file; None: Textual's own will do.

    On POSIX Textual draws on stderr, so that stdout can be piped away.
    """
    if sys.platform == "win32" or "TEXTUAL_DRIVER" in os.environ:
        return None
    if is_terminal(sys.__stderr__) or not is_terminal(sys.__stdout__):
        return None
    from textual.drivers.linux_driver import LinuxDriver

    class StdoutDriver(LinuxDriver):
        def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Textual's own
            super().__init__(*args, **options)
            if sys.__stdout__ is not None:
                self._file = sys.__stdout__

    return StdoutDriver


def exit_on_signals(loop: asyncio.AbstractEventLoop, leave: Callable[[int], None]) -> None:
    """Call ``leave`` with the exit code on SIGTERM and SIGHUP; an ignored SIGHUP stays ignored."""
    for name in ("SIGHUP", "SIGTERM"):
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) == signal.SIG_IGN:
            continue
        # Event loops of Windows take no signal handlers.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, leave, 128 + number)


def is_lost(fd: int) -> bool:
    """Whether the terminal at this file descriptor is gone."""
    try:
        if not os.isatty(fd):
            return True
        poll = select.poll()
    except (OSError, AttributeError):
        return False
    poll.register(fd, 0)
    return any(event & (select.POLLHUP | select.POLLNVAL) for _, event in poll.poll(0))


def watch_terminal(fd: int, close: Callable[[], Coroutine[object, object, None]]) -> None:
    """End the process when its terminal is gone, whatever the event loop is doing.

    The watch is a thread and lasts as long as the process, because leaving the screen properly can
    wait for ever for a terminal that is gone. Does nothing when there is no terminal to lose.

    Args:
        fd: the terminal's file descriptor.
        close: closes the core; runs on the event loop of the caller and gets ``CLOSE_WITHIN_S``. A
            loop that cannot run it is left behind: the core ends by itself when its pipe closes.
    """
    if is_lost(fd):
        return
    loop = asyncio.get_running_loop()

    def watch() -> None:
        while not is_lost(fd):
            time.sleep(LOOK_EVERY_S)
        try:
            _run_on(loop, close)
        finally:
            os._exit(HANGUP_EXIT_CODE)

    threading.Thread(target=watch, name="terminal-watch", daemon=True).start()


def _run_on(
    loop: asyncio.AbstractEventLoop, close: Callable[[], Coroutine[object, object, None]]
) -> None:
    """Run ``close`` on the loop and wait for it; a loop that has ended has closed the core."""
    if loop.is_closed():
        return
    done = asyncio.run_coroutine_threadsafe(close(), loop)
    with contextlib.suppress(concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
        done.result(CLOSE_WITHIN_S)
