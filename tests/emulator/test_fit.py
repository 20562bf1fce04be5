"""Scenarios that a profile cannot run are refused before a run starts."""

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.errors import ScenarioError
from emulator.schema.fit import check_fit

PROFILE = load_profile(
    {
        "name": "soc",
        "backends": ["npu", "gpu", "cpu"],
        "models": {
            "blur": {"npu": 1, "gpu": 2},
            "llm": {
                "npu": {"prefill_tokens_per_s": 900},
                "gpu": {"prefill_tokens_per_s": 500, "decode_tokens_per_s": 30},
            },
            "reader": {"npu": {"prefill_tokens_per_s": 900}},
            "none": {"about": {"title": "runs nowhere"}},
        },
    }
)
COUNTS = {"prompt_tokens": 10, "output_tokens": [1, 2]}


def fit(**keys: object) -> None:
    """Checks a scenario of one stream with one stage."""
    stream = {"name": "s", "rate_hz": 1, **keys}
    check_fit(PROFILE, load_scenario({"name": "app", "streams": [stream]}))


@pytest.mark.parametrize(
    "keys",
    [
        {"model": "blur"},
        {"model": "blur", "on": ["cpu", "gpu"]},
        {"model": "llm", **COUNTS, "ttft_ms": 5},
        {"model": "llm", "on": ["npu"], "prompt_tokens": 5, "output_tokens": 1},
        {"model": "reader", "prompt_tokens": 5, "output_tokens": [1, 1]},
    ],
)
def test_what_can_run_fits(keys: dict[str, object]) -> None:
    """A model on some allowed backend with the counts it needs is fine."""
    fit(**keys)


@pytest.mark.parametrize(
    ("keys", "key", "part"),
    [
        ({"model": "blurr"}, "model", "unknown model 'blurr', did you mean 'blur'?"),
        ({"model": "none"}, "model", "'none' runs on no backend"),
        ({"model": "blur", "on": ["gpuu"]}, "on", "unknown backend 'gpuu', did you mean 'gpu'?"),
        ({"model": "blur", "on": ["cpu"]}, "on", "'blur' runs on npu, gpu, not on cpu"),
        ({"model": "llm"}, "prompt_tokens", "'llm' is an LLM and needs prompt_tokens"),
        ({"model": "blur", **COUNTS}, "prompt_tokens", "'blur' is no LLM in this profile"),
        ({"model": "blur", "tpot_ms": 9}, "tpot_ms", "so it has no tpot_ms"),
        ({"model": "blur", "cached_prefix_tokens": 9}, "cached_prefix_tokens", "is no LLM"),
        ({"model": "reader", **COUNTS}, "model", "lists no decode of 'reader' on any backend"),
        ({"model": "llm", **COUNTS, "on": ["npu"]}, "on", "lists no decode of 'llm' on npu"),
    ],
)
def test_what_cannot_run_names_stream_and_key(keys: dict[str, object], key: str, part: str) -> None:
    """The sentence names scenario, profile, stream and key."""
    with pytest.raises(ScenarioError) as refusal:
        fit(**keys)
    message = str(refusal.value)
    assert message.startswith(f"scenario 'app' on profile 'soc': stream 's': {key}: ")
    assert part in message
    assert refusal.value.key == f"streams[0].{key}"


def test_a_stage_of_several_is_named() -> None:
    """With stages, the sentence names the stage too."""
    stages = [
        {"model": "blur"},
        {
            "model": "llm",
            **COUNTS,
            "after": [{"stage": "blur", "stream": True}],
            "slices_per_tokens": 1,
        },
    ]
    with pytest.raises(
        ScenarioError, match="stream 's', stage 'llm': slices_per_tokens"
    ) as refusal:
        fit(stages=stages)
    assert refusal.value.key == "streams[0].stages[1].slices_per_tokens"
