"""A profile that is corrected by runs."""

from dataclasses import replace
from fractions import Fraction

import pytest

from emulator.catalog import load_profile
from emulator.ort.twin.in_place import STEPS, corrected
from emulator.ort.twin.observation import SliceSeen
from tests.emulator.ort.twin.twin_examples import MS, PROFILE, US, a_slice, seen


def test_latency_noise_and_dispatch_are_those_of_the_run() -> None:
    """Twice as long in the middle, three times for the longest tenth, 0.1 ms to the worker."""
    slices = [a_slice(job, 50 * job, 30 if job >= 180 else 20) for job in range(200)]
    (found,) = corrected(load_profile(PROFILE), [[seen(*slices)]])
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
    (found,) = corrected(load_profile(PROFILE), [[seen(*late)]])
    entry = found.models["m"]["a"]
    factors = entry.noise_model("latency").factors
    assert factors is not None
    assert entry.latency_ms == 10
    assert factors[-1] == pytest.approx(1.4)
    assert found.backends[0].dispatch_us == 100


def test_a_backend_with_few_slices_has_those_of_all() -> None:
    """Nothing ran on b: its model is scaled as on a, its dispatch stays."""
    slices = [a_slice(job, 50 * job, 20) for job in range(30)]
    (found,) = corrected(load_profile(PROFILE), [[seen(*slices)]])
    assert found.models["m"]["b"].latency_ms == 20
    assert found.backends[1].dispatch_us == 100


def test_the_newest_round_counts_if_it_has_enough() -> None:
    """100 slices are enough; with fewer, those of the round before count as well."""
    old = seen(*(a_slice(job, 50 * job, 40) for job in range(300)))
    few = seen(*(a_slice(job, 50 * job, 20) for job in range(99)))
    enough = seen(*(a_slice(job, 50 * job, 20) for job in range(100)))
    profile = load_profile(PROFILE)
    assert corrected(profile, [[old], [enough]])[0].models["m"]["a"].latency_ms == 20
    assert corrected(profile, [[old], [few]])[0].models["m"]["a"].latency_ms == 40


def test_the_gap_is_that_of_the_policy() -> None:
    """One decides in 0.1 ms, the other in 0.3: both find the model as fast, and keep their gap."""
    fast = seen(*(a_slice(job, 50 * job, 20) for job in range(200)))
    slow = seen(*(replace(s, start_ns=s.start_ns - 200 * US) for s in fast.slices))
    found = corrected(load_profile(PROFILE), [[fast, slow]])
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
    entry = corrected(profile, [[seen(*slices)]])[0].models["l"]["a"]
    assert entry.decode_points() == ((128, Fraction(3)), (512, Fraction(6)))
    assert entry.prefill_points() == ((32, Fraction(8)),)
    assert entry.noise_model("prefill").dist == "none"
