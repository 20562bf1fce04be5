"""Planaria's score (Ghodrati et al., MICRO 2020) for one device, as Dysta's code has it.

Planaria splits its array among jobs; on a device that cannot be split the resource estimate is 1.
All priorities are 1: scenarios have none.
"""

from emulator.policies.base import ReadySlice
from emulator.policies.scored import Scored


class Planaria(Scored):
    """score = priority / (slack x resource), slack = deadline - now: late jobs come last."""

    name = "planaria"
    description = "highest 1 / slack at home: earliest deadline first, but what is late comes last"

    def score(self, ready: ReadySlice, backend: int, now_ns: int, waiting: int) -> float:
        """Positive before the deadline, 0 without one, negative after it."""
        if ready.deadline_ns is None:
            return 0.0
        slack = ready.deadline_ns - now_ns
        return 1 / slack if slack else float("inf")
