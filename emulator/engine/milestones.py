"""Deadlines of slices and remaining best-case work, from a job's current state.

Estimates are table values with overheads, never drawn noise. A milestone is an open deadline: the
end of a stage, or its first output. The work towards it is the longest path of best-case times;
over a streamed edge the two stages overlap, so the maximum counts there and not the sum.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from emulator.engine.jobs import NEVER, RUNNING, SKIPPED, Job, StageRun
from emulator.timing import DecodeSum


class Milestone(NamedTuple):
    """An open deadline and the least time that the job still needs to reach it."""

    deadline_ns: int
    work_ns: int


class WorkEstimator:
    """Best-case work under one granularity (``chunk`` tokens per prefill slice, 0 = whole)."""

    __slots__ = ("_decode_sums", "chunk")

    def __init__(self, chunk: int) -> None:
        self.chunk = chunk
        self._decode_sums: dict[tuple[str, tuple[int, ...]], DecodeSum] = {}

    def rest_ns(self, stage: StageRun) -> int:
        """All that remains of a stage; a slice that runs counts in full."""
        return self.until_ns(stage, self.total_of(stage))

    def total_of(self, stage: StageRun) -> int:
        """Tokens or inferences of the stage: as they are drawn."""
        return stage.total

    def prompt_of(self, stage: StageRun) -> int:
        """Tokens of its prompt: as they are drawn."""
        return stage.prompt

    def until_ns(self, stage: StageRun, outputs: int) -> int:
        """What remains until the stage has produced this many tokens or inferences."""
        outputs = min(outputs, self.total_of(stage))
        if outputs <= stage.outputs:
            return 0
        if stage.plan.is_llm:
            return self._llm_until_ns(stage, outputs)
        plan = stage.plan
        later = (outputs - stage.outputs - 1) * plan.best_inference_ns
        if stage.backend >= 0 and (stage.position or stage.state == RUNNING):
            return plan.timing.inference[stage.backend].rest_ns[stage.position] + later
        return plan.best_inference_ns + later

    def _llm_until_ns(self, stage: StageRun, outputs: int) -> int:
        plan = stage.plan
        base = plan.cached + self.prompt_of(stage)
        if stage.outputs:
            return self._decodes(stage).between(base + stage.outputs, base + outputs)
        begin, first = plan.cached + stage.position, stage.position == 0
        prefill = min(
            plan.timing.prefill[backend].rest_ns(begin, base, first=first, chunk=self.chunk)
            for backend in plan.prefill_on
        )
        if outputs == 1:
            return prefill
        return prefill + self._decodes(stage).between(base + 1, base + outputs)

    def _decodes(self, stage: StageRun) -> DecodeSum:
        plan = stage.plan
        address = (plan.model, plan.decode_on)
        decodes = self._decode_sums.get(address)
        if decodes is None:
            timings = [plan.timing.decode[backend] for backend in plan.decode_on]
            decodes = self._decode_sums[address] = DecodeSum(timings)
        return decodes

    def milestones(self, job: Job, order: Sequence[int]) -> Iterator[Milestone]:
        """The open milestones of the stages in ``order`` (topological).

        Stages outside it count as done.
        """
        begin: dict[int, int] = {}
        finish: dict[int, int] = {}
        for index in order:
            stage = job.stages[index]
            if stage.ended:
                continue
            plan = stage.plan
            start = max((finish.get(each, 0) for each in plan.data_after), default=0)
            begin[index] = start
            finish[index] = max(start + self.rest_ns(stage), finish.get(plan.streamed_after, 0))
            yield Milestone(stage.deadline_ns, finish[index])
            if stage.outputs == 0 and stage.first_deadline_ns != NEVER:
                yield Milestone(stage.first_deadline_ns, self._until_output(job, index, 1, begin))

    def _until_output(self, job: Job, index: int, outputs: int, begin: dict[int, int]) -> int:
        """Longest path until a stage has produced so many outputs.

        Over a streamed edge the maximum.
        """
        stage = job.stages[index]
        own = begin[index] + self.until_ns(stage, outputs)
        source = stage.plan.streamed_after
        if source not in begin:
            return own
        needed = stage.tokens_needed(outputs, self.total_of(stage.job.stages[source]))
        return max(own, self._until_output(job, source, needed, begin))

    def job_rest_ns(self, job: Job) -> int:
        """Best-case work until the whole job has ended (``sjf``)."""
        return max((each.work_ns for each in self.milestones(job, job.plan.topological)), default=0)

    def job_whole_ns(self, job: Job) -> int:
        """Best-case work of the whole job from its release, stages that were skipped left out."""
        if job.plan.is_simple:
            return job.plan.stages[0].best_inference_ns
        finish: dict[int, int] = {}
        for index in job.plan.topological:
            stage = job.stages[index]
            plan = stage.plan
            start = max((finish[each] for each in plan.data_after), default=0)
            work = 0 if stage.state == SKIPPED else self._whole_ns(stage)
            finish[index] = max(start + work, finish.get(plan.streamed_after, 0))
        return max(finish.values())

    def _whole_ns(self, stage: StageRun) -> int:
        plan = stage.plan
        if not plan.is_llm:
            return self.total_of(stage) * plan.best_inference_ns
        begin, end = plan.cached, plan.cached + self.prompt_of(stage)
        prefill = min(
            plan.timing.prefill[backend].rest_ns(begin, end, first=True, chunk=self.chunk)
            for backend in plan.prefill_on
        )
        total = self.total_of(stage)
        if total <= 1:
            return prefill
        return prefill + self._decodes(stage).between(end + 1, end + total)

    def latest_start_ns(self, stage: StageRun) -> int:
        """Least deadline - work over the slice's milestones, NEVER without any (``llf``)."""
        if stage.job.plan.is_simple:
            return self.doom_ns(stage.job)
        latest = NEVER
        for deadline, work in self.milestones(stage.job, stage.plan.reach):
            if deadline != NEVER:
                latest = min(latest, deadline - work)
        target = llm_target_ns(stage)
        if target != NEVER:
            latest = min(latest, target - self.until_ns(stage, stage.outputs + 1))
        return latest

    def doom_ns(self, job: Job) -> int:
        """The last instant at which every open milestone can still be met in the best case."""
        if job.plan.is_simple and not job.running:
            stage = job.stages[0]
            limit = slice_deadline_ns(stage)
            if limit == NEVER:
                return NEVER
            begun = stage.position > 0
            return limit - (self.rest_ns(stage) if begun else stage.plan.best_inference_ns)
        doom = NEVER
        for deadline, work in self.milestones(job, job.plan.topological):
            if deadline != NEVER:
                doom = min(doom, deadline - work)
        return doom


def llm_target_ns(stage: StageRun) -> int:
    """The LLM target of the next slice.

    Ask + TTFT for prefill, ask + TTFT + j x TPOT for token j after the first.
    """
    target = stage.plan.target
    if target is None:
        return NEVER
    if not stage.outputs:
        return stage.asked_ns + target.ttft // target.unit
    if target.tpot is None:
        return NEVER
    return stage.asked_ns + (target.ttft + stage.outputs * target.tpot) // target.unit


def slice_deadline_ns(stage: StageRun) -> int:
    """The deadline EDF uses.

    The earliest of the stage's own, its LLM target and those of the stages after it.
    """
    if stage.job.plan.is_simple:
        return min(stage.deadline_ns, stage.first_deadline_ns)
    earliest = llm_target_ns(stage)
    for index in stage.plan.reach:
        other = stage.job.stages[index]
        if other.ended:
            continue
        earliest = min(earliest, other.deadline_ns)
        if other.outputs == 0:
            earliest = min(earliest, other.first_deadline_ns)
    return earliest


def open_deadline_ns(job: Job) -> int:
    """The earliest deadline of the job that is still open, NEVER without any."""
    earliest = NEVER
    for stage in job.stages:
        if not stage.ended:
            earliest = min(earliest, stage.deadline_ns)
            if stage.outputs == 0:
                earliest = min(earliest, stage.first_deadline_ns)
    return earliest
