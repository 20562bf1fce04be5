"""Jobs as rows of a state. Instants are written from the release, so that jobs look alike."""

from typing import Protocol

from emulator.metrics.checkpoint import State, below, flag, natural, number, text, whole, wholes
from emulator.metrics.events import Tokens
from emulator.metrics.facts import NO_BACKEND, StreamFacts
from emulator.metrics.jobs import NOT_YET, READY, RUNNING, SKIPPED, OpenJob
from emulator.metrics.occupancy import Occupancy
from emulator.snapshot import MissView


class JobFinder(Protocol):
    """Finds the jobs that a state names."""

    def __call__(self, stream: object, number: object, *, missed: bool = False) -> OpenJob:
        """The open job of this number, or one that has ended so. Raises one of MISFITS."""


def job_state(job: OpenJob) -> State:
    """All of a job but its ``marks``; which stages are degraded stands at the end, if any is."""
    release_ns = job.release_ns
    by_stage = (job.status, job.outputs, job.asked_ns, job.first_ns, job.backend, job.queued_at)
    stages = tuple(
        (status, outputs, _from(release_ns, asked), _from(release_ns, first), *rest)
        for status, outputs, asked, first, *rest in zip(*by_stage, job.waited_ns, strict=True)
    )
    return (
        job.index,
        release_ns,
        None if job.deadline_ns is None else job.deadline_ns - release_ns,
        job.tokens,
        stages,
        job.behind_ns,
        job.ran_ns,
        job.phase,
        job.known,
        job.missed,
        None if job.missed_limit is None else job.missed_limit.number,
        _from(release_ns, job.reached_ns),
        _from(release_ns, job.waiting_since_ns),
        _from(release_ns, job.running_since_ns),
        *([sorted(job.degraded)] if job.degraded else ()),
    )


def restored_job(facts: StreamFacts, stream: int, occupancy: Occupancy, state: State) -> OpenJob:
    """The job from its row; if it waits, ``marks`` have to follow. Raises one of MISFITS."""
    index, release_ns, deadline_ns, tokens, stages, behind_ns, ran_ns, phase, *rest = state
    known, missed, limit, reached_ns, waiting_ns, running_ns, *later = rest
    at = whole(release_ns)
    due_ns = None if deadline_ns is None else at + whole(deadline_ns)
    job = OpenJob(facts, stream, whole(index), at, due_ns, _tokens(tokens), occupancy)
    for stage, row in enumerate(stages):
        _restore_stage(job, stage, row, len(occupancy.held))
    job.ready, job.running = job.status.count(READY), job.status.count(RUNNING)
    job.behind_ns = {text(name): whole(held_ns) for name, held_ns in behind_ns.items()}
    job.ran_ns, job.phase = whole(ran_ns), whole(phase)
    job.known, job.missed = flag(known), flag(missed)
    job.missed_limit = None if limit is None else facts.limit(whole(limit))
    job.reached_ns = _after(at, reached_ns)
    if later:
        job.degraded = frozenset(below(each, len(facts.stages)) for each in later[0])
    job.waiting_since_ns, job.running_since_ns = _after(at, waiting_ns), _after(at, running_ns)
    return job


def restored_miss(row: State) -> MissView:
    """Why a job missed, from its row. Raises one of MISFITS."""
    *head, behind = row
    held_ms = tuple((text(stream), number(each_ms)) for stream, each_ms in behind)
    view = MissView._make((*head, held_ms))
    for read, values in ((whole, view[:2]), (text, view[2:7]), (number, view[7:11])):
        for value in values:
            read(value)
    return view


def _restore_stage(job: OpenJob, stage: int, row: State, backends: int) -> None:
    status, outputs, asked_ns, first_ns, backend, queued_at, waited_ns = row
    job.status[stage] = below(status, SKIPPED + 1)
    job.outputs[stage] = natural(outputs)
    job.asked_ns[stage] = _after(job.release_ns, asked_ns)
    job.first_ns[stage] = _after(job.release_ns, first_ns)
    job.backend[stage] = below(backend, backends, NO_BACKEND)
    job.queued_at[stage] = below(queued_at, backends, NO_BACKEND)
    job.waited_ns[stage] = whole(waited_ns)


def _from(release_ns: int, t_ns: int) -> int | None:
    return None if t_ns == NOT_YET else t_ns - release_ns


def _after(release_ns: int, since_ns: object) -> int:
    return NOT_YET if since_ns is None else release_ns + whole(since_ns)


def _tokens(given: Tokens) -> Tokens:
    return None if given is None else [None if pair is None else wholes(pair) for pair in given]
