"""Ready slices under a policy, and its decisions at one instant.

A dispatcher holds what waits; the engine asks it for one decision at a time and carries it out
before it asks for the next. A keyed policy keeps heaps, one per class of slices with equal backends
and latencies: placement would decide alike for all of a class, so only heads are looked at and an
overloaded stream costs no more than an idle one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from heapq import heapify, heappop, heappush, nsmallest
from typing import Final, NamedTuple

from emulator.engine.jobs import NEVER, READY, Job, StageRun
from emulator.engine.milestones import WorkEstimator, slice_deadline_ns
from emulator.engine.options import affinity_of
from emulator.engine.placements import PLACEMENTS
from emulator.engine.plan import Backends, Options, StagePlan
from emulator.policies.axes import Admission, Axes, Order, Placement


class Occupancy:
    """Which backends run a slice, and until when that is expected."""

    __slots__ = ("busy_until", "free", "idle")

    def __init__(self, backends: int) -> None:
        self.busy_until = [0] * backends
        """Start + table value of the running slice."""
        self.idle = [True] * backends
        self.free = (1 << backends) - 1
        """The idle backends as bits."""

    def occupy(self, backend: int, until_ns: int) -> None:
        """A slice starts."""
        self.idle[backend] = False
        self.free &= ~(1 << backend)
        self.busy_until[backend] = until_ns

    def vacate(self, backend: int) -> None:
        """It ends."""
        self.idle[backend] = True
        self.free |= 1 << backend


class GiveUp(NamedTuple):
    """Decision: drop a job."""

    job: Job
    reason: str


Start = tuple[StageRun, int]
"""Decision: start the stage's next slice on this backend."""


class Decider(ABC):
    """Whoever is asked what to do next."""

    __slots__ = ("chunk", "work")

    def __init__(self, work: WorkEstimator) -> None:
        self.work = work
        self.chunk = work.chunk
        """Tokens of a prefill slice that was decided last; 0 = whole."""

    @abstractmethod
    def next_decision(self, now_ns: int) -> Start | GiveUp | None:
        """A decision, carried out before the next is asked for; None ends the instant."""


class Dispatcher(Decider):
    """What the engine needs of a policy."""

    __slots__ = ("admission", "waiting")

    def __init__(self, admission: Admission, work: WorkEstimator) -> None:
        super().__init__(work)
        self.admission = admission
        self.waiting = 0
        """How many slices wait."""

    @abstractmethod
    def push(self, stage: StageRun, now_ns: int) -> None:
        """A slice became ready, or its key changed; an older entry of the stage is void."""

    @abstractmethod
    def forget(self, stage: StageRun) -> None:
        """A waiting slice waits no longer."""

    def first(self, stages: list[StageRun], most: int, now_ns: int) -> list[StageRun]:
        """At most so many of these waiting slices, those first that have waited longest."""
        return nsmallest(most, stages, key=_by_ready)


class _Class:
    """Slices that placement cannot tell apart."""

    __slots__ = ("backends", "heap", "options")

    def __init__(self, options: Options) -> None:
        self.options = options
        self.backends = sum(1 << backend for backend in options.backends)
        """As bits."""
        self.heap: list[_Entry] = []

    def forget_void(self) -> None:
        """Takes entries that are void off the top."""
        heap = self.heap
        while heap and (heap[0][6].version != heap[0][5] or heap[0][6].state != READY):
            heappop(heap)

    def forget_all_void(self) -> None:
        """Takes all of them out."""
        # In place: the order of what is left does not depend on how it came in.
        self.heap[:] = [each for each in self.heap if each[6].version == each[5] and each[6].waits]
        heapify(self.heap)


_MANY_FORGOTTEN: Final = 256
"""Entries of slices that wait no longer are taken out beyond so many more than there are others."""
_MANY_CLASSES: Final = 64
"""LLM slices make classes of their own by token count; empty ones are forgotten beyond so many."""

_Address = tuple[Backends, tuple[int, ...]] | StagePlan | int
"""What a class is found by: its options, or what stands for them."""

_Entry = tuple[int, int, int, int, int, int, StageRun]
"""key, 0 if it continues now, stream, job, stage, version, the stage."""


class KeyedDispatcher(Dispatcher):
    """A point of the four axes."""

    def __init__(self, axes: Axes, occupancy: Occupancy, ranks: dict[int, int]) -> None:
        super().__init__(axes.admission, WorkEstimator(axes.chunk))
        self._occupancy = occupancy
        self._ranks = ranks
        self._key = self._key_of(axes.order)
        self._place = PLACEMENTS[axes.placement]
        self._affine = axes.placement is Placement.AFFINITY
        self._classes: dict[_Address, _Class] = {}
        self._of_inference: dict[StagePlan, _Class] = {}
        """Of whole inferences, which are the most and never change class."""
        self._affinities: dict[tuple[StagePlan, int], Options] = {}
        self._continuing: list[StageRun] = []
        self._forgotten = 0
        """How many slices were forgotten since entries that are void were taken out."""

    def push(self, stage: StageRun, now_ns: int) -> None:
        """Queues the stage's next slice under its class."""
        if not stage.waits:
            stage.waits = True
            self.waiting += 1
        fresh = 1
        if stage.continues_ns == now_ns:
            fresh = 0
            self._continuing.append(stage)
        stage.version += 1
        plan, job = stage.plan, stage.job
        group = self._of_inference.get(plan) if stage.options is plan.inference else None
        if group is None:
            group = self._class_of(stage)
        heappush(
            group.heap,
            (self._key(stage), fresh, job.plan.index, job.index, plan.index, stage.version, stage),
        )

    def _class_of(self, stage: StageRun) -> _Class:
        """The stage's class; whatever has one backend to go to shares that backend's."""
        plan, options = stage.plan, stage.options
        whole = options is plan.inference
        if self._affine and len(options.backends) > 1:
            options = self._affinity(plan, stage.phase)
        address: _Address
        if len(options.backends) == 1:
            address = options.backends[0]
        else:
            address = plan if whole else (options.backends, options.latencies)
        group = self._classes.get(address)
        if group is None:
            group = self._classes[address] = _Class(options)
        if whole:
            self._of_inference[plan] = group
        return group

    def _affinity(self, plan: StagePlan, phase: int) -> Options:
        options = self._affinities.get((plan, phase))
        if options is None:
            options = Options((affinity_of(plan, phase, self.work.chunk),), (0,))
            self._affinities[plan, phase] = options
        return options

    def forget(self, stage: StageRun) -> None:
        """The slice waits no longer: its job was given up, or it joins a batch."""
        stage.waits = False
        self.waiting -= 1
        self._forgotten += 1
        if self._forgotten > _MANY_FORGOTTEN + self.waiting:
            self._forgotten = 0
            for group in self._classes.values():
                group.forget_all_void()

    def first(self, stages: list[StageRun], most: int, now_ns: int) -> list[StageRun]:
        """At most so many of these waiting slices, in the order of their keys."""

        def key(stage: StageRun) -> tuple[int, bool, int, int, int]:
            fresh = stage.continues_ns != now_ns
            return self._key(stage), fresh, *_number(stage)

        return nsmallest(most, stages, key=key)

    def next_decision(self, now_ns: int) -> Start | None:
        """Walks the heads in key order; starts over each time it is asked."""
        if self.waiting and self._occupancy.free:
            start = self._next_start(now_ns)
            if start is not None:
                start[0].waits = False
                self.waiting -= 1
                return start
        if self._continuing:
            self._end_of_instant()
        return None

    def _next_start(self, now_ns: int) -> Start | None:
        heads: list[tuple[_Entry, _Class]] = []
        free, idle, busy = self._occupancy.free, self._occupancy.idle, self._occupancy.busy_until
        for group in self._classes.values():
            if group.heap and group.backends & free:
                head = group.heap[0]
                if head[6].version != head[5] or head[6].state != READY:
                    group.forget_void()
                    if not group.heap:
                        continue
                    head = group.heap[0]
                heads.append((head, group))
        if len(heads) > 1:
            heads.sort(key=_entry_of)
        for entry, group in heads:
            backend = self._place(group.options, idle, busy, now_ns)
            if backend >= 0:
                heappop(group.heap)
                return entry[6], backend
        return None

    def _end_of_instant(self) -> None:
        # Continuing wins a tie at this very instant only, so what still waits is queued anew
        # without that mark.
        for stage in self._continuing:
            if stage.state == READY:
                self.push(stage, NEVER)
        self._continuing.clear()
        if len(self._classes) > _MANY_CLASSES:
            self._classes = {each: group for each, group in self._classes.items() if group.heap}
            self._of_inference.clear()

    def _key_of(self, order: Order) -> Callable[[StageRun], int]:
        keys: dict[Order, Callable[[StageRun], int]] = {
            Order.FCFS: _release,
            Order.FCFS_SLICE: _ready,
            Order.EDF: slice_deadline_ns,
            Order.LLF: self.work.latest_start_ns,
            Order.SJF: lambda stage: self.work.job_rest_ns(stage.job),
            Order.RM: lambda stage: self._ranks.get(stage.job.plan.index, NEVER),
        }
        return keys[order]


def _entry_of(head: tuple[_Entry, _Class]) -> _Entry:
    return head[0]


def _number(stage: StageRun) -> tuple[int, int, int]:
    return stage.job.plan.index, stage.job.index, stage.plan.index


def _by_ready(stage: StageRun) -> tuple[int, int, int, int]:
    return stage.ready_ns, *_number(stage)


def _release(stage: StageRun) -> int:
    return stage.job.release_ns


def _ready(stage: StageRun) -> int:
    return stage.ready_ns
