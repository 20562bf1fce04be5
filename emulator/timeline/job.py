"""One job of a journal: when its stages were ready, ran and waited, and behind whom."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from emulator import journal
from emulator.metrics.facts import NO_BACKEND, NO_STAGE, StreamFacts

MAX_RUNS: Final = 500
"""Slices of a stage that are told; then neighbors are taken together."""
NEVER: Final = -1


class Wait(NamedTuple):
    """A stretch in which the next slice of a stage was ready and none of the stage ran."""

    stage: int
    from_ns: int
    to_ns: int
    backend: int
    """Where it then ran; where it would have been fastest if it never did."""


class StageView(NamedTuple):
    """One stage of a job."""

    name: str
    model: str
    ready_ns: int
    """``NEVER`` before that."""
    finish_ns: int
    """Likewise."""
    skipped: bool
    slices: int
    outputs: int
    total: int
    """Tokens or inferences, 0 before the first slice."""
    runs: tuple[tuple[int, int, int], ...]
    """Backend, start and end; an end of ``NEVER`` runs on."""
    waits: tuple[tuple[int, int], ...]


class JobRecord(NamedTuple):
    """What the journal says of one job."""

    stream: int
    job: int
    name: str
    release_ns: int
    deadline_ns: int | None
    outcome: str
    """``met``, ``late``, ``dropped``, ``skipped`` or ``running``."""
    end_ns: int
    """Of a job that runs, the last instant that is known."""
    reason: str
    cause: str
    stages: tuple[StageView, ...]
    waits: tuple[Wait, ...]

    @property
    def start_ns(self) -> int | None:
        """Of its first slice."""
        starts = [start_ns for stage in self.stages for _, start_ns, _ in stage.runs[:1]]
        return min(starts, default=None)

    @property
    def ran_ns(self) -> int:
        """Time in which at least one slice of it ran."""
        return _covered(self._runs())

    @property
    def waited_ns(self) -> int:
        """Time in which a slice of it was ready and none of it ran."""
        waits = [(each.from_ns, each.to_ns) for each in self.waits]
        return _covered([*waits, *self._runs()]) - self.ran_ns

    def _runs(self) -> list[tuple[int, int]]:
        return [
            (start_ns, self.end_ns if end_ns == NEVER else end_ns)
            for stage in self.stages
            for _, start_ns, end_ns in stage.runs
        ]


def record_of(facts: StreamFacts, events: Sequence[Sequence[Any]], now_ns: int) -> JobRecord:
    """What the events of a job say.

    Args:
        facts: of its stream.
        events: of the job, its release first, at least that.
        now_ns: the last instant that is known.

    Raises:
        IndexError, TypeError, ValueError: events that do not fit the stream.
    """
    _, release_ns, stream, number, deadline_ns, *_ = events[0]
    stages = [_Stage(index, facts) for index in range(len(facts.stages))]
    for index in facts.roots:
        stages[index].is_ready(release_ns)
    outcome, end_ns, reason, cause = "running", max(now_ns, release_ns), "", ""
    for event in events[1:]:
        kind, t_ns = event[0], event[1]
        if kind == journal.COMPLETED:
            outcome, end_ns, cause = str(event[4]), t_ns, str(event[5])
        elif kind == journal.DROPPED:
            outcome, end_ns, reason, cause = "dropped", t_ns, str(event[4]), str(event[5])
        else:
            stages[event[4]].take(event, stages)
    waits = [wait for stage in stages for wait in stage.ended(end_ns)]
    return JobRecord(
        stream=stream,
        job=number,
        name=facts.name,
        release_ns=release_ns,
        deadline_ns=_deadline_ns(facts, release_ns, deadline_ns),
        outcome=outcome,
        end_ns=end_ns,
        reason=reason,
        cause=cause if cause != "None" else "",
        stages=tuple(stage.view() for stage in stages),
        waits=tuple(sorted(waits, key=lambda each: each.from_ns)),
    )


def from_wire(raw: Sequence[Any]) -> JobRecord:
    """Rebuild what msgpack gives back. Raises TypeError: it has another shape."""
    record = JobRecord(*raw)
    return record._replace(
        stages=tuple(StageView(*each) for each in record.stages),
        waits=tuple(Wait(*each) for each in record.waits),
    )


def _deadline_ns(facts: StreamFacts, release_ns: int, own_ns: int | None) -> int | None:
    """The job's own deadline, or the first one of a stage."""
    limits = [limit.instant_ns(release_ns) for limit in facts.own_limits]
    return min([*limits, *([] if own_ns is None else [own_ns])], default=None)


class _Stage:
    """A stage on the way through the events of its job."""

    def __init__(self, index: int, facts: StreamFacts) -> None:
        self.index = index
        self.facts = facts.stages[index]
        self.outputs = 0
        self.is_done = False
        self._total = 0
        self._ready_ns = NEVER
        self._finish_ns = NEVER
        self._model = self.facts.model
        self._skipped = False
        self._waits_from: int | None = None
        self._waits: list[Wait] = []
        self._runs: list[tuple[int, int, int]] = []
        self._slices = 0

    def is_ready(self, t_ns: int) -> None:
        """Its next slice may start."""
        self._waits_from = t_ns
        if self._ready_ns == NEVER:
            self._ready_ns = t_ns

    def take(self, event: Sequence[Any], stages: Sequence["_Stage"]) -> None:
        """An event of this stage."""
        kind, t_ns = event[0], event[1]
        if kind == journal.READY:
            self.is_ready(t_ns)
        elif kind == journal.STARTED:
            self._started(t_ns, event[5])
        elif kind == journal.FINISHED:
            self._finished(t_ns, event, stages)
        elif kind == journal.SKIPPED:
            self._skipped, self.is_done, self._waits_from = True, True, None
        elif kind == journal.DEGRADED and self.facts.degraded_model is not None:
            self._model = self.facts.degraded_model

    def _started(self, t_ns: int, backend: int) -> None:
        if self._waits_from is not None and self._waits_from < t_ns:
            self._waits.append(Wait(self.index, self._waits_from, t_ns, backend))
        self._waits_from = None
        self._slices += 1
        self._runs.append((backend, t_ns, NEVER))

    def _finished(self, t_ns: int, event: Sequence[Any], stages: Sequence["_Stage"]) -> None:
        backend, start_ns, outputs, total = event[5], event[8], event[9], event[10]
        if self._runs and self._runs[-1][2] == NEVER:
            self._runs.pop()
        before = self._runs[-1] if len(self._runs) >= MAX_RUNS else None
        if before is not None and before[0] == backend:
            self._runs[-1] = (backend, before[1], t_ns)
        else:
            self._runs.append((backend, start_ns, t_ns))
        begun = outputs == self.outputs
        self.outputs, self._total = outputs, total
        if outputs >= total:
            self._finish_ns, self.is_done = t_ns, True
        elif begun or self._has_input(stages):
            self._waits_from = t_ns

    def _has_input(self, stages: Sequence["_Stage"]) -> bool:
        source = self.facts.streamed_after
        if source == NO_STAGE or stages[source].is_done:
            return True
        return stages[source].outputs >= self.facts.tokens_needed(self.outputs + 1)

    def ended(self, t_ns: int) -> list[Wait]:
        """The job has ended: all waits of the stage."""
        if self._waits_from is not None and self._waits_from < t_ns:
            backend = self._runs[-1][0] if self._runs else self.facts.fastest
            self._waits.append(Wait(self.index, self._waits_from, t_ns, backend))
        self._waits_from = None
        return [each for each in self._waits if each.backend != NO_BACKEND]

    def view(self) -> StageView:
        """What is told of it."""
        return StageView(
            name=self.facts.name,
            model=self._model,
            ready_ns=self._ready_ns,
            finish_ns=self._finish_ns,
            skipped=self._skipped,
            slices=self._slices,
            outputs=self.outputs,
            total=self._total,
            runs=tuple(self._runs),
            waits=tuple((each.from_ns, each.to_ns) for each in self._waits[:MAX_RUNS]),
        )


def _covered(stretches: Sequence[tuple[int, int]]) -> int:
    """The time that is in at least one of the stretches."""
    total = reached_ns = 0
    for begin_ns, end_ns in sorted(stretches):
        if end_ns > reached_ns:
            total += end_ns - max(begin_ns, reached_ns)
            reached_ns = end_ns
    return total


Releases = Mapping[tuple[int, int], tuple[int, int | None]]
