"""From options to comparisons: one, or one for each scenario on each profile."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from emulator.catalog import (
    DEFAULT_PROFILE,
    load_profile,
    load_scenario,
    profile_names,
    profile_of,
    scenario_names,
)
from emulator.errors import ProfileError, ScenarioError, UserError
from emulator.simulation import ProfileLike, ScenarioLike
from emulator.study.comparison import Comparison, evaluate, mean_spread_points
from emulator.study.comparison_plan import POLICIES, Plan, plan
from emulator.sweep import RunRecord, run_all, worker_processes
from rtgen_tui.commands import values
from rtgen_tui.commands.apart import worker_died
from rtgen_tui.commands.comparison_report import print_comparison, print_spreads
from rtgen_tui.exits import is_terminal, note
from rtgen_tui.render import line, print_json

if TYPE_CHECKING:
    from rtgen_tui.commands.regretting import Regret


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of a comparison; None, or an empty scenario, where the user left one out."""

    scenario: str
    profile: str | None
    policies: str | None
    seeds: int
    duration_s: Fraction
    noise: bool
    flips: bool
    effects: str
    regret: bool
    all_profiles: bool
    all_scenarios: bool
    jobs: int | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A scenario that cannot be run on a profile."""

    scenario: str
    profile: str
    error: str


def run_comparisons(choices: Choices) -> None:
    """Runs and prints; each comparison as soon as it is there, a JSON object at the end.

    Raises:
        UserError: an option or a file is wrong, or there is nothing that can be compared.
        RunError: a worker process died.
    """
    is_many = choices.all_profiles or choices.all_scenarios
    plans, skipped = _plans(choices)
    done: list[Comparison] = []
    regrets: list[Regret | None] = []
    for comparison in _comparisons(plans, choices.policies, choices.jobs):
        regret = _regret(comparison.plan) if choices.regret else None
        if not choices.as_json:
            if done:
                line()
            print_comparison(comparison, regret)
        done.append(comparison)
        regrets.append(regret)
    if choices.as_json:
        both = zip(done, regrets, strict=True)
        records = [_record(each, regret, asked=choices.regret) for each, regret in both]
        spread = mean_spread_points(done)
        left_out = [asdict(each) for each in skipped]
        whole = {"comparisons": records, "mean_spread_points": spread, "skipped": left_out}
        print_json(whole if is_many else records[0])
    elif is_many:
        print_spreads(done)


def _regret(plan: Plan) -> "Regret | None":
    """None where the scenario cannot be asked about, which is said."""
    from rtgen_tui.commands.regretting import worst_regret

    try:
        return worst_regret(
            plan.profile, plan.scenario, plan.policies, plan.duration_s, noise=plan.noise
        )
    except UserError as error:
        note(f"no regret: {error}")
        return None


def _record(comparison: Comparison, regret: "Regret | None", *, asked: bool) -> dict[str, object]:
    record = comparison.to_dict()
    if asked:
        record["regret"] = None if regret is None else regret.to_dict()
    return record


def _plans(choices: Choices) -> tuple[list[Plan], list[Skipped]]:
    """What can be run, and what is left out because it cannot."""
    _check(choices)
    scenarios: Iterable[ScenarioLike] = (
        scenario_names() if choices.all_scenarios else (load_scenario(choices.scenario),)
    )
    chosen = None if choices.profile is None else load_profile(choices.profile)
    profiles: Iterable[ProfileLike | None] = profile_names() if choices.all_profiles else (chosen,)
    plans: list[Plan] = []
    skipped: list[Skipped] = []
    for scenario, profile in (
        (scenario, profile) for scenario in scenarios for profile in profiles
    ):
        try:
            own = profile_of(load_scenario(scenario)) if profile is None else profile
            plans.append(_plan(choices, scenario, own))
        except (ProfileError, ScenarioError) as error:
            if not (choices.all_profiles or choices.all_scenarios):
                raise
            note(f"left out: {error}")
            skipped.append(Skipped(_name(scenario), _name(profile or DEFAULT_PROFILE), str(error)))
    if not plans:
        raise UserError("no scenario can be run on any of the profiles")
    return plans, skipped


def _check(choices: Choices) -> None:
    """Raises UserError for options that do not go together."""
    if choices.all_scenarios and choices.scenario:
        raise UserError(f"give {choices.scenario!r} or --all-scenarios, not both")
    if choices.all_profiles and choices.profile is not None:
        raise UserError("give --profile or --all-profiles, not both")
    if not choices.all_scenarios and not choices.scenario:
        raise UserError("which scenario? Give its name or file, or --all-scenarios")


def _plan(choices: Choices, scenario: ScenarioLike, profile: ProfileLike) -> Plan:
    given = choices.policies
    names = POLICIES if given is None else values.names(given)
    return plan(
        profile,
        scenario,
        names,
        range(choices.seeds),
        choices.duration_s,
        noise=choices.noise,
        flips=choices.flips,
        effects=choices.effects,
    )


def _name(what: ScenarioLike | ProfileLike) -> str:
    return what if isinstance(what, str) else str(getattr(what, "name", what))


def _comparisons(plans: list[Plan], policies: str | None, jobs: int | None) -> Iterator[Comparison]:
    """All comparisons in order; workers go on to the next while one is printed."""
    cases = chain.from_iterable(each.cases() for each in plans)
    count = min(jobs or os.cpu_count() or 1, sum(each.run_count for each in plans))
    try:
        with worker_processes(count) as executor:
            records = run_all(cases, executor)
            for each in plans:
                words = f"{each.scenario.name} on {each.profile.name}"
                with _progress(words, each.run_count) as advance:
                    comparison = evaluate(each, _counted(records, advance))
                yield comparison
    except BrokenExecutor:
        raise worker_died(policies) from None


def _counted(records: Iterable[RunRecord], advance: Callable[[], None]) -> Iterator[RunRecord]:
    for record in records:
        advance()
        yield record


@contextmanager
def _progress(words: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr that what is yielded advances, if somebody is there to see it."""
    if not is_terminal(sys.stderr):
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=total)
        yield lambda: bar.advance(task)
