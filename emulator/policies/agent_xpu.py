"""Reactive work first, proactive work in its slack: Agent.xpu (arXiv 2506.24045).

Reactive is what somebody waits for, here what has a deadline or an LLM target; proactive is the
rest. A proactive slice p starts on backend b only if now + cost(p, b) is not after the latest start
on b of any reactive slice that waits and could still be met there. Prefill prefers the NPU, decode
the iGPU; a reactive arrival overtakes at the next chunk. The paper's bandwidth gate is left out.
"""

from collections.abc import Collection, Hashable, Sequence
from typing import Final

from emulator.journal import INFERENCE, PREFILL
from emulator.policies.axes import Admission
from emulator.policies.base import BackendState, Decision, GroupedPolicy, Key, Queue, ReadySlice
from emulator.policies.phases import of_kind, placed_alike
from emulator.policies.walk import NEVER, Chip, walk

_KINDS: Final = ("npu", "gpu")
"""Of prefill and of decode."""


class AgentXpu(GroupedPolicy):
    """Two classes; the second fills the slack of the first."""

    name = "agent-xpu"
    description = (
        "what somebody waits for, least slack first; the rest only where it fits in that slack"
    )
    admission = Admission.KEEP
    chunk = 256

    def group(self, ready: ReadySlice) -> Hashable:
        """What is placed alike, by class."""
        return is_reactive(ready), placed_alike(ready)

    def key(self, ready: ReadySlice) -> Key:
        """Reactive by latest start, proactive first come first served."""
        latest = ready.latest_start_ns
        return (ready.release_ns if latest is None else latest), ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Reactive slices, then the proactive ones that none of those left waiting forbids."""
        chip = Chip(now_ns, backends)
        kinds = [backend.kind for backend in backends]
        reactive = [queue for queue in queues if is_reactive(queue[0][1])]
        proactive = [queue for queue in queues if not is_reactive(queue[0][1])]

        def wanted(ready: ReadySlice) -> int:
            if ready.phase == INFERENCE:
                return chip.earliest_finish(ready)[1]
            return of_kind(ready, _KINDS[ready.phase != PREFILL], kinds)

        def place(ready: ReadySlice) -> int:
            backend = wanted(ready)
            return backend if chip.idle[backend] else -1

        decisions = walk(chip, reactive, place)
        started = {each.slice.handle for each in decisions}
        limits = [NEVER] * len(backends)
        for queue in reactive:
            waiting = next((each for _, each in queue if each.handle not in started), None)
            if waiting is not None:
                _limit(limits, waiting, now_ns, None if _moves(waiting) else wanted(waiting))

        def fill(ready: ReadySlice) -> int:
            backend = place(ready)
            if backend < 0:
                return -1
            cost = ready.slice_ns[ready.backends.index(backend)]
            return backend if now_ns + cost <= limits[backend] else -1

        return [*decisions, *walk(chip, proactive, fill)]


def is_reactive(ready: ReadySlice) -> bool:
    """Somebody waits for it."""
    return ready.latest_start_ns is not None


def _moves(ready: ReadySlice) -> bool:
    """Whether any of its backends will do."""
    return ready.phase == INFERENCE


def _limit(limits: list[int], waiting: ReadySlice, now_ns: int, only: int | None) -> None:
    """Lowers the limits to the slice's latest starts, where it could still be met."""
    latest = waiting.latest_start_ns
    if latest is None:
        return
    best = min(waiting.rest_ns)
    for backend, rest in zip(waiting.backends, waiting.rest_ns, strict=True):
        start = latest + best - rest
        if start >= now_ns and only in (None, backend):
            limits[backend] = min(limits[backend], start)
