"""XRBench's runtime (MLSys 2023, ``HET_runtime.hpp``): greedy by latency, or by latency x energy.

It goes round the models in the order of their names and puts the first frame of each on the idle
accelerator with the least latency; a frame whose deadline has passed in the queue is dropped. Ours
decides at every event, not at ticks of the highest frame rate.
"""

from collections.abc import Collection, Hashable, Sequence

from emulator.policies.axes import Admission
from emulator.policies.base import BackendState, Decision, GroupedPolicy, Key, Queue, ReadySlice
from emulator.policies.walk import Chip


class Greedy(GroupedPolicy):
    """Whole models, in the order of names, on the cheapest idle backend."""

    admission = Admission.DROP_LATE
    chunk = 0
    sticky = True

    def __init__(self, name: str, description: str, *, edp: bool) -> None:
        self.name = name
        self.description = description
        self._edp = edp

    def group(self, ready: ReadySlice) -> Hashable:
        """Each model has a queue."""
        return ready.model, ready.stage, ready.stream

    def key(self, ready: ReadySlice) -> Key:
        """First in, first out."""
        return ready.release_ns, ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Rounds over the models until none of them starts anything."""
        chip = Chip(now_ns, backends)
        rounds = {number: 0 for number, _ in enumerate(queues)}
        named = sorted(enumerate(queues), key=lambda each: self._name(each[1][0][1]))
        decisions: list[Decision] = []
        before = -1
        while any(chip.idle) and before < len(decisions):
            before = len(decisions)
            for number, queue in named:
                if rounds[number] < len(queue):
                    ready = queue[rounds[number]][1]
                    backend = self._cheapest(ready, chip)
                    if backend >= 0:
                        decisions.append(chip.start(ready, backend))
                        rounds[number] += 1
        return decisions

    def _name(self, ready: ReadySlice) -> tuple[str, str, str]:
        return ready.model, ready.stage, ready.stream

    def _cheapest(self, ready: ReadySlice, chip: Chip) -> int:
        """The idle backend with the least latency, or latency x energy = latency^2 x power."""
        costs = [
            (rest * rest * power if self._edp else rest, backend)
            for backend, rest, power in zip(
                ready.backends, ready.rest_ns, ready.power_uw, strict=True
            )
            if chip.idle[backend]
        ]
        return min(costs)[1] if costs else -1
