"""What share of the busy time rests on measured, derived and estimated values."""

from fractions import Fraction

import pytest

from emulator import UserError, load_profile, load_scenario
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.study.busy_basis import BusyBasis, busy_basis

LLM = {
    "prefill_ms": {"per_token": 1},
    "prefill_basis": "derived",
    "decode_ms": 10,
    "decode_basis": "estimated",
}
PROFILE: dict[str, object] = {
    "backends": ["npu", "gpu", {"name": "cpu", "dispatch_us": 2000}],
    "models": {
        "blur": {"npu": {"latency_ms": 10, "basis": "measured"}, "gpu": 40},
        "llm": {"npu": LLM, "gpu": {**LLM, "basis": "measured", "decode_basis": "measured"}},
        "tts": {"cpu": {"latency_ms": 8, "basis": "estimated"}},
    },
}
FRAMES = {"name": "cam", "model": "blur", "rate_hz": 10}
CHAT = {
    "name": "chat",
    "model": "llm",
    "arrivals_ms": [0],
    "prompt_tokens": 100,
    "output_tokens": 31,
    "on": ["npu"],
}


def of(*streams: dict[str, object], policy: str = "static", **keys: object) -> BusyBasis:
    """What one second of these streams rests on."""
    scenario = load_scenario({"streams": list(streams)})
    return busy_basis(load_profile({**PROFILE, **keys}), scenario, policy, Fraction(1))


def rows(found: BusyBasis) -> list[tuple[str, str, str, str | None, float]]:
    """Model, backend, phase, basis and busy ms of each value."""
    return [
        (each.model, each.backend, each.phase, each.basis, each.busy_ns / 1e6)
        for each in found.values
    ]


def test_busy_time_is_weighed_by_the_basis_of_its_values() -> None:
    """Ten frames of 10 ms measured, a prompt of 100 ms derived, 30 tokens of 10 ms estimated."""
    found = of(FRAMES, CHAT)

    assert rows(found) == [
        ("llm", "npu", "decode", "estimated", 300.0),
        ("blur", "npu", "latency", "measured", 100.0),
        ("llm", "npu", "prefill", "derived", 100.0),
    ]
    assert found.busy_ns == 500_000_000
    assert found.shares == {"measured": 0.2, "derived": 0.2, "estimated": 0.6, None: 0.0}


def test_the_policy_chooses_the_values() -> None:
    """On the first idle backend frames go to the GPU where the NPU is busy: 40 ms, not stated."""
    slow = {**FRAMES, "name": "slow"}
    found = of(FRAMES, slow, policy="fcfs")

    assert rows(found) == [
        ("blur", "gpu", "latency", None, 400.0),
        ("blur", "npu", "latency", "measured", 100.0),
    ]
    assert found.shares == {"measured": 0.2, "derived": 0.0, "estimated": 0.0, None: 0.8}


def test_a_phase_without_a_basis_of_its_own_has_the_entrys() -> None:
    """On the GPU prefill says derived over the entry's measured; decode says measured itself."""
    found = of({**CHAT, "on": ["gpu"]})

    assert [row[2:] for row in rows(found)] == [
        ("decode", "measured", 300.0),
        ("prefill", "derived", 100.0),
    ]


def test_dispatch_counts_towards_the_value_it_came_with() -> None:
    """8 ms of speech and 2 ms of dispatch are 10 ms on an estimated value."""
    found = of({"name": "say", "model": "tts", "arrivals_ms": [0]})

    assert rows(found) == [("tts", "cpu", "latency", "estimated", 10.0)]


def test_jobs_released_before_the_end_count_to_their_own_end() -> None:
    """A job released at 0.99 s is in with all of its 10 ms, as in a run without a screen."""
    found = of({"name": "late", "model": "blur", "arrivals_ms": [990]})

    assert found.busy_ns == 10_000_000


def test_without_any_slice_there_is_no_share() -> None:
    """A stream that releases nothing in time leaves nothing to divide."""
    found = of({"name": "late", "model": "blur", "arrivals_ms": [2000]})

    assert found.values == ()
    assert set(found.shares.values()) == {None}


def test_what_does_not_fit_is_refused() -> None:
    """A model that the profile does not have, and a policy that does not exist."""
    profile = Profile.model_validate(PROFILE)
    alien = Scenario.model_validate({"streams": [{"name": "x", "model": "alien", "rate_hz": 1}]})
    with pytest.raises(UserError, match="alien"):
        busy_basis(profile, alien, "fcfs", Fraction(1))
    with pytest.raises(UserError, match="edf"):
        of(FRAMES, policy="edff")
