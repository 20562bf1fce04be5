"""Jobs that would be given up and run with cheaper models instead."""

from emulator.engine.jobs import Job, StageRun
from emulator.engine.milestones import WorkEstimator
from emulator.engine.plan import StagePlan, StreamPlan


def degrade(job: Job, work: WorkEstimator, now_ns: int) -> list[StageRun]:
    """Gives the stages that have not begun their cheaper models, if the job then fits.

    It fits if every open deadline can still be met in the best case. Returns the stages that
    changed; none, and nothing is changed, if it does not fit or has no cheaper models left.
    """
    cheaper = job.plan.degraded
    if cheaper is None:
        return []
    changed = [
        stage
        for stage in job.stages
        if stage.backend < 0
        and not stage.ended
        and cheaper.stages[stage.plan.index] is not stage.plan
    ]
    before = [stage.plan for stage in changed]
    for stage in changed:
        stage.plan = cheaper.stages[stage.plan.index]
    if changed and work.doom_ns(job) >= now_ns:
        job.plan = cheaper
        return changed
    for stage, plan in zip(changed, before, strict=True):
        stage.plan = plan
    return []


def planned_again(job: Job, plan: StreamPlan) -> tuple[StreamPlan, list[StagePlan]]:
    """A stream's new plan for a job that is under way, and the plans of its stages.

    A stage keeps its cheaper model, unless no backend is left for that.
    """
    cheaper = plan.degraded if job.plan.is_degraded else None
    if cheaper is None:
        return plan, list(plan.stages)
    kept = [
        small if stage.plan.model == small.model and small.can_run else whole
        for stage, whole, small in zip(job.stages, plan.stages, cheaper.stages, strict=True)
    ]
    return cheaper, kept
