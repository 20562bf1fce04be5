"""What is asked of a capacity search: checked, with the grid of values and where it begins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from emulator.catalog import load_profile, load_scenario
from emulator.claims.grammar import Claim, ClaimError, parse
from emulator.claims.subject import subject_of
from emulator.errors import UserError
from emulator.names import shown
from emulator.policies import find_policy
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.fit import check_fit
from emulator.schema.tables import duplicates
from emulator.simulation import ProfileLike, ScenarioLike
from emulator.study.capacity_search import Digits, Grid, Search, Steps, search
from emulator.study.capacity_trial import Trial, finished
from emulator.study.capacity_variable import Variable, copies, variable, varied
from emulator.study.comparison_plan import POLICIES, SEEDS
from emulator.sweep import Case

BOUNDS: Final = frozenset(("<", "<=", ">", ">="))
REACH: Final = 64
"""How many times the scenario's own value, or a part of it, is tried where nobody set bounds."""
_PROBE_S: Final = Fraction(1, 10**9)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; made by ``ask``, which checks it."""

    profile: Profile
    scenario: Scenario
    variable: Variable
    limit: Claim
    limited: str
    """The stream that the limit is on; empty for the run or a backend."""
    policies: tuple[str, ...]
    seeds: tuple[int, ...]
    duration_s: Fraction
    noise: bool
    grid: Grid
    start: int
    low: int
    high: int
    effects: str = ""

    def search(self) -> Search:
        """A search for one policy."""
        return search(self.grid, self.start, self.low, self.high)

    def trials(self, policy: str, index: int) -> Iterator[Trial]:
        """The runs that judge a value under a policy, in the order of the seeds."""
        value = self.grid.value(index)
        scenario = varied(self.scenario, self.variable, value)
        same = copies(self.scenario, self.variable, value)
        each = same if self.limited in same else (self.limited,) if self.limited else ()
        for seed in self.seeds:
            case = Case(
                self.profile,
                scenario,
                policy,
                seed,
                self.duration_s,
                noise=self.noise,
                effects=self.effects,
            )
            yield Trial(case, self.limit, each, same)


def ask(  # noqa: PLR0913 - the front door: everything after the limit has a default
    profile: ProfileLike,
    scenario: ScenarioLike,
    vary: str,
    limit: str,
    *,
    policies: Sequence[str] = POLICIES,
    seeds: Sequence[int] = SEEDS,
    duration_s: Fraction = Fraction(60),
    noise: bool = True,
    bounds: tuple[Fraction | None, Fraction | None] = (None, None),
    step: Fraction | None = None,
    effects: str = "",
) -> Question:
    """Says what is to be found out.

    Args:
        profile: as for ``simulate``.
        scenario: likewise.
        vary: ``STREAM.rate``, ``STREAM.count``, ``STREAM.prompt_tokens``, ``STREAM.output_tokens``
            or ``load``.
        limit: an upper or lower bound, such as ``violation_rate < 1%``; the grammar of claims.
        policies: each gets an answer of its own.
        seeds: of the runs that judge a value; a single one gives no confidence.
        duration_s: bounds the releases of each run.
        noise: whether durations are drawn.
        bounds: smallest and largest value to try; None: far from the scenario's own value.
        effects: as for ``simulate``.
        step: only its multiples are tried; None: numbers of three digits, and whole counts.

    Raises:
        UserError: something cannot be loaded, does not exist, does not fit, or is there twice.
    """
    chip, application = load_profile(profile), load_scenario(scenario)
    check_fit(chip, application)
    names = tuple(find_policy(policy).name for policy in policies)
    if not names or not seeds:
        raise UserError(f"{'seeds' if names else 'policies'}: expected at least one")
    if repeated := duplicates(names):
        raise UserError(f"policies: {repeated[0]} is there twice", key="policies")
    what, claim = variable(vary, application), _limit(limit)
    grid = _grid(what, step)
    low, high = _range(what, grid, bounds)
    return Question(
        profile=chip,
        scenario=application,
        variable=what,
        limit=claim,
        limited=_limited(claim, Case(chip, application, names[0], duration_s=_PROBE_S)),
        policies=names,
        seeds=tuple(seeds),
        duration_s=duration_s,
        noise=noise,
        grid=grid,
        start=max(low, min(high, _floor(grid, what.own))),
        low=low,
        high=high,
        effects=effects,
    )


def _limit(text: str) -> Claim:
    claim = parse(text)
    if claim.op not in BOUNDS:
        what = f"{claim.op} is no bound: write {claim.figure.text} <= or >="
        raise ClaimError(f"--limit {shown(text)}: {what}", key="--limit")
    return claim


def _limited(claim: Claim, probe: Case) -> str:
    """The stream that the limit is on. Raises ClaimError: a run has no such figure."""
    subject = subject_of(claim.figure, finished(probe))
    return subject.name if subject.home == "stream" else ""


def _grid(what: Variable, step: Fraction | None) -> Grid:
    if step is None:
        return Steps(Fraction(1)) if what.is_whole else Digits()
    if step <= 0:
        raise UserError(f"--step: expected a number above 0, not {shown(step)}", key="--step")
    if what.is_whole and step.denominator != 1:
        raise UserError(f"--step: {what.text} takes whole numbers, not {shown(step)}", key="--step")
    return Steps(step)


def _range(
    what: Variable, grid: Grid, bounds: tuple[Fraction | None, Fraction | None]
) -> tuple[int, int]:
    """The smallest and the largest index. Raises UserError: bounds that leave nothing."""
    for option, value in zip(("--from", "--to"), bounds, strict=True):
        _check(what, option, value)
    least, most = bounds
    if least is not None and most is not None and least > most:
        raise UserError(f"--from {shown(least)} is above --to {shown(most)}", key="--from")
    if most is None:
        most = min(what.most, max(what.own * REACH, least or Fraction(0)))
    high = grid.floor(most)
    if least is None:
        least = Fraction(1) if what.is_whole else min(what.own, most) / REACH
    low = grid.floor(least)
    if grid.value(low) < least or (isinstance(grid, Steps) and low < 1):
        low += 1
    if low > high:
        what_is_wrong = f"no multiple of the step lies between {_plain(least)} and {_plain(most)}"
        raise UserError(f"--step: {what_is_wrong}", key="--step")
    return low, high


def _check(what: Variable, option: str, value: Fraction | None) -> None:
    if value is None:
        return
    if not 0 < value <= what.most:
        expected = f"expected a number above 0 and up to {what.most}"
        raise UserError(f"{option}: {expected}, not {shown(value)}", key=option)
    if what.is_whole and value.denominator != 1:
        expected = f"{what.text} takes whole numbers"
        raise UserError(f"{option}: {expected}, not {shown(value)}", key=option)


def _floor(grid: Grid, value: Fraction) -> int:
    return max(1, grid.floor(value)) if isinstance(grid, Steps) else grid.floor(value)


def _plain(value: Fraction) -> str:
    return f"{float(value):g}"
