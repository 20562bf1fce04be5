"""A backend that is gone: what ran or waited there goes to another one, or its job is dropped.

A slice that ran there has no result. An inference starts over elsewhere, and so does a prefill
without a token yet; a KV cache that has produced tokens is lost, and its job with it. A stream with
a stage that no backend is left for runs no more: its jobs are dropped as they are released.
"""

from collections.abc import Iterable
from typing import Final

from emulator.engine.calendar import Calendar
from emulator.engine.causes import HOPELESS, Backlog
from emulator.engine.degrade import planned_again
from emulator.engine.dispatch import Occupancy
from emulator.engine.jobs import BLOCKED, NEVER, READY, Job, StageRun
from emulator.engine.lifecycle import Lifecycle
from emulator.engine.plan import StreamPlan
from emulator.engine.planner import Planner
from emulator.errors import ScenarioError
from emulator.schema.stream import Stream

BACKEND_DOWN: Final = "backend-down"
"""Reason of such a drop."""


class Outages:
    """The backends that are gone, and the streams and jobs that cannot go on without them."""

    def __init__(
        self,
        planner: Planner,
        calendar: Calendar,
        lifecycle: Lifecycle,
        occupancy: Occupancy,
        backlog: Backlog,
    ) -> None:
        self._planner = planner
        self._calendar = calendar
        self._lifecycle = lifecycle
        self._occupancy = occupancy
        self._backlog = backlog
        self._down: set[int] = set()
        self._stranded: set[int] = set()
        """Streams, by index, with a stage that can run nowhere."""
        self._condemned: set[Job] = set()
        """Jobs to be dropped as soon as none of their slices runs."""
        self._moved: list[StageRun] = []

    def is_down(self, backend: int) -> bool:
        """Whether the backend is gone already."""
        return backend in self._down

    def check(self, streams: Iterable[Stream]) -> None:
        """Raises ScenarioError: a stream that no backend is left for."""
        for stream in streams:
            plan = self._planner.plan(stream, 0, 1)
            if _is_stranded(plan):
                raise ScenarioError(f"stream {stream.name!r} can run only on what is down")

    def take_down(self, backend: int, jobs: Iterable[Job], t_ns: int) -> list[Job]:
        """The backend is gone; returns the jobs to drop now.

        Slices that wait go out of the backlog: ``requeued`` brings them back once the policy has
        them again.
        """
        self._down.add(backend)
        aborted = self._lifecycle.abort(backend, t_ns)
        for each in aborted:
            each.ready_ns = t_ns
        self._occupancy.occupy(backend, NEVER)
        self._planner.leave_out(backend)
        plans = self._calendar.plan_again()
        for index, plan in plans.items():
            if _is_stranded(plan):
                # It keeps its old plan: nothing can be estimated on no backend.
                self._stranded.add(index)
            else:
                self._calendar.adopt(plan)
        dropped: list[Job] = []
        for job in jobs:
            if job in self._condemned:
                continue
            waiting = [each for each in job.stages if each.state == READY]
            queued = [each for each in waiting if each not in aborted]
            if job.plan.index in self._stranded or _lost_a_cache(job, backend):
                self._condemn(job, queued, aborted, dropped)
            else:
                self._move(job, plans[job.plan.index], queued, waiting, backend)
        return dropped

    def requeued(self) -> None:
        """The policy has been handed what waits: it counts as backlog again."""
        for stage in self._moved:
            self._backlog.add(stage)
        self._moved = []

    def strands(self, job: Job) -> bool:
        """Whether a job that is released now cannot run; its miss is hopeless then."""
        if job.plan.index not in self._stranded:
            return False
        job.cause = HOPELESS if self._backlog.cause_of(job, [], 0) else ""
        return True

    def is_stranded(self, plan: StreamPlan) -> bool:
        """Whether the stream runs no more."""
        return plan.index in self._stranded

    def condemns(self, job: Job, ready: list[StageRun]) -> bool:
        """Whether a job must not go on; what became ready of it is held back then."""
        if job not in self._condemned:
            return False
        for stage in ready:
            stage.state = BLOCKED
        if not job.running:
            self._condemned.discard(job)
        return True

    def _condemn(
        self,
        job: Job,
        queued: list[StageRun],
        aborted: list[StageRun],
        dropped: list[Job],
    ) -> None:
        for stage in queued:
            self._backlog.remove(stage)
            stage.state = BLOCKED
        for stage in aborted:
            if stage.job is job:
                stage.state = BLOCKED
        job.cause = HOPELESS if job.cause else ""
        if job.running:
            self._condemned.add(job)
        else:
            dropped.append(job)

    def _move(
        self,
        job: Job,
        plan: StreamPlan,
        queued: list[StageRun],
        waiting: list[StageRun],
        backend: int,
    ) -> None:
        for stage in queued:
            self._backlog.remove(stage)
        for stage in waiting:
            if stage.backend == backend:
                stage.backend = -1
                stage.position = 0
                stage.noise = 0
        self._moved += waiting
        job.plan, stages = planned_again(job, plan)
        for stage, planned in zip(job.stages, stages, strict=True):
            stage.plan = planned


def _is_stranded(plan: StreamPlan) -> bool:
    for stage in plan.stages:
        if stage.is_llm:
            if not stage.prefill_on or not stage.decode_on:
                return True
        elif not stage.inference.backends:
            return True
    return False


def _lost_a_cache(job: Job, backend: int) -> bool:
    """Whether tokens were produced from a KV cache that was on this backend and still needed."""
    return any(
        stage.plan.is_llm and stage.outputs > 0 and stage.backend == backend and not stage.ended
        for stage in job.stages
    )
