"""Raises when it is loaded."""

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
    """Raises when it is loaded."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Decision]:
        """Misbehaves."""
        return first_idle(ready, backends)


raise RuntimeError("no license for this machine")
