"""Schedules that exist: the engine runs them, and the misses of the window are counted.

First policies by name, then a search among schedules in which streams without deadlines wait until
the window is over: the jobs that the best one missed are given up at their release, which leaves
room for others, and are taken back one by one as long as that costs nothing.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from emulator.collector import collector_off
from emulator.engine import Engine
from emulator.journal import Event
from emulator.policies import find_policy
from emulator.policies.axes import Admission
from emulator.policies.base import (
    BackendState,
    Decision,
    Drop,
    Key,
    NamedPolicy,
    ReadySlice,
)
from emulator.policies.walk import NEVER, Chip
from emulator.profile import Profile
from emulator.refused_runs import refuse_failures
from emulator.result import ResultBuilder
from emulator.scenario import Scenario
from emulator.virtual import run_virtual

JobName: TypeAlias = tuple[str, int]
"""Stream and number of a job."""
SEARCH: Final = "search"
_CHUNK: Final = 128


@dataclass(frozen=True, slots=True)
class Question:
    """A window of a run."""

    profile: Profile
    scenario: Scenario
    seed: int
    noise: bool
    begin_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule that exists, and the jobs of the window that it misses."""

    name: str
    missed: frozenset[JobName]


def schedule_of(question: Question, policy: str | NamedPolicy) -> Schedule:
    """What a policy makes of the window, in a run from its start that ends with its last job.

    Raises:
        PolicyError: there is no such policy, or it failed.
    """
    named = find_policy(policy)
    engine = Engine(
        question.profile,
        question.scenario,
        named,
        seed=question.seed,
        noise=question.noise,
        duration_ns=question.end_ns,
    )
    builder = ResultBuilder(question.profile, question.scenario)

    def take(events: Sequence[Event]) -> None:
        refuse_failures(events)
        builder.feed(events)

    with collector_off():
        run_virtual(engine, take)
    jobs = builder.result(max(engine.now_ns, question.end_ns), None).jobs
    missed = (
        (job.stream, job.index)
        for job in jobs
        if job.missed and question.begin_ns <= job.release_ns < question.end_ns
    )
    return Schedule(named.name, frozenset(missed))


def searched(question: Question, patient: Collection[str]) -> Iterator[Schedule]:
    """Schedules of a search, each of them run; it ends when it finds no better one.

    Args:
        question: what is asked about.
        patient: streams without deadlines, which wait until the window is over.
    """

    def without(given_up: Collection[JobName]) -> Schedule:
        rule = GivingUp(frozenset(given_up), frozenset(patient), question)
        return schedule_of(question, NamedPolicy(SEARCH, "", "", rule))

    best = without(())
    yield best
    # Giving up what is missed anyway leaves room for others, and then fewer need be given up.
    while len((found := without(best.missed)).missed) < len(best.missed):
        best = found
        yield best
    for job in sorted(best.missed):
        found = without(best.missed - {job})
        yield found
        if len(found.missed) < len(best.missed):
            best = found


def within(
    schedules: Iterator[Schedule], time_limit_s: float, *, enough: int = 0
) -> list[Schedule]:
    """The schedules that come in time, until one has no more misses than are enough."""
    end_s = time.monotonic() + time_limit_s
    found: list[Schedule] = []
    while time.monotonic() < end_s and (schedule := next(schedules, None)) is not None:
        found.append(schedule)
        if len(schedule.missed) <= enough:
            break
    return found


class GivingUp:
    """Earliest deadline first where it would end first, without some jobs that it gives up."""

    name = SEARCH
    description = "earliest deadline first, without the jobs that a search gives up"
    admission = Admission.EARLY_DROP
    chunk = _CHUNK
    sticky = False
    wants_estimates = False

    def __init__(
        self, given_up: frozenset[JobName], patient: frozenset[str], question: Question
    ) -> None:
        self._given_up = given_up
        self._patient = patient
        self._begin_ns, self._end_ns = question.begin_ns, question.end_ns

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Drops first, then starts in order of deadlines."""
        decisions: list[Decision] = []
        dropped: set[JobName] = set()
        left = []
        is_window = self._begin_ns <= now_ns < self._end_ns
        for each in ready:
            name = (each.stream, each.job)
            if is_window and each.stream in self._patient:
                continue
            if name not in self._given_up:
                left.append(each)
            elif name not in dropped and not each.job_runs:
                dropped.add(name)
                decisions.append(Drop(each, SEARCH))
        chip = Chip(now_ns, backends)
        left.sort(key=_by_deadline)
        for each in left:
            if not any(chip.idle):
                break
            backend = chip.earliest_if_idle(each)
            if backend >= 0:
                decisions.append(chip.start(each, backend))
        return decisions


def _by_deadline(ready: ReadySlice) -> Key:
    return (NEVER if ready.deadline_ns is None else ready.deadline_ns), ready.tie
