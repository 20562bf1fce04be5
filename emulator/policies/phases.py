"""Each phase of an LLM on one kind of backend, frames by earliest finish on what is left.

``npu-only`` and AMD's hybrid mode, which Ryzen AI software offers side by side: "maximum NPU
utilization while preserving iGPU for parallel workloads", and "compute-heavy prefill phase runs on
the NPU, while the decode phase executes on the GPU". Splitting the phases is also Splitwise (ISCA
2024). AMD says nothing of the order, which is EDF here.
"""

from collections.abc import Collection, Hashable, Sequence

from emulator.journal import INFERENCE, PREFILL
from emulator.policies.axes import Admission
from emulator.policies.base import BackendState, Decision, GroupedPolicy, Key, Queue, ReadySlice
from emulator.policies.walk import NEVER, Chip, walk


class Phases(GroupedPolicy):
    """EDF; prefill and decode each on a kind of backend."""

    admission = Admission.KEEP

    def __init__(self, name: str, description: str, kinds: tuple[str, str], chunk: int) -> None:
        self.name = name
        self.description = description
        self.chunk = chunk
        self._kinds = kinds
        """Of prefill and of decode: npu, gpu or cpu."""

    def group(self, ready: ReadySlice) -> Hashable:
        """What is placed alike."""
        return placed_alike(ready)

    def key(self, ready: ReadySlice) -> Key:
        """EDF."""
        return (NEVER if ready.deadline_ns is None else ready.deadline_ns), ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Walks the heads in deadline order."""
        chip = Chip(now_ns, backends)
        kinds = [backend.kind for backend in backends]

        def place(ready: ReadySlice) -> int:
            if ready.phase == INFERENCE:
                return chip.earliest_if_idle(ready)
            backend = of_kind(ready, self._kinds[ready.phase != PREFILL], kinds)
            return backend if chip.idle[backend] else -1

        return walk(chip, queues, place)


def placed_alike(ready: ReadySlice) -> Hashable:
    """Frames by what they cost where; an LLM phase has one place, whatever its length."""
    costs = ready.rest_ns if ready.phase == INFERENCE else ready.reference_ns
    return ready.phase, ready.backends, costs


def of_kind(ready: ReadySlice, kind: str, kinds: Sequence[str]) -> int:
    """The fastest backend of this kind that lists the phase; of any kind where none does."""
    return min(
        (kinds[backend] != kind, reference, backend)
        for backend, reference in zip(ready.backends, ready.reference_ns, strict=True)
    )[2]
