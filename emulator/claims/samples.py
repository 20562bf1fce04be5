"""The single values behind a figure, each with its job and the instant at which it was known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from emulator.claims.subject import Subject
from emulator.job_result import JobResult, StageResult
from emulator.metrics.facts import StageFacts
from emulator.session.replayed import FinishedRun


class Part(NamedTuple):
    """The part of a job that a value is of: what one stage did between two instants (ns)."""

    stage: int
    begin_ns: int
    end_ns: int
    words: str
    """When that was, such as ``before the first token of think``."""


class Sample(NamedTuple):
    """One value."""

    t_ns: int
    value: Fraction | int
    """In ns, or 1 and 0 for yes and no."""
    job: JobResult
    part: Part | None = None
    """None: it is of the whole job."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs that a figure is of, and the run that they belong to."""

    run: FinishedRun
    by_stream: Mapping[str, list[JobResult]]
    """In order of job numbers."""
    is_whole: bool
    """Whether these are the jobs of the whole run."""

    def __iter__(self) -> Iterator[JobResult]:
        return (job for jobs in self.by_stream.values() for job in jobs)


Sampler: TypeAlias = Callable[[Jobs], Iterator[Sample]]


def jobs_of(run: FinishedRun, subject: Subject) -> Jobs:
    """The jobs of a stream, or of all."""
    by_stream: dict[str, list[JobResult]] = {
        name: [] for name in run.streams if subject.home == "run" or name == subject.name
    }
    for job in run.result.jobs:
        if job.stream in by_stream:
            by_stream[job.stream].append(job)
    for jobs in by_stream.values():
        jobs.sort(key=lambda job: job.index)
    return Jobs(run, by_stream, subject.home == "run")


def ended_ns(job: JobResult, run: FinishedRun) -> int:
    """When a job finished or was given up; for one that still ran the end of the run."""
    if job.finish_ns is not None:
        return job.finish_ns
    return run.drops_ns.get((job.stream, job.index), run.result.end_ns)


def known_ns(job: JobResult, run: FinishedRun) -> int:
    """When its fate was known: at its end, or when its deadline passed before."""
    end_ns = ended_ns(job, run)
    return end_ns if job.deadline_ns is None else min(end_ns, job.deadline_ns)


def fates(jobs: Jobs) -> Iterator[Sample]:
    """1 for a miss, 0 for a job in time."""
    for job in jobs:
        if job.missed is not None:
            yield Sample(known_ns(job, jobs.run), int(job.missed), job)


def _responses(jobs: Jobs) -> Iterator[Sample]:
    for job in jobs:
        if job.response_ns is not None:
            yield Sample(ended_ns(job, jobs.run), job.response_ns, job)


def _frame_gaps(jobs: Jobs) -> Iterator[Sample]:
    for name, own in jobs.by_stream.items():
        if jobs.is_whole and jobs.run.streams[name].period_ns is None:
            continue
        ends = sorted(
            (job.finish_ns, job.index, job) for job in own if job.outcome in ("met", "late")
        )
        for (before_ns, *_), (end_ns, _, job) in pairwise(ends):
            yield Sample(end_ns or 0, (end_ns or 0) - (before_ns or 0), job)


def _differences(jobs: Jobs) -> Iterator[Sample]:
    for own in jobs.by_stream.values():
        finished = [(job.response_ns, job) for job in own if job.response_ns is not None]
        for (before_ns, before), (after_ns, job) in pairwise(finished):
            t_ns = max(ended_ns(before, jobs.run), ended_ns(job, jobs.run))
            yield Sample(t_ns, abs(after_ns - before_ns), job)


class _Answer(NamedTuple):
    """What one language model did for a job."""

    job: JobResult
    number: int
    stage: StageResult
    facts: StageFacts

    def part(self, when: str, begin_ns: int, end_ns: int) -> Part:
        """Between two instants; ``when`` is where they lie from the first token."""
        own = self.stage.name != self.job.stream
        of = f"the first token of {self.stage.name}" if own else "its first token"
        return Part(self.number, begin_ns, end_ns, f"{when} {of}")


def _answers(jobs: Jobs) -> Iterator[_Answer]:
    for name, own in jobs.by_stream.items():
        facts = jobs.run.streams[name]
        if not facts.has_llm:
            continue
        for job in own:
            pairs = zip(job.stages, facts.stages, strict=True)
            for number, (stage, stage_facts) in enumerate(pairs):
                if stage_facts.is_llm:
                    yield _Answer(job, number, stage, stage_facts)


def _ttft_ns(stage: StageResult) -> int | None:
    if stage.first_token_ns is None or stage.ready_ns is None:
        return None
    return stage.first_token_ns - stage.ready_ns


def _tpot_ns(stage: StageResult) -> Fraction | None:
    decodes = (stage.output_tokens or 1) - 1
    if stage.finish_ns is None or _ttft_ns(stage) is None or not decodes:
        return None
    return Fraction(stage.finish_ns - (stage.first_token_ns or 0), decodes)


def _ttft(jobs: Jobs) -> Iterator[Sample]:
    for answer in _answers(jobs):
        value = _ttft_ns(answer.stage)
        if value is not None:
            t_ns = answer.stage.first_token_ns or 0
            yield Sample(t_ns, value, answer.job, answer.part("before", t_ns - value, t_ns))


def _tpot(jobs: Jobs) -> Iterator[Sample]:
    for answer in _answers(jobs):
        value = _tpot_ns(answer.stage)
        if value is not None:
            first_ns, t_ns = answer.stage.first_token_ns or 0, answer.stage.finish_ns or 0
            yield Sample(t_ns, value, answer.job, answer.part("after", first_ns, t_ns))


def _attainment(*, ttft: bool, tpot: bool) -> Sampler:
    """1 for an answer that met the targets asked about, 0 for one that did not.

    An answer counts when it has one of these targets and has finished or was dropped.
    """

    def sample(jobs: Jobs) -> Iterator[Sample]:
        for answer in _answers(jobs):
            job, _, stage, facts = answer
            asks_ttft, asks_tpot = ttft and facts.ttft_ns, tpot and facts.tpot_ns
            finished = stage.finish_ns is not None
            if stage.ready_ns is None or not (finished or job.outcome == "dropped"):
                continue
            first, pace = _ttft_ns(stage), _tpot_ns(stage)
            in_time = not asks_ttft or (first is not None and first <= asks_ttft)
            in_pace = not asks_tpot or pace is None or pace <= asks_tpot
            if asks_ttft or asks_tpot:
                t_ns = stage.finish_ns or ended_ns(job, jobs.run)
                part = None
                if not tpot:
                    first_ns = stage.first_token_ns or t_ns
                    part = answer.part("before", stage.ready_ns, first_ns)
                yield Sample(t_ns, int(finished and in_time and in_pace), job, part)

    return sample


SAMPLERS: Final[Mapping[str, Sampler]] = {
    "violation_rate": fates,
    "response": _responses,
    "frame_gap": _frame_gaps,
    "jitter": _differences,
    "ttft": _ttft,
    "tpot": _tpot,
    "target_attainment": _attainment(ttft=True, tpot=True),
    "ttft_attainment": _attainment(ttft=True, tpot=False),
    "tpot_attainment": _attainment(ttft=False, tpot=True),
}
"""By metric, of those that are a statistic over values of jobs."""


def _ended_as(*outcomes: str) -> Sampler:
    def sample(jobs: Jobs) -> Iterator[Sample]:
        for job in jobs:
            if job.outcome in outcomes:
                yield Sample(ended_ns(job, jobs.run), 1, job)

    return sample


def _caused_by(cause: str) -> Sampler:
    def sample(jobs: Jobs) -> Iterator[Sample]:
        for job in jobs:
            if job.missed and job.cause == cause:
                yield Sample(ended_ns(job, jobs.run), 1, job)

    return sample


def _released(jobs: Jobs) -> Iterator[Sample]:
    return (Sample(job.release_ns, 1, job) for job in jobs)


def _missed(jobs: Jobs) -> Iterator[Sample]:
    return (each for each in fates(jobs) if each.value)


def _overdue(jobs: Jobs) -> Iterator[Sample]:
    return (Sample(known_ns(job, jobs.run), 1, job) for job in jobs if job.overdue)


def _degraded(jobs: Jobs) -> Iterator[Sample]:
    return (Sample(ended_ns(job, jobs.run), 1, job) for job in jobs if job.degraded)


COUNTED: Final[Mapping[str, Sampler]] = {
    "jobs": _released,
    "completed": _ended_as("met", "late"),
    "met": _ended_as("met"),
    "late": _ended_as("late"),
    "dropped": _ended_as("dropped"),
    "skipped": _ended_as("skipped"),
    "running": _ended_as("running"),
    "degraded": _degraded,
    "known": fates,
    "missed": _missed,
    "overdue": _overdue,
    "hopeless": _caused_by("hopeless"),
    "backlog": _caused_by("backlog"),
    "avoidable": _caused_by("avoidable"),
    "answers": SAMPLERS["target_attainment"],
}
"""By metric, of those that count: a sample is one more."""
