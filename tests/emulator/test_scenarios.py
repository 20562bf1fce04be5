"""The bundled scenarios ask for what the default profile can give, and tell policies apart."""

import pytest

from emulator import load_profile, load_scenario, simulate
from emulator.catalog import scenario_names
from emulator.feasibility import targets_alone

PROFILE = "ryzen-ai-9-hx-370"


@pytest.mark.parametrize("name", scenario_names())
def test_every_target_is_feasible_alone_or_marked_hopeless(name: str) -> None:
    """With the largest token counts, alone on an idle default chip, each target is met."""
    targets = targets_alone(load_profile(PROFILE), load_scenario(name))

    assert targets
    assert [each for each in targets if not each.feasible and not each.hopeless] == []


def test_a_target_that_cannot_be_met_is_found() -> None:
    """One millisecond is not enough for a model that takes twelve."""
    profile = load_profile({"backends": ["cpu"], "models": {"blur": {"cpu": 12}}})
    scenario = load_scenario(
        {"streams": [{"name": "cam", "model": "blur", "rate_hz": 30, "deadline_ms": 1}]}
    )

    (target,) = targets_alone(profile, scenario)

    assert (target.feasible, target.limit_ms, target.best_ms) == (False, 1.0, 12.0)


@pytest.mark.parametrize("name", ["video-call", "game-npc"])
def test_good_policies_miss_little_and_naive_ones_visibly(name: str) -> None:
    """Hard but not hopeless: fcfs misses over 1 % of jobs, edf, llf and hybrid under 0.5 %."""
    share = {policy: _missed_share(name, policy) for policy in ("fcfs", "edf", "llf", "hybrid")}

    assert share.pop("fcfs") > 0.01
    assert max(share.values()) < 0.005


def _missed_share(scenario: str, policy: str) -> float:
    overall = simulate(PROFILE, scenario, policy, duration_s=30, journal=False).summary.overall
    return overall.missed / overall.known
