"""Asks for the optimum of a window, and says what came out."""

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.errors import UserError
from emulator.policies import find_policy, headline
from emulator.profile import Profile
from emulator.refused_runs import refuse_failures
from emulator.scenario import Scenario
from emulator.simulation import simulate
from emulator.study.optimum.question import Optimum, optimum
from emulator.study.optimum.upper import Question
from rtgen_tui import render
from rtgen_tui.commands import values
from rtgen_tui.exits import note
from rtgen_tui.instants import instant_ns
from rtgen_tui.widgets.numbers import clock

SEARCHED_S: Final = 30
MAX_WINDOW_S: Final = 10
WINDOW_NS: Final = 2_000_000_000
LIMIT_S: Final = 13.0
_LEAST_S: Final = 0.1
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Choices:
    """The options; None where the user left one out."""

    scenario: str
    profile: str | None
    policies: str | None
    window_s: Fraction
    at: str | None
    limit_s: float
    seed: int
    noise: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class Regret:
    """What was asked, and the answer."""

    question: Question
    answer: Optimum

    @property
    def bounds(self) -> str:
        """What is known of the least number of misses."""
        answer = self.answer
        if answer.is_proven:
            least = f"the least that any schedule misses is {answer.at_most:,}"
        else:
            least = (
                f"no schedule misses fewer than {answer.at_least:,}; one with {answer.at_most:,} "
                "exists"
            )
        return f"{least} (found by {answer.witness})"

    @property
    def window(self) -> str:
        """When, and what was there to miss."""
        question, answer = self.question, self.answer
        begin, end = (clock(t_ns, 3, hours=False) for t_ns in (question.begin_ns, question.end_ns))
        return (
            f"{begin} to {end} on {question.profile.name}, seed {question.seed}: "
            f"{answer.jobs:,} jobs with deadlines, {answer.hopeless:,} of them hopeless"
        )

    def could_have_saved(self, policy: str) -> str:
        """How many misses of a policy, from and to."""
        low, high = self.answer.regret(policy)
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types."""
        question, answer = self.question, self.answer
        return {
            "scenario": question.scenario.name,
            "profile": question.profile.name,
            "seed": question.seed,
            "noise": question.noise,
            "begin_s": question.begin_ns / _SECOND_NS,
            "end_s": question.end_ns / _SECOND_NS,
            "jobs": answer.jobs,
            "hopeless": answer.hopeless,
            "at_least": answer.at_least,
            "at_most": answer.at_most,
            "witness": answer.witness,
            "proven": answer.is_proven,
            "policies": [
                {"name": name, "missed": missed, "regret": list(answer.regret(name))}
                for name, missed in answer.missed.items()
            ],
        }


def worst_regret(
    profile: Profile,
    scenario: Scenario,
    policies: Sequence[str],
    duration_s: Fraction,
    *,
    noise: bool,
) -> Regret:
    """Of the worst 2 s of the first policy, under the seed 0, within the duration.

    Raises:
        UserError: a scenario that cannot be asked about.
    """
    until_s = time.monotonic() + LIMIT_S
    _tell_of_scipy()
    whole = Question(profile, scenario, 0, noise, 0, min(WINDOW_NS, int(duration_s * _SECOND_NS)))
    question = _worst(whole, policies[0], min(Fraction(SEARCHED_S), duration_s))
    return _asked(question, policies, until_s)


def _asked(question: Question, policies: Sequence[str], until_s: float) -> Regret:
    """The answer by this instant of the monotonic clock: to find the window took time, too."""
    left_s = max(_LEAST_S, until_s - time.monotonic())
    return Regret(question, optimum(question, policies, time_limit_s=left_s))


def run_regret(choices: Choices) -> None:
    """Answers. Raises UserError: an option or a file is wrong."""
    if choices.window_s > MAX_WINDOW_S:
        raise UserError(
            f"--window: at most {MAX_WINDOW_S} s can be asked about, not {choices.window_s} s",
            key="--window",
        )
    until_s = time.monotonic() + choices.limit_s
    names = _names(choices.policies)
    question = _question(choices, names[0])
    _tell_of_scipy()
    regret = _asked(question, names, until_s)
    if choices.as_json:
        render.print_json(regret.to_dict())
    else:
        _print(regret)


def _tell_of_scipy() -> None:
    if importlib.util.find_spec("scipy") is None:
        note(
            "without scipy only hopeless jobs are counted from below: "
            "pip install 'rtgen-tui[optimum]'"
        )


def _names(text: str | None) -> list[str]:
    if text is None:
        return [name for name, _ in headline()]
    names = list(dict.fromkeys(values.names(text)))
    return [find_policy(each).name for each in names]


def _question(choices: Choices, policy: str) -> Question:
    scenario = load_scenario(choices.scenario)
    profile = load_profile(choices.profile or profile_of(scenario))
    length_ns = round(choices.window_s * _SECOND_NS)
    if choices.at is None:
        begin_ns = 0
    else:
        try:
            begin_ns = instant_ns(choices.at)
        except ValueError as error:
            raise UserError(f"--at: {error}, not {choices.at!r}", key="--at") from None
    question = Question(
        profile, scenario, choices.seed, choices.noise, begin_ns, begin_ns + length_ns
    )
    return question if choices.at is not None else _worst(question, policy)


def _worst(
    question: Question, policy: str, searched_s: Fraction = Fraction(SEARCHED_S)
) -> Question:
    """The same question about the window in which the policy misses most."""
    result = simulate(
        question.profile,
        question.scenario,
        policy,
        duration_s=str(searched_s),
        seed=question.seed,
        noise=question.noise,
        journal=False,
        on_events=lambda events, _: refuse_failures(events),
    )
    length_ns = question.end_ns - question.begin_ns
    missed = [job.release_ns for job in result.jobs if job.missed]
    last = max(0, int(searched_s * _SECOND_NS) - length_ns)
    begins = range(0, last + 1, max(1, length_ns // 2))
    begin_ns = max(begins, key=lambda each: sum(each <= t < each + length_ns for t in missed))
    return replace(question, begin_ns=begin_ns, end_ns=begin_ns + length_ns)


def _print(regret: Regret) -> None:
    answer = regret.answer
    render.title(regret.question.scenario.name, regret.window)
    render.line()
    if answer.is_proven:
        render.line(render.styled("proven", render.GOOD), f": {regret.bounds}")
    else:
        render.line(regret.bounds)
    render.line()
    rows = [
        (name, f"{missed:,}", regret.could_have_saved(name))
        for name, missed in answer.missed.items()
    ]
    columns = (render.Column("policy"), *render.right("missed", "could have saved"))
    render.table(columns, rows)
