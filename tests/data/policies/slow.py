"""Takes its time for each decision."""

import time
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
    """Takes its time for each decision."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Decision]:
        """Misbehaves."""
        until_ns = time.perf_counter_ns() + 8_000_000
        while time.perf_counter_ns() < until_ns:
            pass
        return first_idle(ready, backends)
