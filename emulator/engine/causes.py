"""Why a job would miss, judged when it is released: hopeless, doomed by backlog, or avoidable."""

from typing import Final

from emulator.engine.dispatch import Occupancy
from emulator.engine.jobs import NEVER, Job, StageRun
from emulator.engine.milestones import WorkEstimator

HOPELESS: Final = "hopeless"
"""Alone on an idle chip it could not be met."""
BACKLOG: Final = "backlog"
"""At release the earliest possible finish was already too late."""
AVOIDABLE: Final = "avoidable"


class Backlog:
    """Expected time of the waiting slices, each counted on the backend where it is fastest."""

    __slots__ = ("_alone", "_occupancy", "_waiting_ns")

    def __init__(self, occupancy: Occupancy) -> None:
        self._occupancy = occupancy
        self._waiting_ns = [0] * len(occupancy.idle)
        self._alone = WorkEstimator(0)

    def add(self, stage: StageRun) -> None:
        """A slice begins to wait."""
        plan, options = stage.plan, stage.options
        if options is plan.inference:
            stage.best_ns, stage.favorite = plan.best_inference_ns, plan.best_backend
        else:
            stage.best_ns = min(options.latencies)
            stage.favorite = options.backends[options.latencies.index(stage.best_ns)]
        self._waiting_ns[stage.favorite] += stage.best_ns

    def remove(self, stage: StageRun) -> None:
        """It starts, or its job is given up."""
        self._waiting_ns[stage.favorite] -= stage.best_ns

    def cause_of(self, job: Job, ready: list[StageRun], now_ns: int) -> str:
        """What a miss of this job will be put down to; empty for a job without any deadline."""
        doom = self._alone.doom_ns(job)
        if doom == NEVER:
            return ""
        slack_ns = doom - now_ns
        if slack_ns < 0:
            return HOPELESS
        for stage in ready:
            if self._delay_ns(stage, now_ns) <= slack_ns:
                return AVOIDABLE
        return BACKLOG if ready else AVOIDABLE

    def _delay_ns(self, stage: StageRun, now_ns: int) -> int:
        """How much later than on an idle chip the stage's first slice, which waits, would end."""
        idle, busy, waiting = self._occupancy.idle, self._occupancy.busy_until, self._waiting_ns
        if idle[stage.favorite] and waiting[stage.favorite] == stage.best_ns:
            return 0
        latencies = stage.options.latencies
        earliest = NEVER
        for position, backend in enumerate(stage.options.backends):
            begin = now_ns if idle[backend] else max(now_ns, busy[backend])
            if backend == stage.favorite:
                begin -= stage.best_ns
            earliest = min(earliest, begin + waiting[backend] + latencies[position])
        return earliest - now_ns - stage.best_ns
