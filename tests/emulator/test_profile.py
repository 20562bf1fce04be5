"""Profiles: what may be written, and what the engine reads from it."""

import json
import math
import tomllib
from fractions import Fraction

import msgpack
import pytest

from emulator.catalog import load_profile
from emulator.profile import Profile, Provenance
from emulator.schema.exact import parse_decimal

FULL = """
format = 1
name = "soc"
title = "A SoC"

[memory]
bandwidth_gb_s = 120
usable_gb_s = 92.5
kv_transfer = {fixed_us = 10, gb_s = 60}
source = "https://example.org/memory"
basis = "estimated"

[[backends]]
name = "npu"
providers = ["VitisAIExecutionProvider"]
dispatch_us = 60
active_w = 2.0

[[backends]]
name = "cpu-fast"
kind = "cpu"
cores = 4

[models.selfie]
cpu-fast = "100/3"

[models.selfie.npu]
latency_ms = 1.17
p99_ms = 1.5
traffic_mb = 2.1
basis = "estimated"
source = "https://example.org/selfie"
derivation = "0.38 ms x 3.13"
software = "driver 1.0"
date = 2026-01-31

[models."llama-3.2-3b".about]
title = "Llama 3.2 3B"
params = "3.2B"
kv_bytes_per_token = 114688

[models."llama-3.2-3b".npu]
prefill_tokens_per_s = [[1024, 766], [2048, 910], [4096, 991]]
decode_tokens_per_s = [[1024, 26.3], [4096, 24.1], [8192, 21.7]]
chunk_overhead_ms = 0.25
noise = "exponential"
decode_noise = {dist = "lognormal", sigma = 0.12}
source = "https://example.org/llama"
basis = "measured"
decode_source = "https://example.org/decode"
decode_basis = "derived"

[models."llama-3.2-3b".cpu-fast]
prefill_ms = {base = 5, per_token = 0.25}
decode_ms = 8
"""


@pytest.fixture
def full() -> Profile:
    """A profile that uses most keys."""
    return load_profile(tomllib.loads(FULL, parse_float=parse_decimal))


def profile_with(entry: object) -> Profile:
    """A profile with one model on one backend."""
    return load_profile({"backends": ["npu"], "models": {"m": {"npu": entry}}})


def test_the_minimal_case_loads() -> None:
    """Three lines are a profile; a bare number is the latency in milliseconds."""
    profile = load_profile({"backends": ["cpu"], "models": {"blur": {"cpu": 12.0}}})
    assert profile.models["blur"]["cpu"].latency_ms == 12
    assert profile.name == "unnamed"
    assert profile.backends[0].dispatch_us == 0
    assert profile.memory.kv_transfer.gb_s is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("npu", "npu"), ("gpu1", "gpu"), ("cpu-fast", "cpu"), ("hexagon", "cpu")],
)
def test_a_backends_kind_follows_from_its_name(name: str, kind: str) -> None:
    """A name that starts with npu, gpu or cpu says what the backend is; others are CPUs."""
    assert load_profile({"backends": [name], "models": {}}).backends[0].kind == kind
    assert load_profile({"backends": [{"name": name}], "models": {}}).backends[0].kind == kind


def test_backends_keep_the_order_of_the_file(full: Profile) -> None:
    """The order of the backends is the tie order."""
    assert full.backend_names == ("npu", "cpu-fast")


def test_numbers_are_exact(full: Profile) -> None:
    """Decimals and fractions are what is written."""
    assert full.models["selfie"]["npu"].latency_ms == Fraction(117, 100)
    assert full.models["selfie"]["cpu-fast"].latency_ms == Fraction(100, 3)
    assert full.memory.usable_gb_s == Fraction(185, 2)


def test_a_model_reads_like_a_mapping_of_its_backends(full: Profile) -> None:
    """`about` is not among the backends, and a backend that is not listed is absent."""
    costs = full.models["llama-3.2-3b"]
    assert list(costs) == ["npu", "cpu-fast"]
    assert [name for name, _ in costs.items()] == ["npu", "cpu-fast"]
    assert len(costs) == 2
    assert "about" not in costs
    assert costs.get("gpu") is None
    assert costs.about.title == "Llama 3.2 3B"
    assert full.kv_bytes_per_token("llama-3.2-3b") == 114688
    assert full.kv_bytes_per_token("selfie") == 0


def test_an_llm_is_a_model_with_prefill_or_decode(full: Profile) -> None:
    """What a model is follows from its entries."""
    assert full.is_llm("llama-3.2-3b")
    assert not full.is_llm("selfie")
    only_decode = profile_with({"decode_ms": 3}).models["m"]
    assert only_decode.is_llm
    assert (only_decode["npu"].has_prefill, only_decode["npu"].has_decode) == (False, True)


def test_prefill_rates_become_times_from_an_empty_context(full: Profile) -> None:
    """At n tokens the time is n / rate."""
    assert full.models["llama-3.2-3b"]["npu"].prefill_points() == (
        (1024, Fraction(1024 * 1000, 766)),
        (2048, Fraction(2048 * 1000, 910)),
        (4096, Fraction(4096 * 1000, 991)),
    )


def test_a_bare_prefill_rate_is_a_line_through_zero() -> None:
    """One rate holds for every length."""
    assert profile_with({"prefill_tokens_per_s": 500}).models["m"]["npu"].prefill_points() == (
        (1, Fraction(2)),
    )


def test_prefill_by_base_and_slope(full: Profile) -> None:
    """The base is kept apart from the points."""
    cost = full.models["llama-3.2-3b"]["cpu-fast"]
    assert cost.prefill_base_ms == 5
    assert cost.prefill_points() == ((1, Fraction(1, 4)),)
    assert full.models["llama-3.2-3b"]["npu"].prefill_base_ms == 0


def test_prefill_by_points() -> None:
    """A list gives milliseconds at token counts."""
    cost = profile_with({"prefill_ms": [[512, 640], [1024, "1340.5"]]}).models["m"]["npu"]
    assert cost.prefill_points() == ((512, Fraction(640)), (1024, Fraction(2681, 2)))


def test_decode_by_rate_number_and_points(full: Profile) -> None:
    """Decode costs are milliseconds per token at a context length; a number holds for all."""
    costs = full.models["llama-3.2-3b"]
    assert costs["npu"].decode_points()[0] == (1024, 1000 / Fraction(263, 10))
    assert costs["cpu-fast"].decode_points() == ((0, Fraction(8)),)
    points = profile_with({"decode_ms": [[0, 1], [10, 2]]}).models["m"]["npu"].decode_points()
    assert points == ((0, Fraction(1)), (10, Fraction(2)))


def test_a_vision_model_has_no_curves(full: Profile) -> None:
    """Curves of what is not listed are empty."""
    cost = full.models["selfie"]["npu"]
    assert cost.prefill_points() == ()
    assert cost.decode_points() == ()


def test_slices_add_up() -> None:
    """An inference may be cut into slices."""
    cost = profile_with({"slices_ms": [0.6, 0.57]}).models["m"]["npu"]
    assert cost.slices_ms == (Fraction(3, 5), Fraction(57, 100))
    assert cost.total_ms == Fraction(117, 100)


def test_noise_comes_from_the_percentiles_unless_it_is_given(full: Profile) -> None:
    """A lognormal through p50 and p99 has sigma = ln(p99 / p50) / 2.326."""
    noise = full.models["selfie"]["npu"].noise_model("latency")
    assert noise.dist == "lognormal"
    assert noise.sigma == pytest.approx(math.log(1.5 / 1.17) / 2.3263478740408408)
    given = profile_with({"latency_ms": 1, "p99_ms": 2, "noise": "none"}).models["m"]["npu"]
    assert given.noise_model("latency").dist == "none"


def test_noise_of_a_phase_overrides_the_noise_of_the_entry(full: Profile) -> None:
    """`noise` holds for both phases unless a phase has its own."""
    cost = full.models["llama-3.2-3b"]["npu"]
    assert cost.noise_model("prefill").dist == "exponential"
    assert (cost.noise_model("decode").dist, cost.noise_model("decode").sigma) == (
        "lognormal",
        0.12,
    )
    plain = full.models["llama-3.2-3b"]["cpu-fast"]
    assert plain.noise_model("prefill").dist == "none"


def test_provenance_of_a_phase_overrides_that_of_the_entry(full: Profile) -> None:
    """Prefill and decode may come from different sources."""
    cost = full.models["llama-3.2-3b"]["npu"]
    assert cost.provenance("prefill") == Provenance("measured", "https://example.org/llama")
    assert cost.provenance("decode") == Provenance("derived", "https://example.org/decode")
    assert full.models["selfie"]["npu"].provenance("latency") == Provenance(
        "estimated", "https://example.org/selfie", "0.38 ms x 3.13", "driver 1.0", "2026-01-31"
    )


def test_a_profile_survives_json_and_msgpack(full: Profile) -> None:
    """What `to_dict` gives loads again to an equal profile, through any carrier."""
    plain = full.to_dict()
    assert load_profile(plain) == full
    assert load_profile(json.loads(json.dumps(plain))) == full
    packed = msgpack.unpackb(msgpack.packb(plain), use_list=False)
    assert load_profile(packed) == full
    assert load_profile(plain).to_dict() == plain


@pytest.mark.parametrize(
    "entry",
    [
        "100/3",
        {"slices_ms": [1, "1/3"]},
        {"latency_ms": 3, "noise": {"dist": "exponential"}},
        {"prefill_ms": [[1, 1], [5, 7.5]], "decode_ms": [[3, 4], [5, 6]]},
        {"prefill_ms": {"base": 5}, "decode_tokens_per_s": 7},
        {"prefill_tokens_per_s": 700, "decode_tokens_per_s": [[0, 30], [9, "100/7"]]},
        {"prefill_tokens_per_s": [[1, 700]], "prefill_date": "2026-01"},
    ],
)
def test_every_form_of_an_entry_survives_a_round_trip(entry: object) -> None:
    """Short and long forms come back equal."""
    profile = profile_with(entry)
    assert load_profile(profile.to_dict()) == profile


def test_a_profile_is_frozen(full: Profile) -> None:
    """Nothing changes after loading."""
    with pytest.raises(AttributeError, match="does not change"):
        full.name = "other"  # type: ignore[misc]
