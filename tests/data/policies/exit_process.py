"""Ends the process in the middle of a decision."""

import os
from collections.abc import Sequence

from emulator.policies import BackendState, Decision, ReadySlice, Run


def first_idle(ready: Sequence[ReadySlice], backends: Sequence[BackendState]) -> list[Decision]:
    """First come, first served: what each of these does when it behaves."""
    idle = {backend.index for backend in backends if backend.idle}
    decisions: list[Decision] = []
    for each in ready:
        place = next((backend for backend in each.backends if backend in idle), None)
        if place is not None:
            idle.remove(place)
            decisions.append(Run(each, place))
    return decisions


class Policy:
    """Ends the process in the middle of a decision."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Decision]:
        """Misbehaves."""
        if now_ns > 500_000_000:
            os._exit(3)
        return first_idle(ready, backends)
