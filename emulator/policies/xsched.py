"""Two policies of XSched (OSDI 2025), from its code: ``lax.cpp`` and ``kedf.cpp``.

XSched resumes and suspends the command queues of processes, each bound to one device. A queue is
one stage of one stream here, bound to its home and first come first served. What runs is not
interrupted, and is not counted; the code counts it.
"""

from collections.abc import Collection, Hashable, Sequence
from typing import Final

from emulator.policies.axes import Admission
from emulator.policies.base import BackendState, Decision, GroupedPolicy, Key, Queue, ReadySlice
from emulator.policies.walk import NEVER, Chip

FOREGROUND_NS: Final = 500_000_000
"""Slices due within this time get a laxity hint. XSched's experiment gives one to the video (due
in 40 ms) and none to the transcription (due in 3 s); the bound between them is ours."""
LAXITY_SHARE: Final = 4
"""A hint is a quarter of the time to the deadline: the experiment's 10 of 40 ms."""


class _Queued(GroupedPolicy):
    """One queue for each stage of each stream."""

    admission = Admission.KEEP
    chunk = 256
    sticky = True

    def group(self, ready: ReadySlice) -> Hashable:
        """Its queue; one that a swap left on another device has one there."""
        return ready.stream, ready.stage, ready.home

    def key(self, ready: ReadySlice) -> Key:
        """First come, first served."""
        return ready.release_ns, ready.tie


class Lax(_Queued):
    """Priority = critical from ready + laxity on, default before; the highest priority runs."""

    name = "lax"
    description = (
        "first come, first served at home; frames overtake once they waited 1/4 of their time"
    )

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """On each idle device the head that became ready first, critical ones before others."""
        chip = Chip(now_ns, backends)
        heads = [queue[0][1] for queue in queues]
        heads.sort(key=lambda each: (critical_ns(each) > now_ns, each.ready_ns, each.tie))
        return [chip.start(each, each.home) for each in heads if chip.idle[each.home]]


class KEdf(_Queued):
    """The k queues with the earliest deadlines run, the others are suspended; k = devices."""

    name = "kedf"
    description = (
        "only the k queues whose heads are due first may run, each at home; k = number of backends"
    )

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """The k earliest, where their device is idle."""
        chip = Chip(now_ns, backends)
        heads = [queue[0][1] for queue in queues]
        heads.sort(key=_deadline)
        resumed = heads[: len(backends)]
        return [chip.start(each, each.home) for each in resumed if chip.idle[each.home]]


def critical_ns(ready: ReadySlice) -> int:
    """From when the slice has the critical priority."""
    if ready.deadline_ns is None:
        return NEVER
    left = ready.deadline_ns - ready.ready_ns
    return ready.ready_ns + left // LAXITY_SHARE if left <= FOREGROUND_NS else NEVER


def _deadline(ready: ReadySlice) -> Key:
    return (NEVER if ready.deadline_ns is None else ready.deadline_ns), ready.tie
