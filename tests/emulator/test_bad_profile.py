"""Every mistake in a profile gives one sentence that names the key."""

import pytest

from emulator.catalog import load_profile
from emulator.errors import ProfileError


def cost(**keys: object) -> dict[str, object]:
    """A profile with one entry of these keys."""
    return {"backends": ["npu", "gpu"], "models": {"m": {"npu": keys}}}


def model(entries: object) -> dict[str, object]:
    """A profile with one model of these entries."""
    return {"backends": ["npu", "gpu"], "models": {"m": entries}}


PROFILES: list[tuple[dict[str, object], str, str]] = [
    ({}, "backends", 'as in backends = ["npu", "gpu", "cpu"]'),
    ({"backends": ["npu"]}, "models", "missing: a profile says what models cost"),
    ({"backends": "npu", "models": {}}, "backends", "expected a list, not 'npu'"),
    ({"backends": [], "models": {}}, "backends", "expected at least one entry"),
    ({"backends": ["npu", "npu"], "models": {}}, "backends", "two backends have the name 'npu'"),
    ({"backends": ["about"], "models": {}}, "backends[0].name", "'about' cannot name a backend"),
    ({"backends": [{"nam": "npu"}], "models": {}}, "backends[0].nam", "did you mean 'name'?"),
    ({"backends": [{}], "models": {}}, "backends[0].name", "missing"),
    (
        {"backends": [{"name": "x", "kind": "tpu"}], "models": {}},
        "backends[0].kind",
        "backend 'x': kind: expected 'cpu', 'gpu' or 'npu', not 'tpu'",
    ),
    ({"backends": ["npu"], "models": [3]}, "models", "expected a table, not a list"),
    ({"backends": ["npu"], "models": {"": {"npu": 1}}}, 'models.""', "expected a name"),
    (
        {"backends": ["npu"], "models": {"llama-3.2": {"npu": {"latency_ms": "x"}}}},
        'models."llama-3.2".npu.latency_ms',
        "not 'x'",
    ),
    ({**model({"npu": 1}), "streams": []}, "streams", "belongs in a scenario"),
    (
        {**model({"npu": 1}), "memory": {"bandwith_gb_s": 3}},
        "memory.bandwith_gb_s",
        "did you mean 'bandwidth_gb_s'?",
    ),
    (
        {**model({"npu": 1}), "memory": {"fixed_us": 3}},
        "memory.fixed_us",
        "'fixed_us' belongs to kv_transfer",
    ),
    (
        {"models": {}, "memory": {"backends": ["npu"]}},
        "memory.backends",
        "belongs at the top of the file, above the first table",
    ),
    (model(3), "models.m", "its cost on each backend, as in {npu = 1.17}, not 3"),
    (model({"gpuu": 1}), "models", "model 'm' lists an unknown backend 'gpuu', did you mean 'gpu'"),
    (model({"npu": "x"}), "models.m.npu", "not 'x'"),
    (model({"npu": 0}), "models.m.npu", "above 0, not 0"),
    (model({"npu": [1]}), "models.m.npu", "not a list"),
    (model({"latency_ms": 3}), "models.m.latency_ms", "belongs to the entry of a model on a back"),
    (model({"npu": 1, "about": {"titel": "x"}}), "models.m.about.titel", "did you mean 'title'?"),
    (
        model({"npu": 3, "gpu": {"decode_ms": 3}}),
        "models.m",
        "latency_ms on all its backends, or prefill and decode on all",
    ),
    (cost(), "models.m.npu", "give latency_ms, or prefill_tokens_per_s"),
    (cost(latency=3), "models.m.npu.latency", "did you mean 'latency_ms'?"),
    (cost(latency_ms=3, dispatch_us=1), "models.m.npu.dispatch_us", "is a key of a backend"),
    (cost(latency_ms=3, slices_ms=[1]), "models.m.npu.slices_ms", "not both"),
    (cost(slices_ms=[1, 0]), "models.m.npu.slices_ms[1]", "above 0"),
    (cost(latency_ms=3, p99_ms=2), "models.m.npu.p99_ms", "below the median"),
    (cost(latency_ms=3, decode_ms=1), "models.m.npu", "do not go with prefill or decode"),
    (cost(latency_ms=3, basis="guess"), "models.m.npu.basis", "'derived' or 'estimated'"),
    (cost(latency_ms=3, noise="gauss"), "models.m.npu.noise", 'expected "none", "exponential"'),
    (cost(latency_ms=3, noise={"dist": "lognormal"}), "models.m.npu.noise", "needs sigma"),
    (
        cost(latency_ms=3, noise={"dist": "exponential", "sigma": 1}),
        "models.m.npu.noise.sigma",
        "only a lognormal noise has sigma",
    ),
    (cost(latency_ms=3, noise={"dist": "quantiles"}), "models.m.npu.noise", "needs factors"),
    (
        cost(latency_ms=3, noise={"dist": "quantiles", "factors": [1, 2, 1.5]}),
        "models.m.npu.noise.factors",
        "factors that do not fall",
    ),
    (
        cost(latency_ms=3, noise={"dist": "none", "factors": [1, 2]}),
        "models.m.npu.noise.factors",
        "only a noise of quantiles has factors",
    ),
    (cost(prefill_ms=2), "models.m.npu.prefill_ms", "{base = 5, per_token = 0.25}"),
    (cost(prefill_ms={"bse": 2}), "models.m.npu.prefill_ms.bse", "did you mean 'base'?"),
    (cost(prefill_ms={}), "models.m.npu.prefill_ms", "give base or per_token above 0"),
    (cost(prefill_ms=[[1, 2], [1, 3]]), "models.m.npu.prefill_ms", "rise, but 1 follows 1"),
    (cost(prefill_ms=[[1, 2], [2, 1]]), "models.m.npu.prefill_ms", "expected times that rise"),
    (
        cost(prefill_tokens_per_s=[[10, 10], [20, 30]]),
        "models.m.npu.prefill_tokens_per_s",
        "reading 20 tokens at 30 tokens/s would take no longer than 10 at 10",
    ),
    (cost(prefill_tokens_per_s=[]), "models.m.npu.prefill_tokens_per_s", "expected [[1024, 766]"),
    (cost(prefill_tokens_per_s=[1, 2]), "models.m.npu.prefill_tokens_per_s", "pairs of numbers"),
    (cost(prefill_tokens_per_s=0), "models.m.npu.prefill_tokens_per_s", "at least 0.001"),
    (cost(decode_ms="x"), "models.m.npu.decode_ms", "not 'x'"),
    (cost(decode_ms=1, decode_tokens_per_s=1), "models.m.npu.decode_ms", "not both"),
    (cost(decode_ms=1, p99_ms=1), "models.m.npu.p99_ms", "stands beside latency_ms"),
    (
        cost(decode_ms=1, chunk_overhead_ms=1),
        "models.m.npu.chunk_overhead_ms",
        "needs a prefill cost beside it",
    ),
    (
        cost(latency_ms=1, decode_source="x"),
        "models.m.npu.decode_source",
        "needs a decode cost beside it",
    ),
]


@pytest.mark.parametrize(("data", "key", "part"), PROFILES)
def test_a_mistake_in_a_profile_names_key_and_remedy(
    data: dict[str, object], key: str, part: str
) -> None:
    """The sentence has the source, where it is wrong, and what would be right."""
    with pytest.raises(ProfileError) as refusal:
        load_profile(data)
    message = str(refusal.value)
    assert part in message
    assert refusal.value.key == key
    assert refusal.value.source == "<dict>"
    assert message.startswith("<dict>: ")
    assert message.isprintable()
    assert len(message) < 400
