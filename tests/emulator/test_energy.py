"""What a run cost in joules, worked out by hand."""

import pytest

from emulator import load_profile, load_scenario, simulate
from emulator.energy import Energy, energy_of
from emulator.sweep import Case, run_one
from tests.emulator.strategies import Dict

PROFILE: Dict = {
    "backends": [{"name": "npu", "active_w": 2}, {"name": "gpu", "active_w": 10, "idle_w": "0.5"}],
    "models": {
        "cam": {"npu": {"latency_ms": 5, "active_w": 3}},
        "blur": {"npu": 5},
        "llm": {"gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 10}},
    },
}
CAM: Dict = {"name": "cam", "model": "cam", "arrivals_ms": [0, 20]}
BLUR: Dict = {"name": "blur", "model": "blur", "arrivals_ms": [10]}
CHAT: Dict = {
    "name": "chat",
    "model": "llm",
    "arrivals_ms": [0],
    "prompt_tokens": 20,
    "output_tokens": 5,
}


def energy(profile: Dict, *streams: Dict, drain: bool = True) -> Energy | None:
    """Of a run of 100 ms."""
    run = simulate(
        profile, {"streams": list(streams)}, "edf", duration_s="0.1", noise=False, drain=drain
    )
    return energy_of(run, load_profile(profile))


def test_busy_time_times_power() -> None:
    """Cam 2 x 5 ms x 3 W, blur 5 ms x 2 W on the npu; chat 60 ms x 10 W and 40 ms idle on the gpu.

    The gpu's idle 20 mJ are nobody's.
    """
    found = energy(PROFILE, CAM, BLUR, CHAT)
    assert found is not None
    assert found.backends == {"npu": pytest.approx(0.04), "gpu": pytest.approx(0.62)}
    assert found.energy_j == pytest.approx(0.66)
    assert found.mean_w == pytest.approx(6.6)
    cam, blur, chat = (found.streams[name] for name in ("cam", "blur", "chat"))
    assert cam.energy_j == pytest.approx(0.03)
    assert cam.mj_per_job == pytest.approx(15)
    assert blur.mj_per_job == pytest.approx(10)
    assert blur.mj_per_token is None
    assert chat.mj_per_token == pytest.approx(600 / 5)
    assert found.mj_per_token == pytest.approx(600 / 5)


def test_what_came_to_nothing_is_paid_for() -> None:
    """A job that is dropped after its first slice cost 5 ms x 2 W, and no job is completed."""
    profile: Dict = {
        "backends": [{"name": "npu", "active_w": 2}],
        "models": {"two": {"npu": {"slices_ms": [5, 5]}}, "hog": {"npu": 5}},
    }
    streams: list[Dict] = [
        {"name": "a", "model": "two", "arrivals_ms": [0], "deadline_ms": 12, "late": "drop"},
        {"name": "b", "model": "hog", "arrivals_ms": [4], "deadline_ms": 7},
        {"name": "c", "model": "hog", "arrivals_ms": [4], "deadline_ms": 7},
    ]
    found = energy(profile, *streams)
    assert found is not None
    assert found.streams["a"].energy_j == pytest.approx(0.01)
    assert found.streams["a"].mj_per_job is None


def test_unknown_power_is_not_guessed() -> None:
    """A backend without power has no energy, and so has what used it; the others have theirs."""
    half: Dict = {**PROFILE, "backends": ["npu", {"name": "gpu", "active_w": 10}]}
    found = energy(half, CAM, BLUR, CHAT)
    assert found is not None
    assert found.backends == {"npu": None, "gpu": pytest.approx(0.6)}
    assert found.energy_j is None
    assert found.streams["cam"].energy_j == pytest.approx(0.03)
    assert found.streams["blur"].energy_j is None
    nothing: Dict = {"backends": ["cpu"], "models": {"blur": {"cpu": 1}}}
    assert energy(nothing, BLUR) is None


def test_a_cut_run_counts_up_to_the_cut() -> None:
    """Chat runs all 100 ms of a run that is cut then, and no job is completed."""
    long = {**CHAT, "output_tokens": 50}
    found = energy(PROFILE, long, drain=False)
    assert found is not None
    assert found.backends["gpu"] == pytest.approx(1.0)
    assert found.streams["chat"].mj_per_job is None


def test_a_run_of_a_comparison_tells_its_energy() -> None:
    """The record of a case has what ``energy_of`` says of the same run."""
    case = Case(load_profile(PROFILE), load_scenario({"streams": [CAM, CHAT]}), "edf")
    again = simulate(case.profile, case.scenario, "edf")
    assert run_one(case).energy == energy_of(again, case.profile)
