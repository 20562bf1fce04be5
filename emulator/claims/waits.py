"""How long a job waited, for which backend, and behind whose slices.

The same definitions as on the screen (docs/metrics.md, "Why a job missed"), for any job of a run
that is over: it waited whenever none of its slices ran, and each wait is looked up on the backend
that ended it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from emulator.claims.samples import ended_ns
from emulator.job_result import JobResult
from emulator.metrics.facts import NO_BACKEND
from emulator.session.replayed import FinishedRun
from emulator.shared_time import held


class _Wait(NamedTuple):
    begin_ns: int
    end_ns: int
    stage: int
    backend: str
    """Empty where no backend can be named."""


@dataclass(frozen=True, slots=True)
class WaitStory:
    """What kept a job. Times in ns."""

    job: JobResult
    end_ns: int
    waited_ns: int
    ran_ns: int
    stage: str
    """The one that waited longest."""
    backend: str
    """The one that it waited longest for."""
    ran_on: tuple[tuple[str, int], ...]
    """Backends by how long (ns) slices of it ran there, longest first."""
    behind: tuple[tuple[str, int], ...]
    """Streams whose slices held the backends meanwhile, longest first."""


def waited_ns(job: JobResult, run: FinishedRun) -> int:
    """Time in which the job was open and none of its slices ran."""
    return sum(wait.end_ns - wait.begin_ns for wait in _waits(job, run))


class Occupants:
    """Who held the backends when, over a whole run."""

    def __init__(self, run: FinishedRun) -> None:
        self._run = run
        slices: dict[str, list[tuple[int, int, str, int]]] = {
            name: [] for name in run.profile.backend_names
        }
        for job in run.result.jobs:
            for stage in job.stages:
                for each, (backend, held_ns) in zip(
                    stage.slices, held(stage, run.result.end_ns), strict=True
                ):
                    end_ns = run.result.end_ns if each.end_ns is None else each.end_ns
                    slices[backend].append((end_ns, each.start_ns, job.stream, held_ns))
        # Slices of a backend overlap only as one batch, so the order of ends is that of starts.
        self._slices: Mapping[str, list[tuple[int, int, str, int]]] = slices
        for own in slices.values():
            own.sort()

    def story(self, job: JobResult) -> WaitStory:
        """What kept this job."""
        behind: dict[str, int] = {}
        by_stage: dict[tuple[int, str], int] = {}
        waited = 0
        for wait in _waits(job, self._run):
            span_ns = wait.end_ns - wait.begin_ns
            waited += span_ns
            key = wait.stage, wait.backend
            by_stage[key] = by_stage.get(key, 0) + span_ns
            for stream, held_ns in self._held(wait):
                behind[stream] = behind.get(stream, 0) + held_ns
        stage, backend = max(by_stage, key=by_stage.__getitem__, default=(0, ""))
        end_ns = ended_ns(job, self._run)
        return WaitStory(
            job=job,
            end_ns=end_ns,
            waited_ns=waited,
            ran_ns=end_ns - job.release_ns - waited,
            stage=job.stages[stage].name,
            backend=backend,
            ran_on=_longest_first(_ran_on(job, end_ns)),
            behind=_longest_first(behind),
        )

    def holders(self, backend: str) -> tuple[tuple[str, int], ...]:
        """Streams by how long (ns) they held a backend, longest first."""
        by_stream: dict[str, int] = {}
        for _, _, stream, held_ns in self._slices[backend]:
            by_stream[stream] = by_stream.get(stream, 0) + held_ns
        return _longest_first(by_stream)

    def _held(self, wait: _Wait) -> Iterator[tuple[str, int]]:
        own = self._slices.get(wait.backend, [])
        for at in range(bisect_left(own, (wait.begin_ns + 1,)), len(own)):
            end_ns, start_ns, stream, held_ns = own[at]
            if start_ns >= wait.end_ns:
                return
            inside_ns = min(end_ns, wait.end_ns) - max(start_ns, wait.begin_ns)
            yield stream, inside_ns * held_ns // max(1, end_ns - start_ns)


def _longest_first(times: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(times.items(), key=lambda item: (-item[1], item[0])))


def _ran_on(job: JobResult, end_ns: int) -> dict[str, int]:
    ran: dict[str, int] = {}
    for stage in job.stages:
        for backend, start_ns, stop_ns in stage.slices:
            ran_ns = (end_ns if stop_ns is None else stop_ns) - start_ns
            ran[backend] = ran.get(backend, 0) + ran_ns
    return ran


def _waits(job: JobResult, run: FinishedRun) -> Iterator[_Wait]:
    """The times from release to end in which no slice of the job ran."""
    end_ns = ended_ns(job, run)
    slices = sorted(
        (start_ns, end_ns if stop_ns is None else stop_ns, stage, backend)
        for stage, each in enumerate(job.stages)
        for backend, start_ns, stop_ns in each.slices
    )
    reached_ns = job.release_ns
    for start_ns, stop_ns, stage, backend in slices:
        if start_ns > reached_ns:
            yield _Wait(reached_ns, start_ns, stage, backend)
        reached_ns = max(reached_ns, stop_ns)
    if end_ns > reached_ns:
        yield _Wait(reached_ns, end_ns, *_queued(job, run))


def _queued(job: JobResult, run: FinishedRun) -> tuple[int, str]:
    """The stage that waited when the job ended, and for which backend."""
    waiting = (
        number
        for number, stage in enumerate(job.stages)
        if stage.finish_ns is None and stage.ready_ns is not None and stage.outcome != "skipped"
    )
    number = next(waiting, 0)
    stage, facts = job.stages[number], run.streams[job.stream].stages[number]
    if stage.slices:
        return number, stage.slices[-1].backend
    fastest = facts.fastest
    return number, "" if fastest == NO_BACKEND else run.profile.backend_names[fastest]
