"""Whether a policy keeps the rules of the engine: on bundled scenarios, and on random ones.

The engine refuses what cannot be done, so a rule that is broken shows as a policy that failed; jobs
and backends are counted from the journal all the same, by what they must be and not by how they
were made.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from time import perf_counter_ns
from typing import Any, Final, TypeAlias

from emulator import journal as kinds
from emulator.catalog import load_profile, load_scenario, profile_of, scenario_names
from emulator.errors import UserError
from emulator.journal import Event
from emulator.policies import find_policy
from emulator.policies.overtime import OvertimeError
from emulator.policies.own import guard_of, times_of
from emulator.schema.fit import check_fit
from emulator.simulation import ProfileLike, ScenarioLike, TimedCommand, simulate
from emulator.study.policy_cases import random_cases

BUDGET_NS: Final = 5_000_000
"""Wall time that the median decision may take; a core warns beyond it, too."""
PATIENCE_NS: Final = 20_000_000_000
"""Wall time of all decisions from which on a slow policy is not looked at further."""
_CUT_SHORT: Final = "too slow to be looked at further"
RANDOM_CASES: Final = 30

Problem: TypeAlias = str
Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """One rule."""

    rule: str
    problems: tuple[str, ...]
    """Where it does not hold, a sentence each."""
    detail: str
    """What was looked at, or measured."""

    @property
    def holds(self) -> bool:
        """Whether it was kept everywhere."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    profile: ProfileLike
    scenario: ScenarioLike
    duration_s: Fraction


def check_policy(
    policy: str,
    duration_s: Fraction = Fraction(5),
    on_progress: Callable[[float], None] | None = None,
) -> list[Checked]:
    """Runs a policy and says for each rule whether it was kept.

    Args:
        policy: a name, as for ``simulate``.
        duration_s: of the bundled scenarios.
        on_progress: is told which share is done, 0 to 1.

    Raises:
        PolicyError: there is no such policy, or it does not load.
    """
    name = find_policy(policy).name
    cases = [*_bundled(duration_s), *_random()]
    journals: dict[str, Sequence[Event]] = {}
    different: list[str] = []
    swapped: list[str] = []
    events = 0
    began_ns = perf_counter_ns()
    with _patience(name):
        for number, case in enumerate(cases):
            first = journals[case.name] = _journal(case, name)
            again = _journal(case, name)
            if first != again and not _is_cut_short(again):
                different.append(f"{case.name}: two runs with the same seed differ")
            handed_over = _journal(case, name, _swaps(case, name))
            swapped += [f"{case.name}, swapped in and out: {each}" for each in _lost(handed_over)]
            events += len(first) + len(handed_over)
            if on_progress is not None:
                on_progress((number + 1) / len(cases))
    took_s = (perf_counter_ns() - began_ns) / 1e9
    each = f"{len(cases)} scenarios"
    return [
        Checked("raises nothing, decides what can be", _in_all(journals, _failed), each),
        Checked("no job lost or run twice", _in_all(journals, _lost), f"{events:,} events"),
        Checked("one slice at a time on a backend", _in_all(journals, _overlapping), each),
        Checked("the same journal each time", tuple(different), f"{each}, run twice"),
        Checked("hands over when it is swapped", tuple(swapped), "fcfs, then it, then fcfs"),
        _decision_time(name, took_s),
    ]


def _bundled(duration_s: Fraction) -> Iterator[_Case]:
    for name in scenario_names():
        try:
            scenario = load_scenario(name)
            profile = load_profile(profile_of(scenario))
            check_fit(profile, scenario)
        except UserError:
            continue  # a file of the user's that cannot be run is no matter of the policy
        yield _Case(name, profile, scenario, duration_s)


def _random() -> Iterator[_Case]:
    for number, (profile, scenario) in enumerate(random_cases(RANDOM_CASES)):
        yield _Case(f"random case {number}", profile, scenario, Fraction(1))


def _journal(case: _Case, policy: str, commands: Sequence[TimedCommand] = ()) -> Sequence[Event]:
    result = simulate(
        case.profile,
        case.scenario,
        "fcfs" if commands else policy,
        duration_s=str(case.duration_s),
        seed=7,
        commands=commands,
    )
    return result.journal or ()


def _swaps(case: _Case, policy: str) -> list[TimedCommand]:
    """In at a third of the run, out at two thirds."""
    third_ns = int(case.duration_s * 10**9 / 3)
    return [(third_ns, "swap", policy), (2 * third_ns, "swap", "fcfs")]


def _in_all(
    journals: dict[str, Sequence[Event]], look: Callable[[Sequence[Row]], Iterator[Problem]]
) -> tuple[str, ...]:
    return tuple(f"{name}: {each}" for name, events in journals.items() for each in look(events))


def _failed(events: Sequence[Row]) -> Iterator[Problem]:
    for kind, t_ns, *fields in events:
        if kind == kinds.POLICY_FAILED:
            yield f"at {t_ns / 1e9:.3f} s: {fields[1]}"


def _lost(events: Sequence[Row]) -> Iterator[Problem]:
    """Released = completed + dropped, each once; no slice twice."""
    released = Counter(each[2:4] for each in events if each[0] == kinds.RELEASED)
    ended = Counter(each[2:4] for each in events if each[0] in (kinds.COMPLETED, kinds.DROPPED))
    if released != ended:
        wrong = len((released - ended) | (ended - released))
        yield f"{wrong} jobs did not end, or ended more than once"
    # Stream, job, stage, backend, phase and number; a stage may run many inferences, with the same
    # numbers, but reads and writes each token once.
    started = Counter(each[2:8] for each in events if each[0] == kinds.STARTED)
    finished = Counter(each[2:8] for each in events if each[0] == kinds.FINISHED)
    if started != finished:
        wrong = len((started - finished) | (finished - started))
        yield f"{wrong} slices did not end, or never began"
    tokens = Counter(each[2:5] + each[6:8] for each in events if _starts_tokens(each))
    twice = sum(count > 1 for count in tokens.values())
    if twice:
        yield f"{twice} slices ran more than once"


def _starts_tokens(event: Row) -> bool:
    return bool(event[0] == kinds.STARTED and event[6] != kinds.INFERENCE)


def _overlapping(events: Sequence[Row]) -> Iterator[Problem]:
    busy: set[object] = set()
    for event in events:
        if event[0] == kinds.STARTED:
            if event[5] in busy:
                yield f"a slice started on busy backend {event[5]} at {event[1] / 1e9:.3f} s"
            busy.add(event[5])
        elif event[0] == kinds.FINISHED:
            busy.discard(event[5])


def _is_cut_short(events: Sequence[Row]) -> bool:
    """Whether it was given up for its slowness, which no second run need do alike."""
    return any(_CUT_SHORT in each for each in _failed(events))


@contextmanager
def _patience(name: str) -> Iterator[None]:
    """Has a policy fail at once, in all further runs, when it has been slow for long enough."""
    guarded = guard_of(find_policy(name))
    if guarded is None:
        yield
        return
    times = guarded.times

    def watch(_now_ns: int) -> None:
        if times.total_ns > max(PATIENCE_NS, BUDGET_NS * times.count):
            took = f"{times.count:,} decisions took {times.total_ns / 1e9:.1f} s"
            raise OvertimeError(f"{_CUT_SHORT}: {took}")

    guarded.watchers.append(watch)
    try:
        yield
    finally:
        guarded.watchers.remove(watch)


def _decision_time(name: str, took_s: float) -> Checked:
    rule = "decisions in time"
    times = times_of(find_policy(name))
    if times is None or not times.last_ns:
        return Checked(rule, (), f"not measured by itself; all runs took {took_s:.1f} s")
    newest = sorted(times.last_ns)
    half_ns = int(median(newest))
    most_ns = newest[(len(newest) * 99 - 1) // 100]
    detail = (
        f"median {half_ns / 1e3:,.1f} us, p99 {most_ns / 1e3:,.1f} us, "
        f"worst {times.worst_ns / 1e3:,.0f} us of {times.count:,}"
    )
    slow = (f"the median is above {BUDGET_NS / 1e6:g} ms",) if half_ns > BUDGET_NS else ()
    return Checked(rule, slow, detail)
