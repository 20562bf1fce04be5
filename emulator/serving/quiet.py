"""Work that can wait for a quiet moment of a paced run, but not for ever."""

from collections.abc import Callable
from typing import Final, TypeVar

from emulator.serving.clock import Clock

R = TypeVar("R")

QUIET_NS: Final = 2_000_000
"""Work is done when no event is due for this long, or as long as it took the last time ..."""


class QuietWork:
    """One kind of work, which remembers what it cost the last time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cost_ns = 0

    def may_begin(self, due_ns: int | None, latest_ns: int) -> bool:
        """Whether this is the moment.

        Args:
            due_ns: wall time of the next event; None: nothing will happen by itself.
            latest_ns: ... but at this wall time whatever is due.
        """
        now_ns = self._clock.now_ns()
        quiet_ns = max(QUIET_NS, self._cost_ns)
        return due_ns is None or due_ns - now_ns >= quiet_ns or now_ns >= latest_ns

    def do(self, work: Callable[[], R]) -> R:
        """Do it, and see what it costs."""
        begin_ns = self._clock.now_ns()
        result = work()
        self._cost_ns = self._clock.now_ns() - begin_ns
        return result
