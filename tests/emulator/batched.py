"""Runs in which requests decode together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.journal import STARTED, Event, as_dict
from tests.emulator.strategies import MS, Case, Dict

BATCHING: Final = "batching"


@dataclass(frozen=True, slots=True)
class Batched(Case):
    """A case in which requests decode together."""

    effects: str = BATCHING

    def engine(self) -> Engine:
        """The run before its first instant."""
        return Engine(
            load_profile(self.profile),
            load_scenario(self.scenario),
            self.policy,
            seed=self.seed,
            noise=self.noise,
            duration_ns=self.duration_ms * MS,
            effects=self.effects,
        )


def batched(case: Case, most: int, effects: str = BATCHING) -> Batched:
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
    return Batched(
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
