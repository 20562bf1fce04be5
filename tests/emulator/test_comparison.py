"""Comparisons of policies: pairing, intervals, and what must not decide them."""

import json
from collections.abc import Mapping
from fractions import Fraction
from statistics import fmean

import pytest

from emulator.catalog import load_scenario
from emulator.errors import PolicyError, ScenarioError, UserError
from emulator.simulation import simulate
from emulator.study.comparison import Stability, compare, evaluate, mean_spread_points
from emulator.study.comparison_plan import POLICIES, changed_scenarios, plan
from emulator.study.paired import Estimate
from emulator.sweep import run_all

# Ties decide: under fcfs `late` spoils `next` only if it is listed first, and `long` spoils `short`
# only if it is; edf takes the earlier deadline, which spoils `next` always and `short` never.
CHAT_MODEL = {"npu": {"prefill_ms": {"base": 5, "per_token": 0.25}, "decode_ms": 8}}
TIED_PROFILE = {
    "backends": ["cpu", "gpu", "npu"],
    "models": {
        "even": {"cpu": 20},
        "small": {"gpu": 5},
        "big": {"gpu": 60},
        "chat": CHAT_MODEL,
    },
}
TIED_STREAMS: tuple[dict[str, object], ...] = (
    {"name": "next", "model": "even", "deadline_ms": 30},
    {"name": "late", "model": "even", "deadline_ms": 15},
    {"name": "short", "model": "small", "deadline_ms": 10},
    {"name": "long", "model": "big", "deadline_ms": 95},
)
TIED = {"streams": [{**each, "rate_hz": 10} for each in TIED_STREAMS]}
TIED_IN_STEP = {"streams": [{**each, "rate_hz": 10, "phase_ms": 0} for each in TIED_STREAMS]}

NOISY_PROFILE = {
    "backends": ["npu", "cpu"],
    "models": {
        "blur": {
            "npu": {"latency_ms": 14, "noise": "exponential"},
            "cpu": {"latency_ms": 20, "noise": "exponential"},
        },
        "chat": CHAT_MODEL,
    },
}
NOISY: Mapping[str, object] = {
    "streams": [
        {"name": "frames", "model": "blur", "rate_hz": 50},
        {"name": "photos", "model": "blur", "rate_hz": 20, "deadline_ms": 25},
        {
            "name": "questions",
            "model": "chat",
            "arrival": {"process": "poisson", "rate_hz": 2},
            "prompt_tokens": [20, 40, 80],
            "output_tokens": 6,
        },
    ]
}
CHAT: dict[str, object] = {
    "name": "chat",
    "model": "chat",
    "arrival": {"process": "closed-loop", "think_s": "1/5"},
    "prompt_tokens": 40,
    "output_tokens": 10,
    "deadline_ms": 100,
}


def test_figures_are_means_over_the_seeds() -> None:
    """Every figure is the mean of what the runs have one by one, and these stand by seed."""
    found = compare(NOISY_PROFILE, NOISY, ("fcfs", "edf"), range(3), 1, flips=False)

    for figures in found.policies:
        runs = [
            simulate(NOISY_PROFILE, NOISY, figures.policy, duration_s=1, seed=seed).summary
            for seed in range(3)
        ]
        rates = tuple(run.overall.violation_rate for run in runs)
        assert figures.by_seed["violation_rate"] == rates
        assert figures.means["violation_rate"] == fmean(rate for rate in rates if rate is not None)
        assert figures.means["late"] == fmean(run.overall.late for run in runs)
        assert figures.means["violation_rate_mean_over_streams"] == fmean(
            run.violation_rate_mean_over_streams or 0.0 for run in runs
        )
        assert figures.utilization["npu"] == fmean(run.utilization["npu"] or 0.0 for run in runs)


def test_differences_are_paired_by_seed() -> None:
    """The difference is that of the means, and its interval comes from the differences by seed."""
    found = compare(NOISY_PROFILE, NOISY, ("fcfs", "edf"), range(3), 1, flips=False)
    first, other = found.policies
    a, b, c = (
        after - before
        for before, after in zip(first.by_seed["late"], other.by_seed["late"], strict=True)
        if before is not None and after is not None
    )
    mean = (a + b + c) / 3
    deviation = (((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2) ** 0.5

    assert first.differences == {}
    late = other.differences["late"]
    assert late is not None
    assert late.mean == pytest.approx(mean)
    assert late.half_width == pytest.approx(4.302653 * deviation / 3**0.5, rel=1e-6)
    assert deviation > 0


def test_same_inputs_same_comparison() -> None:
    """Two comparisons of the same inputs are equal, and so is what they print."""
    one, two = (compare(NOISY_PROFILE, NOISY, ("fcfs", "llf"), range(2), 1) for _ in range(2))

    assert one.to_dict() == two.to_dict()
    assert json.dumps(one.to_dict(), allow_nan=False) == json.dumps(two.to_dict())


def test_a_difference_that_hangs_on_the_tie_order_is_reported() -> None:
    """Listed as they are, edf misses 1 of 4 more than fcfs; in reverse order, 1 of 4 less."""
    found = compare(TIED_PROFILE, TIED_IN_STEP, ("fcfs", "edf"), range(2), 1)

    assert [each.means["violation_rate"] for each in found.policies] == [0.25, 0.5]
    (only,) = found.stability
    assert (only.policy, only.change) == ("edf", "tie order")
    assert only.before == Estimate(0.25, 0.0, 2)
    assert only.after == Estimate(-0.25, 0.0, 2)
    assert only.shift == Estimate(-0.5, 0.0, 2)
    assert only.verdict == "flips"


def test_a_difference_that_hangs_on_the_phase_is_not_clear_any_more() -> None:
    """With random phases the streams seldom meet, and what made edf worse is gone."""
    found = compare(TIED_PROFILE, TIED, ("fcfs", "edf"), range(4), 1)
    _, shifted = found.stability

    assert shifted.change == "phase shift"
    assert shifted.before.mean == 0.25
    assert shifted.after.mean < 0.25
    assert shifted.verdict in {"fades", "flips"}


@pytest.mark.parametrize(
    ("before", "after", "shift", "verdict"),
    [
        (Estimate(0.4, 0.1, 5), Estimate(0.3, 0.1, 5), Estimate(-0.1, 0.05, 5), "holds"),
        (Estimate(0.4, 0.1, 5), Estimate(-0.2, 0.1, 5), Estimate(-0.6, 0.1, 5), "flips"),
        (Estimate(-0.4, 0.1, 5), Estimate(0.2, 0.1, 5), Estimate(0.6, 0.1, 5), "flips"),
        (Estimate(0.4, 0.1, 5), Estimate(-0.2, 0.3, 5), Estimate(-0.6, 0.3, 5), "fades"),
        (Estimate(0.4, 0.1, 5), Estimate(0.3, 0.4, 5), Estimate(-0.1, 0.4, 5), "holds"),
        (Estimate(0.4, 0.5, 5), Estimate(-0.2, 0.1, 5), Estimate(-0.6, 0.5, 5), "holds"),
        (Estimate(0.4, None, 1), Estimate(-0.2, None, 1), Estimate(-0.6, None, 1), "flips"),
        (Estimate(0.4, None, 1), Estimate(0.0, None, 1), Estimate(-0.4, None, 1), "fades"),
        (Estimate(0.0, None, 1), Estimate(-0.2, None, 1), Estimate(-0.2, None, 1), "holds"),
    ],
)
def test_rule_of_flips(before: Estimate, after: Estimate, shift: Estimate, verdict: str) -> None:
    """It flips if both are clear and of opposite sign; it fades if a clear one clearly shrinks."""
    assert Stability("edf", "tie order", before, after, shift).verdict == verdict


def test_changes_of_a_scenario() -> None:
    """Streams are reversed; periodic ones get a random phase unless one is written, 0 included."""
    written = load_scenario(
        {
            "streams": [
                {"name": "free", "model": "blur", "rate_hz": 30},
                {"name": "fixed", "model": "blur", "rate_hz": 30, "phase_ms": 0},
                {"name": "rare", "model": "blur", "arrivals_ms": [1, 2]},
            ]
        }
    )
    changed = changed_scenarios(written)

    assert [each.name for each in changed["tie order"].streams] == ["rare", "fixed", "free"]
    shifted = {each.name: each.phase_ms for each in changed["phase shift"].streams}
    assert shifted == {"free": "random", "fixed": Fraction(0), "rare": Fraction(0)}
    assert [each.name for each in changed["phase shift"].streams] == ["free", "fixed", "rare"]


def test_changes_that_change_nothing_are_not_run() -> None:
    """One stream has no ties and no phase against others; written phases stay."""
    assert changed_scenarios(load_scenario({"streams": [TIED["streams"][0]]})) == {}
    assert list(changed_scenarios(load_scenario(TIED_IN_STEP))) == ["tie order"]
    assert plan(TIED_PROFILE, TIED, flips=False).changed == {}


def test_plan_counts_its_cases() -> None:
    """Policies x seeds, three times over with both changes."""
    planned = plan(TIED_PROFILE, TIED, ("fcfs", "edf"), range(3), 1)

    assert planned.run_count == len(list(planned.cases())) == 18


def test_evaluation_takes_its_own_records_only() -> None:
    """Plans that share one stream of records each take as many as they have cases."""
    planned = plan(TIED_PROFILE, TIED, ("fcfs", "edf"), range(2), 1)
    records = run_all([*planned.cases(), *planned.cases()])

    assert evaluate(planned, records).to_dict() == evaluate(planned, records).to_dict()
    assert next(records, None) is None


def test_closed_loop_streams_are_not_paired() -> None:
    """The rate of all streams counts the chat; paired rate, differences and spread do not."""
    mixed_streams = {"streams": [*TIED["streams"], CHAT]}
    found = compare(TIED_PROFILE, mixed_streams, ("fcfs", "edf"), range(2), 1)
    alone = compare(TIED_PROFILE, TIED, ("fcfs", "edf"), range(2), 1)

    assert found.left_out == ("chat",)
    for mixed, without in zip(found.policies, alone.policies, strict=True):
        assert mixed.paired_violation_rate == without.means["violation_rate"]
        assert mixed.means["violation_rate"] != without.means["violation_rate"]
        rate = mixed.differences.get("violation_rate")
        assert rate == without.differences.get("violation_rate")
    assert found.spread == alone.spread


def test_one_seed_has_no_interval() -> None:
    """A single seed gives differences without a width."""
    found = compare(TIED_PROFILE, TIED, ("fcfs", "edf"), [7], 1)
    difference = found.policies[1].differences["violation_rate"]

    assert difference == Estimate(0.25, None, 1)


def test_spread_is_from_the_lowest_to_the_highest_rate() -> None:
    """From 25 % under fcfs to 50 % under edf are 25 points; so is the mean of two of them."""
    found = compare(TIED_PROFILE, TIED, ("fcfs", "edf"), [0], 1, flips=False)

    assert found.spread is not None
    assert (found.spread.points, found.spread.lowest, found.spread.highest) == (25.0, "fcfs", "edf")
    assert mean_spread_points([found, found]) == 25.0


def test_without_deadlines_there_is_nothing_to_miss() -> None:
    """No rate, no difference, no spread and no flips, but the other figures."""
    endless = {"streams": [{**each, "deadline_ms": "none"} for each in TIED["streams"]]}
    found = compare(TIED_PROFILE, endless, ("fcfs", "edf"), range(2), 1)

    assert found.policies[1].means["violation_rate"] is None
    assert found.policies[1].differences["violation_rate"] is None
    assert found.policies[1].utilization["cpu"] == pytest.approx(0.4)
    assert found.spread is None
    assert found.stability == ()
    assert mean_spread_points([found]) is None
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_headline_policies_are_the_default() -> None:
    """Five policies under five seeds, with both changes."""
    planned = plan(TIED_PROFILE, TIED)

    assert planned.policies == POLICIES == ("fcfs", "static", "edf", "llf", "hybrid")
    assert planned.run_count == 75
    assert planned.duration_s == 60


@pytest.mark.parametrize(
    ("policies", "seeds", "duration", "words"),
    [
        (("fcfs",), range(2), 1, "policies: expected at least two to compare, not fcfs"),
        ((), range(2), 1, "policies: expected at least two to compare, not none"),
        (("fcfs", "fcfs"), range(2), 1, "policies: fcfs is there twice"),
        (("fcfs", "edf"), (), 1, "seeds: expected at least one"),
        (("fcfs", "edf"), (3, 3), 1, "seeds: 3 is there twice"),
        (("fcfs", "edf"), range(2), 0, "duration_s: expected a time above 0, not 0"),
        (("fcfs", "edf"), range(2), "soon", "duration_s: expected a number such as 30"),
    ],
)
def test_plans_that_make_no_sense(
    policies: tuple[str, ...], seeds: tuple[int, ...], duration: float | str, words: str
) -> None:
    """One sentence that begins with the argument."""
    with pytest.raises(UserError) as caught:
        plan(TIED_PROFILE, TIED, policies, seeds, duration)
    assert str(caught.value).startswith(words)


def test_wrong_names_are_found_before_anything_runs() -> None:
    """An unknown policy, and a scenario that does not fit the profile."""
    with pytest.raises(PolicyError, match="did you mean 'edf'"):
        plan(TIED_PROFILE, TIED, ("fcfs", "edff"))
    with pytest.raises(ScenarioError, match="unknown model 'even'"):
        plan(NOISY_PROFILE, TIED)
