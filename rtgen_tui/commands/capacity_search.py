"""From options to the answers of a capacity search."""

import os
import sys
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from fractions import Fraction

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.study.capacity import Capacity, Question, ask, capacity
from emulator.study.comparison_plan import POLICIES
from emulator.sweep import worker_processes
from rtgen_tui.commands import values
from rtgen_tui.commands.apart import worker_died
from rtgen_tui.commands.capacity_report import print_capacity
from rtgen_tui.commands.headless import progress
from rtgen_tui.exits import is_terminal
from rtgen_tui.render import print_json


@dataclass(frozen=True, slots=True)
class Choices:
    """The options; None where the user left one out."""

    scenario: str
    vary: str
    limit: str
    profile: str | None
    policies: str | None
    seeds: int
    duration_s: Fraction
    bounds: tuple[Fraction | None, Fraction | None]
    step: Fraction | None
    noise: bool
    effects: str
    jobs: int | None
    as_json: bool


def run_capacity(choices: Choices) -> None:
    """Searches and prints.

    Raises:
        UserError: an option or a file is wrong, or there is nothing to measure.
        RunError: a worker process died.
    """
    found = _found(_question(choices), choices.policies, choices.jobs)
    if choices.as_json:
        print_json(found.to_dict())
    else:
        print_capacity(found, plot=is_terminal(sys.stdout))


def _question(choices: Choices) -> Question:
    scenario = load_scenario(choices.scenario)
    given = choices.policies
    return ask(
        profile_of(scenario) if choices.profile is None else load_profile(choices.profile),
        scenario,
        choices.vary,
        choices.limit,
        policies=POLICIES if given is None else values.names(given),
        seeds=range(choices.seeds),
        duration_s=choices.duration_s,
        noise=choices.noise,
        effects=choices.effects,
        bounds=choices.bounds,
        step=choices.step,
    )


def _found(question: Question, policies: str | None, jobs: int | None) -> Capacity:
    most = len(question.policies) * len(question.seeds)
    words = f"{question.scenario.name} on {question.profile.name}"
    try:
        with (
            worker_processes(min(jobs or os.cpu_count() or 1, most)) as executor,
            progress(words) as advance,
        ):
            return capacity(question, executor, advance)
    except BrokenExecutor:
        raise worker_died(policies) from None
