"""The result of a run, built from its journal."""

from collections.abc import Sequence
from dataclasses import dataclass

from emulator import journal as kinds
from emulator.job_history import JobHistory
from emulator.job_result import JobResult, Outcome, SliceResult, StageResult
from emulator.journal import OF_STAGE, Event
from emulator.metrics.events import MISFITS, Unread, misfit
from emulator.metrics.facts import StreamFacts, StreamReader
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.shared_time import held
from emulator.summary import Summary, summarize

__all__ = ["JobResult", "Outcome", "ResultBuilder", "RunResult", "SliceResult", "StageResult"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run: its jobs by release, then stream order; its events unless they were not kept."""

    jobs: tuple[JobResult, ...]
    summary: Summary
    end_ns: int
    journal: tuple[Event, ...] | None


class _Stream:
    """One stream of the run."""

    __slots__ = ("facts", "index", "open", "tokens")

    def __init__(self, index: int, facts: StreamFacts) -> None:
        self.index = index
        self.facts = facts
        self.open: dict[int, list[Unread]] = {}
        """The events of each job that has not ended."""
        self.tokens = 0
        """Produced by the jobs that have."""


class ResultBuilder:
    """Follows a journal and makes the result of the run.

    The events of a job are laid aside until it ends, and read at once.
    """

    def __init__(self, profile: Profile, scenario: Scenario) -> None:
        self._reader = StreamReader(profile, scenario)
        self._backends = profile.backend_names
        self._streams: dict[object, _Stream] = {}
        self._ended: list[tuple[int, int, int, JobResult]] = []
        """Release, stream and number of each job, and its record."""

    def feed(self, new: Sequence[Unread]) -> None:
        """Takes the next events of the journal, in order.

        Raises:
            JournalError: an event that cannot belong to a run of this profile and scenario.
        """
        event: Unread = ()
        try:
            for event in new:
                kind = event[0]
                if kind in OF_STAGE:
                    self._streams[event[2]].open[event[3]].append(event)
                elif kind == kinds.RELEASED:
                    self._streams[event[2]].open[event[3]] = [event]
                elif kind == kinds.COMPLETED:
                    _, t_ns, stream, job, outcome, cause, *_ = event
                    self._end(self._streams[stream], job, outcome, t_ns, cause=cause)
                elif kind == kinds.DROPPED:
                    _, t_ns, stream, job, reason, cause, *_ = event
                    self._end(self._streams[stream], job, "dropped", t_ns, reason, cause)
                elif kind == kinds.STREAM_ADDED:
                    _, _, stream, name, spec, *_ = event
                    self._streams[stream] = _Stream(stream, self._reader.facts(name, spec))
                elif kind == kinds.BACKEND_DOWN:
                    self._tell_open_jobs(event)
        except MISFITS as error:
            raise misfit(event, error) from error

    def result(self, end_ns: int, journal: Sequence[Event] | None = None) -> RunResult:
        """The result at the end of the run; jobs that have not ended are ``running``."""
        entries = self._ended.copy()
        streams = sorted(self._streams.values(), key=_index_of)
        output_tokens = []
        for stream in streams:
            histories = [self._history(stream, events) for events in stream.open.values()]
            output_tokens.append(stream.tokens + sum(each.tokens for each in histories))
            records = [history.result("running", end_ns) for history in histories]
            entries += [(job.release_ns, stream.index, job.index, job) for job in records]
        entries.sort()
        jobs = tuple([entry[3] for entry in entries])
        return RunResult(
            jobs=jobs,
            summary=summarize(
                jobs,
                streams=[stream.facts for stream in streams],
                output_tokens=output_tokens,
                busy_ns=_busy_ns(jobs, self._backends, end_ns),
                end_ns=end_ns,
            ),
            end_ns=end_ns,
            journal=None if journal is None else tuple(journal),
        )

    def _tell_open_jobs(self, event: Unread) -> None:
        for stream in self._streams.values():
            for events in stream.open.values():
                events.append(event)

    def _end(
        self,
        stream: _Stream,
        job: int,
        outcome: Outcome,
        t_ns: int,
        reason: str = "",
        cause: str = "",
    ) -> None:
        history = self._history(stream, stream.open.pop(job))
        if stream.facts.has_llm:
            stream.tokens += history.tokens
        record = history.result(outcome, t_ns, reason=reason, cause=cause)
        self._ended.append((history.release_ns, stream.index, job, record))

    def _history(self, stream: _Stream, events: list[Unread]) -> JobHistory:
        return JobHistory(stream.facts, self._backends, events)


def _index_of(stream: _Stream) -> int:
    return stream.index


def _busy_ns(jobs: Sequence[JobResult], backends: Sequence[str], end_ns: int) -> dict[str, int]:
    """Busy time by backend; a slice that runs when the run is cut counts up to then."""
    busy_ns = dict.fromkeys(backends, 0)
    for job in jobs:
        for stage in job.stages:
            for backend, held_ns in held(stage, end_ns):
                busy_ns[backend] += held_ns
    return busy_ns
