"""The bundled scenarios ask for what the default profile can give, and tell policies apart."""

import pytest

from emulator import load_profile, load_scenario, simulate
from emulator.catalog import scenario_names
from emulator.policies import HEADLINE
from emulator.study.feasibility import targets_alone

PROFILE = "ryzen-ai-9-hx-370"


@pytest.mark.parametrize("name", scenario_names())
def test_every_target_is_feasible_alone_or_marked_hopeless(name: str) -> None:
    """With the largest token counts, alone on its idle profile, each target is met."""
    scenario = load_scenario(name)
    targets = targets_alone(load_profile(scenario.profile or PROFILE), scenario)

    assert targets
    assert [each for each in targets if not each.feasible and not each.hopeless] == []


@pytest.mark.parametrize("name", scenario_names())
def test_what_is_marked_hopeless_is(name: str) -> None:
    """A stream that says so has a target that cannot be met alone."""
    scenario = load_scenario(name)
    targets = targets_alone(load_profile(scenario.profile or PROFILE), scenario)
    missed = {each.stream for each in targets if not each.feasible}

    assert {stream.name for stream in scenario.streams if stream.hopeless} == missed


@pytest.mark.parametrize("name", scenario_names())
def test_every_stream_says_where_its_numbers_come_from(name: str) -> None:
    """The scenario, or each of its streams, names a source or says what is an estimate of ours."""
    scenario = load_scenario(name)

    assert scenario.source or all(stream.source or stream.note for stream in scenario.streams)


def test_the_profile_of_a_scenario_survives_a_round_trip() -> None:
    """What a scenario was made for is part of it; most are made for any chip."""
    scenario = load_scenario("xsched-npu")

    assert scenario.profile == "xsched-npu"
    assert load_scenario(scenario.to_dict()) == scenario
    assert load_scenario("video-call").profile is None


def test_a_target_that_cannot_be_met_is_found() -> None:
    """One millisecond is not enough for a model that takes twelve."""
    profile = load_profile({"backends": ["cpu"], "models": {"blur": {"cpu": 12}}})
    scenario = load_scenario(
        {"streams": [{"name": "cam", "model": "blur", "rate_hz": 30, "deadline_ms": 1}]}
    )

    (target,) = targets_alone(profile, scenario)

    assert (target.feasible, target.limit_ms, target.best_ms) == (False, 1.0, 12.0)


@pytest.mark.parametrize("name", ["video-call", "game-npc", "call-and-game"])
def test_good_policies_miss_little_and_naive_ones_visibly(name: str) -> None:
    """Hard but not hopeless: fcfs misses over 1 % of jobs, edf, llf and hybrid under 0.5 %."""
    share = {policy: _missed_share(name, policy) for policy in ("fcfs", "edf", "llf", "hybrid")}

    assert share.pop("fcfs") > 0.01
    assert max(share.values()) < 0.005


def test_first_come_first_served_speaks_late_in_a_translated_call() -> None:
    """Under fcfs over a tenth comes late, because any backend will do; under edf nothing."""
    late = {}
    for policy in ("fcfs", "edf"):
        run = simulate(PROFILE, "live-translation", policy, duration_s=60, journal=False)
        both = [run.summary.streams[name] for name in ("outgoing", "incoming")]
        late[policy] = sum(each.missed for each in both) / sum(each.known for each in both)

    assert late["fcfs"] > 0.1
    assert late["edf"] == 0


@pytest.mark.parametrize("policy", [policy.name for policy in HEADLINE])
def test_no_policy_gets_the_overload_to_zero(policy: str) -> None:
    """Every headline policy misses over a tenth of the jobs: there is more work than time."""
    assert _missed_share("overload", policy) > 0.1


def test_the_overload_is_more_than_the_npu_can_do() -> None:
    """Two enlarged videos need over 1 s of NPU per second, and one fits no other backend."""
    costs = load_profile(PROFILE).models["quicksrnet-small"]
    ms = {name: cost.latency_ms for name, cost in costs.items()}

    assert ms["npu"] is not None
    assert 2 * 30 * ms["npu"] > 1000
    assert all(value > 1000 / 30 for name, value in ms.items() if value and name != "npu")


def _missed_share(scenario: str, policy: str) -> float:
    overall = simulate(PROFILE, scenario, policy, duration_s=15, journal=False).summary.overall
    return overall.missed / overall.known
