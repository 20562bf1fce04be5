"""The wall clock of a paced run, as a seam: tests move it by hand instead of sleeping."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic time in nanoseconds, and a wait on it that can be cut short."""

    def now_ns(self) -> int:
        """The wall time now; only differences mean something."""

    async def wait_until(self, t_ns: int | None) -> None:
        """Wait for this wall time (None: forever) or for ``wake``, whichever comes first.

        Always gives other tasks of the loop one turn, even when the time has passed already.
        """

    def wake(self) -> None:
        """End the wait that is going on, or else the next one. Call it from the loop's thread."""


class WallClock:
    """The machine's monotonic clock; waits on the running asyncio loop, whose clock is the same."""

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | None = None
        self._woken = False

    def now_ns(self) -> int:
        """``time.monotonic_ns``."""
        return time.monotonic_ns()

    async def wait_until(self, t_ns: int | None) -> None:
        """Wait for the instant or for ``wake``, as exactly as the loop's selector can."""
        if self._woken or (t_ns is not None and t_ns <= self.now_ns()):
            self._woken = False
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = None if t_ns is None else loop.call_at(t_ns / 1e9, _release, waiter)
        try:
            await waiter
        finally:
            if timer is not None:
                timer.cancel()
            self._waiter = None
            self._woken = False

    def wake(self) -> None:
        """End the wait."""
        self._woken = True
        if self._waiter is not None:
            _release(self._waiter)


class ManualClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns
        self._moved = asyncio.Event()
        self._woken = False

    def now_ns(self) -> int:
        """Where it was moved to last."""
        return self._now_ns

    def move_to(self, t_ns: int) -> None:
        """Set the time; an earlier one than now is ignored, as the clock is monotonic."""
        self._now_ns = max(self._now_ns, t_ns)
        self._moved.set()

    async def wait_until(self, t_ns: int | None) -> None:
        """Wait until the clock was moved there, or for ``wake``."""
        await asyncio.sleep(0)
        while not self._woken and (t_ns is None or self._now_ns < t_ns):
            self._moved.clear()
            await self._moved.wait()
        self._woken = False

    def wake(self) -> None:
        """End the wait."""
        self._woken = True
        self._moved.set()


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
