"""Deadlines of jobs, stages and slices, as floored instants."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.reference.loading import Ns, Profile
from tests.reference.state import Job, Stage, reachable
from tests.reference.work import Work


@dataclass(frozen=True, slots=True)
class Milestone:
    """A deadline of one stage: its end, or its first output."""

    stage: int
    kind: Literal["finish", "first-output"]
    deadline_ns: int


def stage_deadline_ns(job: Job, stage: Stage) -> int | None:
    """By when the stage must finish: its own deadline, else the job's."""
    if stage.spec.deadline_ns is not None:
        return math.floor(job.release + stage.spec.deadline_ns)
    return job.deadline_ns


def first_output_deadline_ns(job: Job, stage: Stage) -> int | None:
    """By when the stage's first token or first inference must exist."""
    if stage.spec.first_output_ns is None:
        return None
    return math.floor(job.release + stage.spec.first_output_ns)


def open_milestones(job: Job, indices: set[int]) -> Iterator[Milestone]:
    """The deadlines of those stages that were neither met nor missed by an event yet."""
    for index in sorted(indices):
        stage = job.stages[index]
        if stage.closed:
            continue
        finish = stage_deadline_ns(job, stage)
        if finish is not None:
            yield Milestone(index, "finish", finish)
        first = first_output_deadline_ns(job, stage)
        if first is not None and stage.produced == 0:
            yield Milestone(index, "first-output", first)


def is_late(job: Job) -> bool:
    """Whether a finished job missed any of its deadlines."""
    return any(_missed(job, stage) for stage in job.stages if stage.state == "done")


def _missed(job: Job, stage: Stage) -> bool:
    finish = stage_deadline_ns(job, stage)
    first = first_output_deadline_ns(job, stage)
    if finish is not None and stage.finish_ns is not None and stage.finish_ns > finish:
        return True
    return first is not None and stage.token_times[0] > first


def target_ns(stage: Stage) -> int | None:
    """The LLM target of the stage's next slice, counted from when the stage became ready."""
    spec = stage.spec
    if not stage.is_llm or spec.ttft_ns is None or stage.ready_ns is None:
        return None
    if stage.phase == "prefill":
        return math.floor(stage.ready_ns + spec.ttft_ns)
    if spec.tpot_ns is None:
        return None
    tokens: Ns = stage.produced * spec.tpot_ns
    return math.floor(stage.ready_ns + spec.ttft_ns + tokens)


def slice_deadline_ns(job: Job, stage: Stage) -> int | None:
    """The deadline that EDF sorts by: own, target, and those of all stages after; None: none."""
    indices = {stage.spec.index} | reachable(job, stage.spec.index)
    found = [milestone.deadline_ns for milestone in open_milestones(job, indices)]
    target = target_ns(stage)
    return min([*found, *([target] if target is not None else [])], default=None)


def work_until(work: Work, milestone: Milestone) -> int:
    """Best-case work that is left before the milestone."""
    if milestone.kind == "finish":
        return work.finish(milestone.stage)
    return work.first_output(milestone.stage)


def latest_start_ns(profile: Profile, job: Job, stage: Stage, chunk: int | None) -> int | None:
    """The key of llf: the least of (milestone deadline - work until there); None: no milestone."""
    index = stage.spec.index
    work = Work(profile, job, chunk, source=index)
    milestones = open_milestones(job, {index} | reachable(job, index))
    found = [milestone.deadline_ns - work_until(work, milestone) for milestone in milestones]
    target = target_ns(stage)
    if target is not None:
        in_prefill = stage.phase == "prefill"
        own = work.prefill(index) if in_prefill else work.decode(index, stage.produced)
        found.append(target - own)
    return min(found, default=None)
