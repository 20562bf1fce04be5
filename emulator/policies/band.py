"""Band's schedulers (MobiSys 2022), from its code: heterogeneous earliest finish and least slack.

The third, shortest expected latency, is in ``band_sel``. Band's unit is a subgraph, ours a slice.
"""

from collections.abc import Collection, Hashable, Sequence
from heapq import heappop, heappush, merge
from itertools import islice
from typing import Final

from emulator.policies.axes import Admission
from emulator.policies.base import (
    BackendState,
    Decision,
    Drop,
    GroupedPolicy,
    Key,
    Queue,
    ReadySlice,
)
from emulator.policies.walk import NEVER, Chip

WINDOW: Final = 64
"""Slices that are looked at, the longest waiting first: Band's ``schedule_window_size``."""


class _Band(GroupedPolicy):
    """Slices that cost the same on the same backends are one queue."""

    admission = Admission.KEEP
    chunk = 0
    sticky = True

    def group(self, ready: ReadySlice) -> Hashable:
        """Costs."""
        return ready.backends, ready.rest_ns


class Heft(_Band):
    """Of the best finishes the latest goes first; a slice whose best backend is busy yields.

    What yields makes that backend look busier for the slices after it, so that they may choose
    another one. Each start begins anew.
    """

    name = "heft"
    description = (
        "the slice whose earliest finish is latest goes first; if that backend is busy it yields"
    )

    def key(self, ready: ReadySlice) -> Key:
        """Order of being queued."""
        return ready.ready_ns, ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """One start at a time."""
        chip = Chip(now_ns, backends)
        window = [ready for _, ready in islice(merge(*queues, key=_key_of), WINDOW)]
        decisions: list[Decision] = []
        while any(chip.idle):
            chosen = _next_start(window, chip)
            if chosen is None:
                break
            position, backend = chosen
            decisions.append(chip.start(window.pop(position), backend))
        return decisions


def _next_start(window: Sequence[ReadySlice], chip: Chip) -> tuple[int, int] | None:
    """(position, backend) of the first slice, by latest best finish, that does not yield."""
    busy = chip.busy_ns.copy()
    left = list(range(len(window)))
    while left:
        position, backend = largest_best_finish(window, left, busy)
        if chip.idle[backend]:
            return position, backend
        ready = window[position]
        busy[backend] += ready.slice_ns[ready.backends.index(backend)]
        left.remove(position)
    return None


def largest_best_finish(
    window: Sequence[ReadySlice], left: Sequence[int], busy: Sequence[int]
) -> tuple[int, int]:
    """(position, backend) of the slice whose earliest finish is latest; ties: the first one."""
    latest, chosen = -1, (-1, -1)
    seen: set[Hashable] = set()
    for position in left:
        ready = window[position]
        costs = (ready.backends, ready.rest_ns)
        if costs in seen:
            continue
        seen.add(costs)
        finish, backend = min((busy[each] + rest, each) for each, rest in zip(*costs, strict=True))
        if finish > latest:
            latest, chosen = finish, (position, backend)
    return chosen


class LeastSlack(_Band):
    """slack = deadline - now - expected latency, the wait for a busy backend included.

    A job whose earliest expected finish is after a deadline is given up; one whose best backend is
    busy waits without a reservation.
    """

    name = "band-lst"
    description = (
        "least slack first where it ends first, waiting counted; gives up what will not make it"
    )

    def key(self, ready: ReadySlice) -> Key:
        """Slices that cost the same have their deadline to tell them apart."""
        return (NEVER if ready.deadline_ns is None else ready.deadline_ns), ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """In order of the slack that they have before anything is started."""
        chip = Chip(now_ns, backends)
        expected = [chip.earliest_finish(queue[0][1])[0] - now_ns for queue in queues]
        ordered = list(queues)
        heads: list[tuple[int, tuple[int, int, int, int], int, int]] = []

        def enter(number: int, position: int) -> None:
            if position < len(ordered[number]):
                (deadline, tie), _ = ordered[number][position]
                heappush(heads, (deadline - expected[number], tie, number, position))

        for number in range(len(ordered)):
            enter(number, 0)
        decisions: list[Decision] = []
        touched: dict[tuple[str, int], bool] = {}
        """Jobs that something was decided on, and whether they were given up."""
        while heads:
            _, _, number, position = heappop(heads)
            ready = ordered[number][position][1]
            job = (ready.stream, ready.job)
            finish, backend = chip.earliest_finish(ready)
            if touched.get(job):
                enter(number, position + 1)
            elif _violates(ready, finish) and not ready.job_runs and job not in touched:
                decisions.append(Drop(ready, "slo"))
                touched[job] = True
                enter(number, position + 1)
            elif chip.idle[backend]:
                decisions.append(chip.start(ready, backend))
                touched[job] = False
                enter(number, position + 1)
        return decisions


def _violates(ready: ReadySlice, finish_ns: int) -> bool:
    """Whether ending then leaves too little time for a deadline of the job.

    Ending at now + best latency would be a start at now, which the job can take until ``doom_ns``.
    """
    return ready.doom_ns is not None and finish_ns - min(ready.rest_ns) > ready.doom_ns


def _key_of(entry: tuple[Key, ReadySlice]) -> Key:
    return entry[0]
