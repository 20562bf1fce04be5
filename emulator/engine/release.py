"""Making a job from a release: its deadlines and its policy-independent draws."""

import math

from emulator import draws
from emulator.engine.jobs import NEVER, Job, StageRun
from emulator.engine.plan import StreamPlan
from emulator.workload import Release, draw_tokens


def make_job(plan: StreamPlan, release: Release, origin: int) -> Job:
    """The job of one release.

    ``origin`` is the stream's start in 1/unit ns, from which explicit deadlines count.
    """
    unit = plan.unit
    job = Job(plan, release.job, release.at // unit, _job_deadline_ns(plan, release, origin))
    if plan.is_simple and not plan.stages[0].has_deadlines:
        return job
    for index in plan.topological:
        stage = job.stages[index]
        if stage.plan.has_deadlines:
            _set_deadlines(stage, release, unit)
        _draw_counts(stage)
    return job


def _job_deadline_ns(plan: StreamPlan, release: Release, origin: int) -> int:
    if plan.deadline is not None:
        return (release.at + plan.deadline) // plan.unit
    if plan.deadlines is not None and release.ordinal < len(plan.deadlines):
        return (origin + plan.deadlines[release.ordinal]) // plan.unit
    if plan.implicit_deadline and release.next_nominal is not None:
        return release.next_nominal // plan.unit
    return NEVER


def _set_deadlines(stage: StageRun, release: Release, unit: int) -> None:
    plan = stage.plan
    if plan.deadline is not None:
        stage.deadline_ns = (release.at + plan.deadline) // unit
    if plan.first_output_deadline is not None:
        stage.first_deadline_ns = (release.at + plan.first_output_deadline) // unit


def _draw_counts(stage: StageRun) -> None:
    plan, number = stage.plan, stage.job.index
    if plan.prompt is not None and plan.output is not None:
        stage.prompt = draw_tokens(plan.prompt, draws.uniform_at(plan.keys.prompt, number, 0))
        stage.total = draw_tokens(plan.output, draws.uniform_at(plan.keys.output, number, 0))
    elif plan.tokens_per_inference is not None:
        tokens = stage.job.stages[plan.streamed_after].total
        stage.total = math.ceil(tokens / plan.tokens_per_inference)


def tokens_of(job: Job) -> tuple[tuple[int, int] | None, ...] | None:
    """(prompt, output) tokens by stage for the journal, None for a stream without an LLM."""
    if not job.plan.has_llm:
        return None
    return tuple((stage.prompt, stage.total) if stage.plan.is_llm else None for stage in job.stages)


def is_triggered(stage: StageRun) -> bool:
    """Whether a stage with a probability runs in this job."""
    plan = stage.plan
    if plan.probability >= 1:
        return True
    return draws.uniform_at(plan.keys.trigger, stage.job.index, 0) < plan.probability
