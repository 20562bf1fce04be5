"""Heterogeneity- and phase-aware: each LLM phase where it is fastest, frames first when it matters.

Prefill/decode disaggregation as AMD's hybrid mode has it (prefill on the NPU, decode on the iGPU),
chunked prefill (Sarathi-Serve, arXiv 2403.02310) and slack backfill in the spirit of Agent.xpu
(arXiv 2506.24045): an LLM slice starts only if no waiting real-time slice would miss its deadline
for it.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Hashable, Sequence

from emulator.journal import INFERENCE
from emulator.policies.axes import Admission
from emulator.policies.base import (
    BackendState,
    Decision,
    GroupedPolicy,
    Key,
    Queue,
    ReadySlice,
    Run,
)

_NEVER = 1 << 62

_Head = tuple[tuple[Key, ReadySlice], int, Queue]
"""The first slice of a queue that is not started yet, its position there, and the queue."""


class Hybrid(GroupedPolicy):
    """EDF over all slices; frames by earliest finish, LLM phases on their own backends."""

    name = "hybrid"
    description = (
        "EDF; prefill and decode each where fastest, and only where no frame misses for it"
    )
    admission = Admission.EARLY_DROP
    chunk = 128
    wants_estimates = False

    def group(self, ready: ReadySlice) -> Hashable:
        """Frames with equal latencies; LLM slices that cost the same where they would run."""
        if ready.phase == INFERENCE:
            return ready.backends, ready.rest_ns
        backend = _fastest(ready)
        return backend, _cost_on(ready, backend)

    def key(self, ready: ReadySlice) -> Key:
        """EDF."""
        return (_NEVER if ready.deadline_ns is None else ready.deadline_ns), ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Walks the heads in deadline order and starts over after each start.

        Slices of one queue would be placed alike, so if the head waits, all of them do.
        """
        busy = [backend.busy_until_ns for backend in backends]
        idle = [backend.idle for backend in backends]
        heads: list[_Head] = [(queue[0], 0, queue) for queue in queues]
        heads.sort()
        decisions: list[Decision] = []
        while any(idle):
            for head in heads:
                backend = _place(head[0][1], heads, busy, idle, now_ns)
                if backend is not None:
                    break
            else:
                break
            (_, ready), position, queue = head
            heads.remove(head)
            decisions.append(Run(ready, backend))
            idle[backend] = False
            busy[backend] = now_ns + _cost_on(ready, backend)
            if position + 1 < len(queue):
                insort(heads, (queue[position + 1], position + 1, queue))
        return decisions


def _place(
    each: ReadySlice, heads: Sequence[_Head], busy: list[int], idle: list[bool], now_ns: int
) -> int | None:
    """The backend this slice starts on now, or None when it waits."""
    if each.phase == INFERENCE:
        _, backend = _earliest_finish(each, busy)
        return backend if idle[backend] else None
    backend = _fastest(each)
    if not idle[backend]:
        return None
    held = busy.copy()
    held[backend] = now_ns + _cost_on(each, backend)
    if any(_would_miss(head, backend, busy, held) for head in heads):
        return None
    return backend


def _would_miss(head: _Head, backend: int, busy: list[int], held: list[int]) -> bool:
    """Whether a frame of this queue would miss only because the backend is held."""
    (_, frame), position, queue = head
    if frame.phase != INFERENCE or backend not in frame.backends:
        return False
    soon, later = _earliest_finish(frame, busy)[0], _earliest_finish(frame, held)[0]
    if soon == later:
        return False
    first = bisect_left(queue, soon, lo=position, key=_deadline)
    return first < len(queue) and _deadline(queue[first]) < later


def _deadline(entry: tuple[Key, ReadySlice]) -> int:
    return entry[0][0]


def _fastest(each: ReadySlice) -> int:
    """The backend on which this phase of an LLM is fastest."""
    return min(zip(each.reference_ns, each.backends, strict=True))[1]


def _earliest_finish(each: ReadySlice, busy: list[int]) -> tuple[int, int]:
    """(finish, backend) of the backend where the slice would end first.

    Ties go in profile order.
    """
    earliest, best = _NEVER, -1
    for backend, rest in zip(each.backends, each.rest_ns, strict=True):
        finish = busy[backend] + rest
        if finish < earliest:
            earliest, best = finish, backend
    return earliest, best


def _cost_on(each: ReadySlice, backend: int) -> int:
    return each.slice_ns[each.backends.index(backend)]
