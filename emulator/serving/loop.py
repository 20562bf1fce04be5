"""The event loop of a process that serves: precise waits, calls from threads, and signals."""

import asyncio
import contextlib
import selectors
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Final, TypeAlias, TypeVar

from emulator.early_wake import DELAY_S, wake_early

T = TypeVar("T")
FromThread: TypeAlias = Callable[[Callable[[], None]], None]

_SWITCH_INTERVAL_S: Final = 0.0002


def run(work: Coroutine[object, object, T]) -> T:
    """Work to its end on a loop of its own."""
    # The pipes have threads of their own: by default one may keep the loop waiting for 5 ms.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    # select() waits in microseconds; epoll rounds up to whole milliseconds.
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        runner.get_loop().call_later(DELAY_S, wake_early)
        return runner.run(work)


def caller(loop: asyncio.AbstractEventLoop) -> FromThread:
    """A way for threads to have something called on the loop, as long as there is one."""

    def from_thread(callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            loop.call_soon_threadsafe(callback)

    return from_thread


def on_signals(loop: asyncio.AbstractEventLoop, end: Callable[[str], None]) -> None:
    """Have the name of a signal told that asks the process to end."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if not hasattr(signal, name):  # Windows has no SIGHUP
            continue
        number = signal.Signals[name]
        try:
            # Wakes the selector as well; a plain handler that comes just before select() does not.
            loop.add_signal_handler(number, end, name)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_, name=name: loop.call_soon_threadsafe(end, name))


def failure(error: BaseException) -> str:
    """A bug of ours as one sentence for the client."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return f"the core failed: {text[:500]}"
