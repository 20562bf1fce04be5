"""Looking at the heads of queues only, in order, and over again after each start."""

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Final, TypeAlias

from emulator.policies.base import BackendState, Key, Queue, ReadySlice, Run

NEVER: Final = 1 << 62
"""The deadline of what has none."""


class Chip:
    """The backends while a policy decides: what it starts makes them busy."""

    __slots__ = ("busy_ns", "idle", "now_ns")

    def __init__(self, now_ns: int, backends: Sequence[BackendState]) -> None:
        self.now_ns = now_ns
        self.busy_ns = [backend.busy_until_ns for backend in backends]
        """Until when each is expected to be busy; now when it is idle."""
        self.idle = [backend.idle for backend in backends]

    def start(self, ready: ReadySlice, backend: int) -> Run:
        """The decision to start a slice, and what follows for the backend."""
        self.idle[backend] = False
        self.busy_ns[backend] = self.now_ns + ready.slice_ns[ready.backends.index(backend)]
        return Run(ready, backend)

    def earliest_finish(self, ready: ReadySlice) -> tuple[int, int]:
        """(finish, backend) where the slice would end first; equal ones in profile order."""
        return min(
            (self.busy_ns[backend] + rest, backend)
            for backend, rest in zip(ready.backends, ready.rest_ns, strict=True)
        )

    def earliest_if_idle(self, ready: ReadySlice) -> int:
        """The backend where it would end first if that one is idle, else -1: it waits."""
        backend = self.earliest_finish(ready)[1]
        return backend if self.idle[backend] else -1

    def home_if_idle(self, ready: ReadySlice) -> int:
        """Its home if that one is idle, else -1."""
        return ready.home if self.idle[ready.home] else -1


Place: TypeAlias = Callable[[ReadySlice], int]
"""The backend on which a slice is started now, -1 to let it wait."""


def walk(chip: Chip, queues: Iterable[Queue], place: Place) -> list[Run]:
    """Starts slices in order of their keys; what waits in a queue makes the rest of it wait.

    So slices of one queue must be placed alike, and a start must never let an earlier head start
    that could not before: then there is no need to start over.
    """
    heads: list[tuple[Key, int, int, Queue]] = []
    for number, queue in enumerate(queues):
        heappush(heads, (queue[0][0], number, 0, queue))
    decisions: list[Run] = []
    while heads and any(chip.idle):
        _, number, position, queue = heappop(heads)
        ready = queue[position][1]
        backend = place(ready)
        if backend < 0:
            continue
        decisions.append(chip.start(ready, backend))
        if position + 1 < len(queue):
            heappush(heads, (queue[position + 1][0], number, position + 1, queue))
    return decisions
