"""The jobs of a recording one by one, each as soon as it has ended: memory for open jobs only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator import journal
from emulator.job_history import JobHistory
from emulator.job_result import JobResult, Outcome
from emulator.metrics.events import MISFITS, Unread, misfit
from emulator.metrics.facts import StreamFacts, StreamReader
from emulator.session.run_inputs import RunInputs


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job and when it ended: finished, was given up, or the recording was over."""

    job: JobResult
    ended_ns: int
    facts: StreamFacts


class JobStream:
    """Fed with a journal in order; leaves out the jobs that the file does not hold whole."""

    def __init__(self, inputs: RunInputs) -> None:
        self._reader = StreamReader(inputs.profile, inputs.scenario)
        self._backends = inputs.profile.backend_names
        self._facts: dict[int, StreamFacts] = {}
        self._open: dict[tuple[int, int], list[Unread]] = {}
        for index, (name, spec) in enumerate(inputs.streams_at_start()):
            self._facts[index] = self._reader.facts(name, spec)

    def gap(self) -> None:
        """Events are missing here: of any job that is open."""
        self._open.clear()

    def feed(self, events: Sequence[Unread]) -> Iterator[EndedJob]:
        """The next events; gives the jobs that ended.

        Raises:
            JournalError: an event that cannot belong to a run of this profile and scenario.
        """
        event: Unread = ()
        try:
            for event in events:
                kind = event[0]
                if kind in journal.OF_STAGE:
                    if (own := self._open.get((event[2], event[3]))) is not None:
                        own.append(event)
                elif kind == journal.RELEASED and event[2] in self._facts:
                    self._open[event[2], event[3]] = [event]
                elif kind == journal.COMPLETED:
                    _, t_ns, stream, job, outcome, cause, *_ = event
                    yield from self._ended(stream, job, outcome, t_ns, cause=cause)
                elif kind == journal.DROPPED:
                    _, t_ns, stream, job, reason, cause, *_ = event
                    yield from self._ended(stream, job, "dropped", t_ns, reason, cause)
                elif kind == journal.STREAM_ADDED:
                    _, _, stream, name, spec, *_ = event
                    self._facts[stream] = self._reader.facts(name, spec)
                elif kind == journal.BACKEND_DOWN:
                    self._tell_open_jobs(event)
        except MISFITS as error:
            raise misfit(event, error) from error

    def _tell_open_jobs(self, event: Unread) -> None:
        for events in self._open.values():
            events.append(event)

    def rest(self, end_ns: int) -> Iterator[EndedJob]:
        """The jobs that were open at the end."""
        for stream, job in list(self._open):
            yield from self._ended(stream, job, "running", end_ns)

    def _ended(
        self,
        stream: int,
        job: int,
        outcome: Outcome,
        t_ns: int,
        reason: str = "",
        cause: str = "",
    ) -> Iterator[EndedJob]:
        events = self._open.pop((stream, job), None)
        if events is not None:
            facts = self._facts[stream]
            history = JobHistory(facts, self._backends, events)
            record = history.result(outcome, t_ns, reason=reason, cause=cause)
            yield EndedJob(record, t_ns, facts)
