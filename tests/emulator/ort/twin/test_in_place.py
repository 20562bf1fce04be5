"""A profile that is corrected by runs."""

from dataclasses import replace
from fractions import Fraction

import pytest

from emulator.catalog import load_profile
from emulator.ort.twin.in_place import STEPS, at_speeds, centered, corrected
from emulator.ort.twin.observation import SliceSeen
from emulator.ort.twin.times import Times, as_told
from emulator.profile import Profile
from tests.emulator.ort.twin.twin_examples import MS, PROFILE, US, a_slice, gauge, seen


def test_latency_noise_and_dispatch_are_those_of_the_run() -> None:
    """Twice as long in the middle, three times for the longest tenth, 0.1 ms to the worker."""
    slices = [a_slice(job, 50 * job, 30 if job >= 180 else 20) for job in range(200)]
    found = corrected(load_profile(PROFILE), {"edf": [seen(*slices)]})["edf"]
    entry = found.models["m"]["a"]
    assert entry.latency_ms == 20
    factors = entry.noise_model("latency").factors
    assert factors is not None
    assert factors[: STEPS * 89 // 100] == (1,) * (STEPS * 89 // 100)
    assert factors[-1] == pytest.approx(1.5)
    assert found.backends[0].dispatch_us == 100
    assert "over 200 slices" in (entry.conditions or "")


def test_what_a_gap_has_beyond_that_of_its_backend_is_in_the_times() -> None:
    """Every fourth slice began 4 ms late: the median gap stays, its time is 14 ms."""
    slices = [a_slice(job, 50 * job, 10) for job in range(200)]
    late = [
        replace(each, start_ns=each.start_ns - 4 * MS) if each.job % 4 == 0 else each
        for each in slices
    ]
    found = corrected(load_profile(PROFILE), {"edf": [seen(*late)]})["edf"]
    entry = found.models["m"]["a"]
    factors = entry.noise_model("latency").factors
    assert factors is not None
    assert entry.latency_ms == 10
    assert factors[-1] == pytest.approx(1.4)
    assert found.backends[0].dispatch_us == 100


def test_a_backend_with_few_slices_has_those_of_all() -> None:
    """Nothing ran on b: its model is scaled as on a, its dispatch stays."""
    slices = [a_slice(job, 50 * job, 20) for job in range(30)]
    found = corrected(load_profile(PROFILE), {"edf": [seen(*slices)]})["edf"]
    assert found.models["m"]["b"].latency_ms == 20
    assert found.backends[1].dispatch_us == 100


def test_times_are_those_of_the_speed_that_the_cores_had() -> None:
    """Slices took 20 ms while the gauge said 1 ms, 40 ms at 2 ms: at 1.5 ms they take 30.

    The policy is told 10 ms all the same, and all of it is noise.
    """
    fast = seen(*(a_slice(job, 50 * job, 20) for job in range(100)))
    slow = seen(*(a_slice(job, 50 * job, 40) for job in range(100)))
    runs = [replace(fast, speeds={"a": gauge(1)}), replace(slow, speeds={"a": gauge(2)})]
    profile = load_profile(PROFILE)

    def at(speeds: dict[str, list[tuple[int, int]]]) -> Profile:
        return at_speeds(profile, Times(as_told({"edf": profile}, {"edf": runs})), speeds)

    def latency_ms(found: Profile) -> float:
        return float(centered(found).models["m"]["a"].latency_ms or 0)

    assert at({"a": gauge(1)}).models["m"]["a"].latency_ms == 10
    assert latency_ms(at({"a": gauge(1.5)})) == pytest.approx(30, rel=1e-3)
    assert latency_ms(at({"a": gauge(1)})) == pytest.approx(20, rel=1e-3)
    assert latency_ms(at({})) == latency_ms(at({"b": gauge(1)})) == pytest.approx(30, rel=1e-3)


def test_a_longer_gap_than_a_policy_was_told_is_noise() -> None:
    """It was told 0.1 ms and no slice began before 1.1: the gap stays, slices take 11 ms."""
    slices = [a_slice(job, 50 * job, 10) for job in range(200)]
    late = [replace(each, start_ns=each.start_ns - MS) for each in slices]
    profile = load_profile(PROFILE)
    found = at_speeds(profile, Times(as_told({"edf": profile}, {"edf": [seen(*late)]})), {})
    assert found.backends[0].dispatch_us == 100
    assert found.models["m"]["a"].noise_model("latency").factors == (1.1,) * (STEPS + 1)


def test_the_gap_is_that_of_the_policy() -> None:
    """One decides in 0.1 ms, the other in 0.3: both find the model as fast, and keep their gap."""
    fast = seen(*(a_slice(job, 50 * job, 20) for job in range(200)))
    slow = seen(*(replace(s, start_ns=s.start_ns - 200 * US) for s in fast.slices))
    runs = {"fcfs": [fast], "hybrid": [slow]}
    found = corrected(load_profile(PROFILE), runs).values()
    assert [each.backends[0].dispatch_us for each in found] == [100, 300]
    assert [each.models["m"]["a"].latency_ms for each in found] == [20, 20]


def test_curves_of_language_models_are_scaled_by_phase() -> None:
    """Decoding took half as long again; no prompt was read, so that curve stays."""
    profile = load_profile(
        {
            "backends": ["a"],
            "models": {"l": {"a": {"prefill_ms": [[32, 8]], "decode_ms": [[128, 2], [512, 4]]}}},
        }
    )
    slices = [
        SliceSeen("a", "chat", 0, "l", "decode", at, at + US, at + US + 3 * MS, 2 * MS)
        for at in range(0, 200 * MS, 10 * MS)
    ]
    entry = corrected(profile, {"edf": [seen(*slices)]})["edf"].models["l"]["a"]
    assert entry.decode_points() == ((128, Fraction(3)), (512, Fraction(6)))
    assert entry.prefill_points() == ((32, Fraction(8)),)
    assert entry.noise_model("prefill").dist == "none"
