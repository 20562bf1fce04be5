"""Policies side by side: the same jobs and luck for each, and how sure the differences are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import islice
from typing import Final, Literal, TypeAlias

from emulator.energy import Energy
from emulator.simulation import ProfileLike, ScenarioLike
from emulator.study.comparison_plan import POLICIES, SEEDS, Change, Plan, plan
from emulator.study.effects import EffectFigures, effect_figures
from emulator.study.paired import Estimate, average, differences, estimate, paired_difference
from emulator.summary import Summary
from emulator.sweep import RunRecord, closed_loop_streams, run_all

Verdict: TypeAlias = Literal["holds", "fades", "flips"]

RATE: Final = "violation_rate"
MEAN_RATE: Final = "violation_rate_mean_over_streams"
METRICS: Final[Mapping[str, Callable[[Summary], float | None]]] = {
    RATE: lambda summary: summary.overall.violation_rate,
    MEAN_RATE: lambda summary: summary.violation_rate_mean_over_streams,
    "late": lambda summary: summary.overall.late,
    "dropped": lambda summary: summary.overall.dropped,
    "avoidable": lambda summary: summary.overall.avoidable,
    "ttft_p50_ms": lambda summary: summary.overall.ttft_p50_ms,
    "ttft_p95_ms": lambda summary: summary.overall.ttft_p95_ms,
    "tpot_p50_ms": lambda summary: summary.overall.tpot_p50_ms,
    "tokens_per_s": lambda summary: summary.overall.tokens_per_s,
    "llm_target_attainment": lambda summary: summary.overall.llm_target_attainment,
    "frame_gap_p50_ms": lambda summary: summary.overall.frame_gap_p50_ms,
    "frame_gap_p95_ms": lambda summary: summary.overall.frame_gap_p95_ms,
    "frame_gap_p99_ms": lambda summary: summary.overall.frame_gap_p99_ms,
    "jitter_ms": lambda summary: summary.overall.jitter_ms,
    "longest_miss_streak": lambda summary: summary.overall.longest_miss_streak,
    "longest_freeze_ms": lambda summary: summary.overall.longest_freeze_ms,
    "worst_frame_gap_p99_periods": lambda summary: summary.worst_frame_gap_p99_periods,
    "worst_freeze_periods": lambda summary: summary.worst_freeze_periods,
}
"""The figures that are compared, from the summary of one run."""


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """One policy over all seeds; figures by the names of ``METRICS``."""

    policy: str
    means: Mapping[str, float | None]
    """Over the seeds that have the figure; of all streams."""
    by_seed: Mapping[str, tuple[float | None, ...]]
    utilization: Mapping[str, float | None]
    paired_violation_rate: float | None
    """The mean violation rate without closed-loop streams."""
    differences: Mapping[str, Estimate | None]
    """To the first policy, seed by seed, without closed-loop streams; empty for the first."""
    energy_j: float | None = None
    """Of the whole chip, the mean over the seeds; None where the power of a slice is not known."""
    mj_per_token: float | None = None


@dataclass(frozen=True, slots=True)
class Stability:
    """Whether the difference of violation rates outlives a change that should not matter."""

    policy: str
    change: Change
    before: Estimate
    """Violation rate less that of the first policy, 0 to 1."""
    after: Estimate
    shift: Estimate
    """``after`` less ``before``, seed by seed."""

    @property
    def verdict(self) -> Verdict:
        """What became of the difference.

        ``flips`` if both are clear and of opposite sign; ``fades`` if only the first is clear, and
        so is the shift between them; else ``holds``. With a single seed any sign counts as clear.
        """
        if self.before.direction * self.after.direction < 0:
            return "flips"
        is_gone = self.before.direction and not self.after.direction
        return "fades" if is_gone and self.shift.direction else "holds"


@dataclass(frozen=True, slots=True)
class Spread:
    """How much the choice of the policy matters: highest less lowest mean violation rate."""

    points: float
    """Percentage points."""
    lowest: str
    highest: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome, policies in the order in which they were given."""

    plan: Plan
    policies: tuple[PolicyFigures, ...]
    stability: tuple[Stability, ...]
    spread: Spread | None
    """Without closed-loop streams; None where no job has a deadline."""
    effects: tuple[EffectFigures, ...] = ()
    """What each effect that was asked for changes, by effect and policy."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Streams that are not paired, because their jobs depend on the policy."""
        return closed_loop_streams(self.plan.scenario)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types in a fixed order."""
        return {
            "scenario": self.plan.scenario.name,
            "profile": self.plan.profile.name,
            "seeds": list(self.plan.seeds),
            "duration_s": float(self.plan.duration_s),
            "noise": self.plan.noise,
            "left_out_of_pairing": list(self.left_out),
            "policies": [_policy_dict(each) for each in self.policies],
            "stability": [
                {
                    "policy": each.policy,
                    "change": each.change,
                    "verdict": each.verdict,
                    "before": _estimate_dict(each.before),
                    "after": _estimate_dict(each.after),
                    "shift": _estimate_dict(each.shift),
                }
                for each in self.stability
            ],
            "spread": None if self.spread is None else asdict(self.spread),
            "effects": [_effect_dict(each) for each in self.effects],
        }


def compare(  # noqa: PLR0913 - the front door: everything after the scenario has a default
    profile: ProfileLike,
    scenario: ScenarioLike,
    policies: Sequence[str] = POLICIES,
    seeds: Sequence[int] = SEEDS,
    duration_s: float | str | Fraction = 60,
    *,
    noise: bool = True,
    flips: bool = True,
    effects: str = "",
    executor: Executor | None = None,
) -> Comparison:
    """Runs every policy under every seed; arguments as ``plan`` and ``run_all``.

    Raises:
        UserError: as ``plan``.
    """
    planned = plan(
        profile,
        scenario,
        policies,
        seeds,
        duration_s,
        noise=noise,
        flips=flips,
        effects=effects,
    )
    return evaluate(planned, run_all(planned.cases(), executor))


def mean_spread_points(comparisons: Iterable[Comparison]) -> float | None:
    """The mean spread of those that have one, in percentage points."""
    return average([each.spread.points for each in comparisons if each.spread is not None])


def evaluate(planned: Plan, records: Iterable[RunRecord]) -> Comparison:
    """The comparison, from the records of the plan's cases in their order."""
    left = iter(records)
    count = len(planned.seeds)

    def next_table() -> dict[str, list[RunRecord]]:
        return {policy: list(islice(left, count)) for policy in planned.policies}

    table = next_table()
    first = table[planned.policies[0]]
    figures = tuple(_figures(policy, runs, first) for policy, runs in table.items())
    stability = [
        found
        for change in planned.changed
        for found in _stability(change, _rate_differences(table), _rate_differences(next_table()))
    ]
    effects = [
        found
        for effect in planned.effects
        for found in effect_figures(effect, _rates(table), _rates(next_table()))
    ]
    return Comparison(planned, figures, tuple(stability), _spread(figures), tuple(effects))


def _stability(
    change: Change,
    before: Mapping[str, Sequence[float | None]],
    after: Mapping[str, Sequence[float | None]],
) -> Iterator[Stability]:
    """By policy but the first; none where no job has a deadline."""
    for policy, rates in before.items():
        was, became = estimate(rates), estimate(after[policy])
        shift = paired_difference(rates, after[policy])
        if was is not None and became is not None and shift is not None:
            yield Stability(policy, change, was, became, shift)


def _figures(policy: str, runs: Sequence[RunRecord], first: Sequence[RunRecord]) -> PolicyFigures:
    by_seed = {name: tuple(read(run.summary) for run in runs) for name, read in METRICS.items()}
    backends = runs[0].summary.utilization
    return PolicyFigures(
        policy=policy,
        means={name: average(values) for name, values in by_seed.items()},
        by_seed=by_seed,
        utilization={
            name: average([run.summary.utilization[name] for run in runs]) for name in backends
        },
        paired_violation_rate=average(_open_loop(runs, RATE)),
        differences={}
        if runs is first
        else {
            name: paired_difference(_open_loop(first, name), _open_loop(runs, name))
            for name in METRICS
        },
        energy_j=_mean_energy(runs, lambda energy: energy.energy_j),
        mj_per_token=_mean_energy(runs, lambda energy: energy.mj_per_token),
    )


def _mean_energy(runs: Sequence[RunRecord], read: Callable[[Energy], float | None]) -> float | None:
    return average([None if run.energy is None else read(run.energy) for run in runs])


def _rate_differences(
    table: Mapping[str, Sequence[RunRecord]],
) -> dict[str, list[float | None]]:
    """To the first policy, seed by seed, by policy but the first."""
    first, *others = table
    rates = _open_loop(table[first], RATE)
    return {policy: differences(rates, _open_loop(table[policy], RATE)) for policy in others}


def _rates(table: Mapping[str, Sequence[RunRecord]]) -> dict[str, list[float | None]]:
    return {policy: _open_loop(runs, RATE) for policy, runs in table.items()}


def _open_loop(runs: Sequence[RunRecord], metric: str) -> list[float | None]:
    return [METRICS[metric](run.open_loop) for run in runs]


def _spread(figures: Sequence[PolicyFigures]) -> Spread | None:
    rates = {
        each.policy: each.paired_violation_rate
        for each in figures
        if each.paired_violation_rate is not None
    }
    if not rates:
        return None
    lowest, highest = min(rates, key=rates.__getitem__), max(rates, key=rates.__getitem__)
    return Spread(100 * (rates[highest] - rates[lowest]), lowest, highest)


def _policy_dict(figures: PolicyFigures) -> dict[str, object]:
    return {
        "policy": figures.policy,
        **figures.means,
        "utilization": dict(figures.utilization),
        "energy_j": figures.energy_j,
        "mj_per_token": figures.mj_per_token,
        "paired_violation_rate": figures.paired_violation_rate,
        "differences": {
            name: None if each is None else _estimate_dict(each)
            for name, each in figures.differences.items()
        },
        "by_seed": {name: list(values) for name, values in figures.by_seed.items()},
    }


def _effect_dict(figures: EffectFigures) -> dict[str, object]:
    difference = figures.difference
    return {
        "effect": figures.effect,
        "policy": figures.policy,
        "off": figures.off,
        "on": figures.on,
        "difference": None if difference is None else _estimate_dict(difference),
    }


def _estimate_dict(estimate: Estimate) -> dict[str, object]:
    return {**asdict(estimate), "clear": estimate.is_clear}
