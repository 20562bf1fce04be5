"""How far policies are from the best that could have been: an interval, within a time limit."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.policies import policies
from emulator.study.optimum.lower import lower_bound
from emulator.study.optimum.upper import Question, Schedule, schedule_of, searched, within
from emulator.study.optimum.window import WindowJob, window_jobs


@dataclass(frozen=True, slots=True)
class Optimum:
    """The least number of misses of a window lies between two numbers."""

    jobs: int
    """Released in the window, with a deadline."""
    hopeless: int
    """Missed even alone on an idle chip."""
    at_least: int
    """No schedule misses fewer."""
    at_most: int
    """One with so many exists."""
    witness: str
    """What made that one: a policy, or the search."""
    missed: dict[str, int]
    """By each policy that was asked about."""
    seconds: float

    @property
    def is_proven(self) -> bool:
        """Whether both numbers meet."""
        return self.at_least == self.at_most

    def regret(self, policy: str) -> tuple[int, int]:
        """How many misses of a policy the best schedule would have saved: from, to."""
        return self.missed[policy] - self.at_most, self.missed[policy] - self.at_least


def optimum(question: Question, asked: Sequence[str], *, time_limit_s: float) -> Optimum:
    """Asks both sides, each for half of the time.

    Raises:
        UserError: a policy that does not exist, or a scenario that cannot be asked about.
    """
    begun_s = time.monotonic()
    jobs = window_jobs(
        question.profile,
        question.scenario,
        seed=question.seed,
        noise=question.noise,
        begin_ns=question.begin_ns,
        end_ns=question.end_ns,
    )
    own = {name: schedule_of(question, name) for name in asked}
    best = _best(question, jobs, list(own.values()), time_limit_s / 3)
    left_s = time_limit_s - (time.monotonic() - begun_s)
    at_least = lower_bound(jobs, best.missed, time_limit_s=max(0.1, left_s))
    return Optimum(
        jobs=len(jobs),
        hopeless=sum(each.is_hopeless for each in jobs),
        at_least=at_least,
        at_most=len(best.missed),
        witness=best.name,
        missed={name: len(each.missed) for name, each in own.items()},
        seconds=time.monotonic() - begun_s,
    )


def _best(
    question: Question, jobs: Sequence[WindowJob], own: list[Schedule], time_limit_s: float
) -> Schedule:
    """The schedule with the fewest misses: of those that were asked about, a search, and others."""
    hopeless = sum(each.is_hopeless for each in jobs)
    with_deadlines = {each.stream for each in jobs}
    names = [each.name for each in question.scenario.streams]
    patient = [name for name in names if name not in with_deadlines]
    found = [*own]
    if min(len(each.missed) for each in found) > hopeless:
        found += within(searched(question, patient), time_limit_s / 2, enough=hopeless)
    if min(len(each.missed) for each in found) > hopeless:
        others = (each.name for each in policies() if each.name not in {own.name for own in found})
        runs = (schedule_of(question, name) for name in others)
        found += within(runs, time_limit_s / 2, enough=hopeless)
    return min(found, key=lambda each: len(each.missed))
