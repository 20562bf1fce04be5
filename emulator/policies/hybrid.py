"""Heterogeneity- and phase-aware: each LLM phase where it is fastest, frames first when it matters.

Prefill/decode disaggregation as AMD's hybrid mode has it (prefill on the NPU, decode on the iGPU),
chunked prefill (Sarathi-Serve, arXiv 2403.02310) and slack backfill in the spirit of Agent.xpu
(arXiv 2506.24045): an LLM slice starts only if no waiting real-time slice would miss its deadline
for it.
"""

from collections.abc import Sequence

from emulator.journal import INFERENCE
from emulator.policies.axes import Admission
from emulator.policies.base import BackendState, Decision, ReadySlice, Run

_NEVER = 1 << 62


class Hybrid:
    """EDF over all slices; frames by earliest finish, LLM phases on their own backends."""

    name = "hybrid"
    description = (
        "EDF; prefill and decode each where fastest, and only where no frame misses for it"
    )
    admission = Admission.EARLY_DROP
    chunk = 128

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Walks the ready slices in deadline order and starts over after each start."""
        busy = [max(now_ns, backend.busy_until_ns) for backend in backends]
        idle = [backend.idle for backend in backends]
        waiting = sorted(ready, key=_key)
        decisions: list[Decision] = []
        while any(idle):
            for each in waiting:
                backend = _place(each, waiting, busy, idle, now_ns)
                if backend is not None:
                    break
            else:
                break
            decisions.append(Run(each, backend))
            waiting.remove(each)
            idle[backend] = False
            busy[backend] = now_ns + _cost_on(each, backend)
        return decisions


def _key(each: ReadySlice) -> tuple[int, tuple[int, int, int, int]]:
    return (_NEVER if each.deadline_ns is None else each.deadline_ns, each.tie)


def _place(
    each: ReadySlice, waiting: Sequence[ReadySlice], busy: list[int], idle: list[bool], now_ns: int
) -> int | None:
    """The backend this slice starts on now, or None when it waits."""
    if each.phase == INFERENCE:
        _, backend = _earliest_finish(each, busy)
        return backend if idle[backend] else None
    _, backend = min(zip(each.reference_ns, each.backends, strict=True))
    if not idle[backend]:
        return None
    held = busy.copy()
    held[backend] = now_ns + _cost_on(each, backend)
    for other in waiting:
        if other.phase != INFERENCE or other.deadline_ns is None or backend not in other.backends:
            continue
        if _earliest_finish(other, busy)[0] <= other.deadline_ns < _earliest_finish(other, held)[0]:
            return None
    return backend


def _earliest_finish(each: ReadySlice, busy: list[int]) -> tuple[int, int]:
    """(finish, backend) of the backend where the slice would end first.

    Ties go in profile order.
    """
    return min(
        (busy[backend] + rest, backend)
        for backend, rest in zip(each.backends, each.rest_ns, strict=True)
    )


def _cost_on(each: ReadySlice, backend: int) -> int:
    return each.slice_ns[each.backends.index(backend)]
