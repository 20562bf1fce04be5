"""Chunked prefill without stalls: Sarathi-Serve (OSDI 2024, arXiv 2403.02310).

An iteration takes one token of every running decode, then a chunk of a prompt that has been begun,
else of a new one (its ``sarathi_scheduler.py``). We have no batches, so the parts of an iteration
run one after another. The paper has no frames: here they go first, between the parts.
"""

from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import Final, TypeAlias

from emulator.journal import DECODE, INFERENCE
from emulator.policies.axes import Admission
from emulator.policies.base import (
    BackendState,
    Decision,
    GroupedPolicy,
    Key,
    Queue,
    ReadySlice,
)
from emulator.policies.walk import NEVER, Chip, walk

_DECODE: Final = 0
_BEGUN: Final = 1
_NEW: Final = 2

_Request: TypeAlias = tuple[str, int, str]


class _Iteration:
    """What an LLM backend has done of its iteration."""

    __slots__ = ("has_read", "served")

    def __init__(self) -> None:
        self.served: set[_Request] = set()
        """Requests that got their token or their chunk."""
        self.has_read = False
        """Whether the chunk of a prompt is taken."""

    def next(self, roles: Sequence[Sequence[Queue]]) -> ReadySlice | None:
        """The next part, of this iteration or of a new one; None when no request waits."""
        for _ in range(2):
            for ready in _in_order(roles[_DECODE]):
                if _request(ready) not in self.served:
                    self.served.add(_request(ready))
                    return ready
            if not self.has_read:
                for ready in (*_in_order(roles[_BEGUN]), *_in_order(roles[_NEW])):
                    self.has_read = True
                    self.served.add(_request(ready))
                    return ready
            self.served.clear()
            self.has_read = False
        return None


class Sarathi(GroupedPolicy):
    """Frames first; of each LLM backend's requests a token each, then one chunk, and again."""

    name = "sarathi"
    description = (
        "stall-free: each running answer one token, then one chunk of a prompt; frames between them"
    )
    admission = Admission.KEEP
    chunk = 512
    sticky = True

    def __init__(self) -> None:
        self._iterations: dict[int, _Iteration] = {}

    def fresh(self) -> GroupedPolicy:
        """No iteration has begun."""
        return Sarathi()

    def group(self, ready: ReadySlice) -> Hashable:
        """Frames by what they cost where, requests by what they need of which backend."""
        if ready.phase == INFERENCE:
            return ready.backends, ready.rest_ns
        return _role(ready), ready.home

    def key(self, ready: ReadySlice) -> Key:
        """Frames by deadline, requests first come first served."""
        if ready.phase != INFERENCE:
            return ready.release_ns, ready.tie
        return (NEVER if ready.deadline_ns is None else ready.deadline_ns), ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Frames where they end first, then the next part of each idle backend's iteration."""
        chip = Chip(now_ns, backends)
        frames = [queue for queue in queues if queue[0][1].phase == INFERENCE]
        requests = [queue for queue in queues if queue[0][1].phase != INFERENCE]
        decisions = walk(chip, frames, chip.earliest_if_idle)
        for backend in {queue[0][1].home: None for queue in requests if queue}:
            if chip.idle[backend]:
                here = [queue for queue in requests if queue[0][1].home == backend]
                roles = [[each for each in here if _role(each[0][1]) == role] for role in range(3)]
                part = self._iterations.setdefault(backend, _Iteration()).next(roles)
                if part is not None:
                    decisions.append(chip.start(part, backend))
        return decisions


def _role(ready: ReadySlice) -> int:
    if ready.phase == DECODE:
        return _DECODE
    return _BEGUN if ready.done else _NEW


def _in_order(queues: Sequence[Queue]) -> Iterator[ReadySlice]:
    """There is at most one queue of a role on a backend."""
    return (ready for queue in queues for _, ready in queue)


def _request(ready: ReadySlice) -> _Request:
    return ready.stream, ready.job, ready.stage
