"""When to look again for a core whose connection broke."""

from collections.abc import Callable
from typing import Final

FIRST_S: Final = 1.0
MAX_S: Final = 30.0


class Reconnect:
    """Waits twice as long after each failure, up to half a minute; ``now`` gives seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._wait_s = FIRST_S
        self._due_s: float | None = None

    @property
    def is_due(self) -> bool:
        """Whether it is time to try again."""
        return self._due_s is not None and self._now() >= self._due_s

    @property
    def left_s(self) -> float | None:
        """Seconds until the next try, None when none is planned."""
        return None if self._due_s is None else max(0.0, self._due_s - self._now())

    def lost(self) -> None:
        """The connection broke, or could not be made: plan the next try."""
        self._due_s = self._now() + self._wait_s
        self._wait_s = min(2 * self._wait_s, MAX_S)

    def trying(self) -> None:
        """A try is going on."""
        self._due_s = None

    def connected(self) -> None:
        """The core has answered."""
        self._due_s, self._wait_s = None, FIRST_S
