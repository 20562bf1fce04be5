"""What came of a recorded run: its jobs and figures, made from its journal as for a run at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from emulator.collector import collector_off
from emulator.errors import UserError
from emulator.figures import Figures, Summary
from emulator.journal import DROPPED, POLICY_FAILED, STREAM_ADDED, Event
from emulator.metrics.events import MISFITS, Unread, misfit
from emulator.metrics.facts import StreamFacts, StreamReader
from emulator.profile import Profile
from emulator.result import ResultBuilder, RunResult
from emulator.scenario import Scenario
from emulator.session.errors import SessionError
from emulator.session.partial import WholeJobs
from emulator.session.reader import SessionReader
from emulator.session.run_inputs import RunInputs, run_inputs
from emulator.shared_time import held

_MAX_FAILURES: Final = 5
"""Of policies that are told."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that is over, recorded or not, with what its figures are judged by."""

    profile: Profile
    scenario: Scenario
    policy: str
    """At the start."""
    result: RunResult
    streams: Mapping[str, StreamFacts]
    """All that there were, in stream order."""
    drops_ns: Mapping[tuple[str, int], int]
    """When jobs were given up, by stream and number."""
    busy_ns: Mapping[str, int]
    """By backend."""
    covered_ns: int
    """Virtual time that is seen: less than the run where a recording has holes."""
    problems: tuple[str, ...] = ()
    """What is wrong with the recording, a sentence each."""
    notes: tuple[str, ...] = ()
    """What else must be known to read its figures, a sentence each."""


def finished_run(
    path: Path | str, on_progress: Callable[[float], None] | None = None
) -> FinishedRun:
    """The run of a session file.

    Raises:
        SessionError: the file cannot be read, or its journal does not fit its header.
    """
    with SessionReader(path, scan=True) as reader:
        return read_run(reader, on_progress)


def read_run(
    reader: SessionReader, on_progress: Callable[[float], None] | None = None
) -> FinishedRun:
    """The same of a session that was opened with ``scan``."""
    inputs = run_inputs(reader.header, str(reader.path))
    try:
        with collector_off():
            has_holes = bool(reader.header.begins_event or reader.gaps)
            return _Replay(inputs, reader, has_holes=has_holes).run(on_progress)
    except UserError as error:
        if isinstance(error, SessionError):
            raise
        raise SessionError(f"session {reader.path}: {error}", source=str(reader.path)) from None


class Observer:
    """Keeps of a journal what the result of a run does not say."""

    def __init__(self, profile: Profile, scenario: Scenario) -> None:
        self._reader = StreamReader(profile, scenario)
        self._names: dict[object, str] = {}
        self.streams: dict[str, StreamFacts] = {}
        self.drops_ns: dict[tuple[str, int], int] = {}
        self.failures: list[str] = []
        """Sentences on policies that broke."""

    def feed(self, events: Sequence[Unread], _now_ns: int = 0) -> None:
        """The next events.

        Raises:
            JournalError: an event that cannot belong to a run of this profile and scenario.
        """
        event: Unread = ()
        try:
            for event in events:
                if event[0] == DROPPED:
                    self.drops_ns[self._names[event[2]], event[3]] = event[1]
                elif event[0] == POLICY_FAILED:
                    _, t_ns, policy, why, *_ = event
                    self.failures.append(f"policy {policy} failed at {t_ns / 1e9:.3f} s: {why}")
                elif event[0] == STREAM_ADDED:
                    _, _, index, name, spec, *_ = event
                    self._names[index] = name
                    self.streams[name] = self._reader.facts(name, spec)
        except MISFITS as error:
            raise misfit(event, error) from error


class _Replay:
    """The journal of a file, on its way to a result."""

    def __init__(self, inputs: RunInputs, reader: SessionReader, *, has_holes: bool) -> None:
        self._inputs = inputs
        self._reader = reader
        self._has_holes = has_holes
        self._builder = ResultBuilder(inputs.profile, inputs.scenario)
        self._observer = Observer(inputs.profile, inputs.scenario)

    def run(self, on_progress: Callable[[float], None] | None) -> FinishedRun:
        reader, end_ns = self._reader, self._reader.t_end_ns
        begins_ns = reader.header.begins_ns
        jobs = WholeJobs(
            self._inputs.streams_at_start(), len(self._inputs.profile.backends), begins_ns
        )
        if self._has_holes:
            self._feed(jobs.announced)
        number = reader.header.begins_event
        for first, events in reader.numbered():
            if first != number:
                if not self._has_holes:  # a chunk that was intact but holds no events
                    return _Replay(self._inputs, reader, has_holes=True).run(on_progress)
                jobs.gap()
            number = first + len(events)
            self._feed(jobs.feed(events) if self._has_holes else events)
            if on_progress is not None:
                on_progress(cast("int", events[-1][1]) / max(1, end_ns))
        self._feed(jobs.rest())
        covered_ns = end_ns - begins_ns - sum(g.t_end_ns - g.t_begin_ns for g in reader.gaps)
        result = self._builder.result(end_ns)
        busy_ns = busy_time(result, self._inputs.profile)
        if self._has_holes:
            busy_ns = dict(zip(busy_ns, jobs.busy_ns, strict=True))
            summary = _rescaled(result.summary, busy_ns, max(1, covered_ns))
            result = replace(result, summary=summary)
        return FinishedRun(
            profile=self._inputs.profile,
            scenario=self._inputs.scenario,
            policy=reader.header.policy,
            result=result,
            streams=self._observer.streams,
            drops_ns=self._observer.drops_ns,
            busy_ns=busy_ns,
            covered_ns=covered_ns,
            problems=_problems(reader),
            notes=(*_notes(reader, jobs.left_out), *self._observer.failures[:_MAX_FAILURES]),
        )

    def _feed(self, events: Sequence[Event]) -> None:
        self._observer.feed(events)
        self._builder.feed(events)


def busy_time(result: RunResult, profile: Profile) -> dict[str, int]:
    """Busy time by backend; a slice that ran at the end counts up to then."""
    busy_ns = dict.fromkeys(profile.backend_names, 0)
    for job in result.jobs:
        for stage in job.stages:
            for backend, held_ns in held(stage, result.end_ns):
                busy_ns[backend] += held_ns
    return busy_ns


def _rescaled(summary: Summary, busy_ns: Mapping[str, int], covered_ns: int) -> Summary:
    """Rates over the time that was seen, not from the start of the run."""
    factor = summary.end_ns / covered_ns

    def figures(of: Figures) -> Figures:
        rate = of.tokens_per_s
        return of if rate is None else replace(of, tokens_per_s=rate * factor)

    return replace(
        summary,
        overall=figures(summary.overall),
        streams={name: figures(each) for name, each in summary.streams.items()},
        utilization={name: min(1.0, busy / covered_ns) for name, busy in busy_ns.items()},
    )


def _problems(reader: SessionReader) -> tuple[str, ...]:
    missing = sum(gap.events for gap in reader.gaps)
    gaps = f"{missing:,} events are missing in {len(reader.gaps):,} gaps"
    return (*reader.problems, gaps) if missing else reader.problems


def _notes(reader: SessionReader, left_out: int) -> tuple[str, ...]:
    found = []
    if reader.header.begins_event:
        begins_s = reader.header.begins_ns / 1e9
        found.append(
            f"it was begun {begins_s:.3f} s into the run, and its figures count from there"
        )
    if left_out:
        jobs = "1 job is" if left_out == 1 else f"{left_out:,} jobs are"
        found.append(f"{jobs} left out, of which something is missing")
    return tuple(found)
