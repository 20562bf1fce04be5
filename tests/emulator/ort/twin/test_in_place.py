"""A profile that is corrected by a run."""

import math
from fractions import Fraction

import pytest

from emulator.catalog import load_profile
from emulator.ort.measured_profile import Z_95
from emulator.ort.twin.in_place import corrected
from emulator.ort.twin.observation import SliceSeen
from tests.emulator.ort.twin.twin_examples import MS, PROFILE, US, a_slice, seen


def test_latency_noise_and_dispatch_are_those_of_the_run() -> None:
    """Twice as long in the middle, three times at the 95th percentile, 0.1 ms to the worker."""
    slices = [a_slice(job, 50 * job, 30 if job >= 90 else 20) for job in range(100)]
    found = corrected(load_profile(PROFILE), seen(*slices))
    entry = found.models["m"]["a"]
    assert entry.latency_ms == 20
    assert entry.noise_model("latency").sigma == pytest.approx(math.log(1.5) / Z_95, rel=1e-3)
    assert found.backends[0].dispatch_us == 100
    assert "over 100 slices" in (entry.conditions or "")


def test_a_backend_with_few_slices_has_those_of_all() -> None:
    """Nothing ran on b: its model is scaled as on a, its dispatch stays."""
    slices = [a_slice(job, 50 * job, 20) for job in range(30)]
    found = corrected(load_profile(PROFILE), seen(*slices))
    assert found.models["m"]["b"].latency_ms == 20
    assert found.backends[1].dispatch_us == 100


def test_curves_of_language_models_are_scaled_by_phase() -> None:
    """Decoding took half as long again; no prompt was read, so that curve stays."""
    profile = load_profile(
        {
            "backends": ["a"],
            "models": {"l": {"a": {"prefill_ms": [[32, 8]], "decode_ms": [[128, 2], [512, 4]]}}},
        }
    )
    slices = [
        SliceSeen(
            "a",
            "chat",
            0,
            "l",
            "decode",
            k * 10 * MS,
            k * 10 * MS + US,
            k * 10 * MS + US + 3 * MS,
            2 * MS,
        )
        for k in range(20)
    ]
    entry = corrected(profile, seen(*slices)).models["l"]["a"]
    assert entry.decode_points() == ((128, Fraction(3)), (512, Fraction(6)))
    assert entry.prefill_points() == ((32, Fraction(8)),)
    assert entry.noise_model("prefill").dist == "none"
