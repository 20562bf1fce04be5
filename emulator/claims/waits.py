"""How long a job waited, for which backend, and behind whose slices.

The same definitions as on the screen (docs/metrics.md, "Why a job missed"), for any job of a run
that is over: it waited whenever none of its slices ran, and each wait is looked up on the backend
that ended it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from emulator.claims.samples import Part, ended_ns
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
    part: Part | None = None
    """What of the job is told: its waits and slices are only those of this part."""
    slices: int = 0
    """How many slices ran."""


def waited_ns(job: JobResult, run: FinishedRun, part: Part | None = None) -> int:
    """Time in which the job, or the part of it, was open and none of its slices ran."""
    return sum(wait.end_ns - wait.begin_ns for wait in _waits(job, run, part))


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

    def story(self, job: JobResult, part: Part | None = None) -> WaitStory:
        """What kept this job, or a part of it."""
        behind: dict[str, int] = {}
        by_stage: dict[tuple[int, str], int] = {}
        waited = 0
        for wait in _waits(job, self._run, part):
            span_ns = wait.end_ns - wait.begin_ns
            waited += span_ns
            key = wait.stage, wait.backend
            by_stage[key] = by_stage.get(key, 0) + span_ns
            for stream, held_ns in self._held(wait):
                behind[stream] = behind.get(stream, 0) + held_ns
        stage, backend = max(by_stage, key=by_stage.__getitem__, default=(0, ""))
        ended = ended_ns(job, self._run)
        begin_ns, end_ns = _span(job, ended, part)
        ran = _slices(job, ended, part)
        return WaitStory(
            job=job,
            end_ns=ended,
            waited_ns=waited,
            ran_ns=end_ns - begin_ns - waited,
            stage=job.stages[stage if part is None else part.stage].name,
            backend=backend,
            ran_on=_longest_first(_by_backend(ran)),
            behind=_longest_first(behind),
            part=part,
            slices=len(ran),
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


class _Ran(NamedTuple):
    start_ns: int
    end_ns: int
    stage: int
    backend: str


def _span(job: JobResult, end_ns: int, part: Part | None) -> tuple[int, int]:
    """Begin and end of the part, or of the whole job."""
    return (job.release_ns, end_ns) if part is None else (part.begin_ns, part.end_ns)


def _slices(job: JobResult, end_ns: int, part: Part | None) -> list[_Ran]:
    """The slices of the job, or of a part of it, by their starts; one that runs goes to the end."""
    return sorted(
        _Ran(start_ns, end_ns if stop_ns is None else stop_ns, stage, backend)
        for stage, each in enumerate(job.stages)
        for backend, start_ns, stop_ns in each.slices
        if part is None or (stage == part.stage and part.begin_ns <= start_ns < part.end_ns)
    )


def _by_backend(ran: Iterable[_Ran]) -> dict[str, int]:
    held: dict[str, int] = {}
    for each in ran:
        held[each.backend] = held.get(each.backend, 0) + each.end_ns - each.start_ns
    return held


def _waits(job: JobResult, run: FinishedRun, part: Part | None = None) -> Iterator[_Wait]:
    """The times from release to end, or of a part of it, in which no slice of it ran."""
    ended = ended_ns(job, run)
    reached_ns, end_ns = _span(job, ended, part)
    for start_ns, stop_ns, stage, backend in _slices(job, ended, part):
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
