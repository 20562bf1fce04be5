"""The newest jobs of one stream, read from a bounded stretch of a journal and kept up with it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from emulator import journal
from emulator.metrics.events import MISFITS
from emulator.metrics.facts import StreamFacts
from emulator.timeline.job import NEVER, JobRecord, StageView, record_of
from emulator.timeline.pieces import Pieces

MAX_JOBS: Final = 200
"""Jobs that are told of."""
MAX_CHUNKS: Final = 400
"""Chunks that are read back for them, of some 0.4 s each."""
_OF_JOB: Final = {journal.RELEASED} | journal.OF_STAGE | journal.ENDS
_LEAST: Final = 3

Events = list[Sequence[Any]]


class StageTimes(NamedTuple):
    """One stage of a job, in ns."""

    handed_ns: int
    """From the end of what it waits for, or the release, to when it was ready; 0 of one that takes
    its input piece by piece."""
    waited_ns: int
    """Ready while none of its slices ran."""
    ran_ns: int
    backend: int
    """Where its last slice ran; -1 for none."""
    ttft_ns: int
    """From ready to the first token; ``NEVER`` without one."""
    gaps_ns: tuple[int, ...]
    """Between its tokens."""


class JobTimes(NamedTuple):
    """One job."""

    job: int
    release_ns: int
    end_ns: int
    """Of a job that runs, the last instant that is known."""
    outcome: str
    """As in ``JobRecord``."""
    deadline_ns: int | None
    stages: tuple[StageTimes | None, ...]
    """None for a stage that never was ready."""


class StreamJobs:
    """The jobs of one stream.

    Args:
        stream: its index.
        facts: its stages.
    """

    def __init__(self, stream: int, facts: StreamFacts) -> None:
        self.stream = stream
        self._facts = facts
        self._ended: dict[int, JobTimes] = {}
        self._open: dict[int, Events] = {}
        self._next_event = -1
        """Number of the first event that was not read; -1 before all reading."""
        self._reached_ns = 0

    def read(self, pieces: Pieces, until_ns: int) -> list[JobTimes]:
        """The newest jobs as of an instant, by their end; those that run come last.

        Args:
            pieces: of the journal, refreshed.
            until_ns: the instant; what is later in the journal is left out.

        Raises:
            SessionError: the journal cannot be read.
        """
        whole = [n for n, span in enumerate(pieces.spans) if span.t_end_ns <= until_ns]
        for events in self._unread(pieces, whole, until_ns):
            self._take(events, self._open, self._ended)
        del whole[: len(whole) - 1]
        if whole:
            last = pieces.spans[whole[-1]]
            self._next_event, self._reached_ns = last.first_event + last.events, last.t_end_ns
        while len(self._ended) > MAX_JOBS:
            del self._ended[next(iter(self._ended))]
        return self._as_of(pieces, (whole[-1] + 1) if whole else 0, until_ns)

    def _unread(self, pieces: Pieces, whole: Sequence[int], until_ns: int) -> Iterator[Events]:
        spans = pieces.spans
        new = [n for n in whole if spans[n].first_event >= self._next_event]
        has_gap = bool(new) and spans[new[0]].first_event != self._next_event
        if until_ns >= self._reached_ns and self._next_event >= 0 and not has_gap:
            yield from (self._own(pieces.events(n)) for n in new)
            return
        self._ended, self._open = {}, {}
        yield from reversed(list(self._newest(pieces, whole)))

    def _newest(self, pieces: Pieces, whole: Sequence[int]) -> Iterator[Events]:
        """Chunks from the newest on back, until they hold enough jobs."""
        jobs = 0
        for number in whole[: -MAX_CHUNKS - 1 : -1]:
            events = self._own(pieces.events(number))
            jobs += sum(event[0] == journal.RELEASED for event in events)
            yield events
            if jobs > MAX_JOBS:
                return

    def _own(self, events: Iterable[Sequence[Any]]) -> Events:
        """Those of this stream's jobs."""
        stream = self.stream
        return [
            event
            for event in events
            if event[0] in _OF_JOB and len(event) > _LEAST and event[2] == stream
        ]

    def _as_of(self, pieces: Pieces, number: int, until_ns: int) -> list[JobTimes]:
        """What is known, and what the journal has beyond its whole chunks."""
        ended = dict(self._ended)
        running = {job: list(events) for job, events in self._open.items()}
        last = pieces.spans[number : number + 1]
        rest = self._own(pieces.events(number)) if last and last[0].t_begin_ns <= until_ns else []
        rest += self._own(pieces.tail_events)
        self._take((event for event in rest if event[1] <= until_ns), running, ended)
        going = (self._times(events, until_ns) for events in running.values())
        return [*list(ended.values())[-MAX_JOBS:], *(each for each in going if each is not None)]

    def _take(
        self,
        events: Iterable[Sequence[Any]],
        running: dict[int, Events],
        ended: dict[int, JobTimes],
    ) -> None:
        for event in events:
            kind, t_ns, _, job = event[:4]
            if kind == journal.RELEASED:
                running[job] = [event]
            elif job in running:
                running[job].append(event)
                if kind in journal.ENDS:
                    times = self._times(running.pop(job), t_ns)
                    if times is not None:
                        ended[job] = times

    def _times(self, events: Events, now_ns: int) -> JobTimes | None:
        """The times of a job; None if its events contradict each other."""
        try:
            record = record_of(self._facts, events, now_ns)
            tokens = _token_instants(events)
            stages = tuple(
                _stage_times(record, number, self._sources(number, record), tokens.get(number, ()))
                for number in range(len(record.stages))
            )
        except MISFITS:
            return None
        return JobTimes(
            record.job,
            record.release_ns,
            record.end_ns,
            record.outcome,
            record.deadline_ns,
            stages,
        )

    def _sources(self, number: int, record: JobRecord) -> Sequence[StageView]:
        """The stages that one waits for until they have ended."""
        if self._facts.stages[number].is_root or self._facts.stages[number].streamed_after >= 0:
            return ()
        return [each for n, each in enumerate(record.stages) if n != number]


def _token_instants(events: Events) -> dict[int, list[int]]:
    """When each stage had one token more."""
    found: dict[int, list[int]] = {}
    seen: dict[int, int] = {}
    for event in events:
        if event[0] == journal.FINISHED and event[6] != journal.INFERENCE:
            stage, outputs = event[4], event[9]
            if outputs != seen.get(stage, 0):
                seen[stage] = outputs
                found.setdefault(stage, []).append(event[1])
    return found


def _stage_times(
    record: JobRecord, number: int, sources: Sequence[StageView], tokens: Sequence[int]
) -> StageTimes | None:
    stage = record.stages[number]
    if stage.ready_ns == NEVER or stage.skipped:
        return None
    # The one that ended last before it is the one that it waited for.
    ends = [each.finish_ns for each in sources if NEVER < each.finish_ns <= stage.ready_ns]
    since_ns = max(ends, default=stage.ready_ns if sources else record.release_ns)
    is_streamed = not sources and stage.ready_ns != record.release_ns
    runs = [(start_ns, record.end_ns if end == NEVER else end) for _, start_ns, end in stage.runs]
    return StageTimes(
        handed_ns=0 if is_streamed else stage.ready_ns - since_ns,
        waited_ns=sum(each.to_ns - each.from_ns for each in record.waits if each.stage == number),
        ran_ns=sum(end_ns - start_ns for start_ns, end_ns in runs),
        backend=stage.runs[-1][0] if stage.runs else -1,
        ttft_ns=tokens[0] - stage.ready_ns if tokens else NEVER,
        gaps_ns=tuple(after - before for before, after in pairwise(tokens)),
    )
