"""Runs in which requests decode together."""

from collections.abc import Iterable
from typing import Final

from emulator.journal import STARTED, Event, as_dict
from tests.emulator.strategies import Case, Dict

BATCHING: Final = "batching"


def batched(case: Case, most: int, effects: str = BATCHING) -> Case:
    """The case with entries that let so many requests decode together, and chats that do."""
    models = case.profile["models"]
    assert isinstance(models, dict)
    llm = {
        name: {**entry, "batch_max": most, "batch_overhead": "0.25"}
        if "decode_ms" in entry or "decode_tokens_per_s" in entry
        else entry
        for name, entry in models["llm"].items()
    }
    memory = case.profile["memory"]
    assert isinstance(memory, dict)
    profile: Dict = {
        **case.profile,
        "models": {**models, "llm": llm},
        "memory": {**memory, "usable_gb_s": 10},
    }
    chat: Dict = {"model": "llm", "prompt_tokens": 3, "output_tokens": 8}
    chats = [{**chat, "name": f"chat-{at}", "arrivals_ms": [at, at + 9]} for at in (0, 4)]
    scenario: Dict = {"streams": [*case.streams, *chats]}
    return Case(
        profile,
        scenario,
        case.policy,
        case.commands,
        seed=case.seed,
        noise=case.noise,
        effects=effects,
    )


def together(events: Iterable[Event]) -> int:
    """How many slices joined a batch."""
    return sum(bool(as_dict(event).get("rank")) for event in events if event[0] == STARTED)
