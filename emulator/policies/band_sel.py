"""Band's shortest expected latency (MobiSys 2022), from its code.

Of all new slices the one whose best finish is latest ("no, that's not a typo") is put into the
queue of its best backend, then the next one. Where a slice was put it stays, so this policy
remembers, and it has to be shown all that waits: its decisions take time in proportion to that.
"""

from collections import deque
from collections.abc import Sequence

from emulator.policies.axes import Admission
from emulator.policies.band import WINDOW, largest_best_finish
from emulator.policies.base import BackendState, Decision, GeneralPolicy, ReadySlice
from emulator.policies.walk import Chip


class Sel:
    """A queue for each backend; nothing leaves one but to run there or because it is given up."""

    name = "sel"
    description = (
        "each slice is queued at once where it would end first, that with the latest end before "
        "others"
    )
    admission = Admission.KEEP
    chunk = 0
    sticky = True

    def __init__(self) -> None:
        self._queues: dict[int, deque[int]] = {}
        """Handles by backend."""
        self._queued: set[int] = set()

    def fresh(self) -> GeneralPolicy:
        """Nothing is queued."""
        return Sel()

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Queues what is new and starts the head of each idle backend's queue."""
        chip = Chip(now_ns, backends)
        waiting = {each.handle: each for each in ready}
        busy = chip.busy_ns.copy()
        self._queued &= waiting.keys()
        for backend in range(len(backends)):
            handles = self._queues.setdefault(backend, deque())
            self._queues[backend] = deque(each for each in handles if each in waiting)
            for handle in self._queues[backend]:
                busy[backend] += _cost(waiting[handle], backend)
        new = [each for each in ready if each.handle not in self._queued]
        new.sort(key=lambda each: (each.ready_ns, each.tie))
        for begin in range(0, len(new), WINDOW):
            self._enqueue(new[begin : begin + WINDOW], busy)
        decisions: list[Decision] = []
        for backend, handles in self._queues.items():
            if chip.idle[backend] and handles:
                decisions.append(chip.start(waiting[handles[0]], backend))
        return decisions

    def _enqueue(self, window: Sequence[ReadySlice], busy: list[int]) -> None:
        left = list(range(len(window)))
        while left:
            position, backend = largest_best_finish(window, left, busy)
            left.remove(position)
            ready = window[position]
            busy[backend] += _cost(ready, backend)
            self._queues[backend].append(ready.handle)
            self._queued.add(ready.handle)


def _cost(ready: ReadySlice, backend: int) -> int:
    return ready.slice_ns[ready.backends.index(backend)]
