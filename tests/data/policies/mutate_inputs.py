"""Changes all that it is given, and then behaves."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

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
    """Changes all that it is given, and then behaves."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Decision]:
        """Misbehaves."""
        decisions = first_idle(ready, backends)
        given: Any = ready
        states: Any = backends
        for each in (*given, *states):
            for name in each._fields:
                with suppress(AttributeError):
                    setattr(each, name, 0)
        given.clear()
        states.reverse()
        states.pop()
        return decisions
