"""Random stages: chains, forks and joins, triggers, streamed edges."""

import random
from collections.abc import Sequence
from typing import Any

Dict = dict[str, Any]


def stages(rng: random.Random, profile: Dict, targets: float) -> list[Dict]:
    """Two to four stages; each after the first has edges from earlier ones, or is a root."""
    found: list[Dict] = []
    for number in range(rng.choice([2, 2, 3, 3, 4])):
        name = f"t{number}"
        model = _model(rng, profile, after_llm=bool(found) and _is_llm(profile, found[-1]["model"]))
        sources = _sources(rng, found)
        keys = stage_keys(rng, profile, model, targets)
        if sources and not _is_llm(profile, model) and rng.random() < 0.6:
            streamed = _streamed(rng, sources)
            if rng.random() < 0.5:
                keys["first_output_deadline_ms"] = rng.choice([6, 8, 10, 12, 16, 20])
        else:
            streamed = {"after": sources} if sources else {}
        if rng.random() < 0.2:
            keys["deadline_ms"] = rng.choice([6, 10, 15, 20])
        found.append({"name": name, "model": model, **streamed, **keys})
    if rng.random() < 0.2:
        rng.shuffle(found)
    return found


def _model(rng: random.Random, profile: Dict, *, after_llm: bool) -> str:
    """After a language model mostly another kind: what it says is spoken or shown."""
    names = sorted(profile["models"])
    others = [name for name in names if not _is_llm(profile, name)]
    chosen: str = rng.choice(others if after_llm and rng.random() < 0.7 else names)
    return chosen


def _sources(rng: random.Random, earlier: Sequence[Dict]) -> list[str]:
    if not earlier or rng.random() < 0.25:
        return []
    names = [stage["name"] for stage in earlier]
    # Mostly the stage before, so that chains are common.
    return rng.sample(names, min(2, len(names))) if rng.random() < 0.3 else [names[-1]]


def _streamed(rng: random.Random, sources: Sequence[str]) -> Dict:
    """One streamed edge, alone or beside a data edge."""
    first, *others = sources
    edge: Dict = {"stage": first, "stream": True}
    if rng.random() < 0.4:
        edge["after_tokens"] = rng.randint(1, 6)
    return {"after": [edge, *others], "slices_per_tokens": rng.choice([1, 2, 3, "5/2", 0.75])}


def stage_keys(rng: random.Random, profile: Dict, model: str, targets: float) -> Dict:
    """What a stage may say besides its name, model and edges."""
    keys: Dict = _tokens(rng, targets) if _is_llm(profile, model) else {}
    if rng.random() < 0.15:
        keys["probability"] = rng.choice([0.5, 0.3, 0.8])
    if rng.random() < 0.15:
        keys["first_output_deadline_ms"] = rng.choice([4, 6, 8, 12])
    if rng.random() < 0.15:
        keys["on"] = _pin(rng, profile["models"][model])
    return keys


def _tokens(rng: random.Random, targets: float) -> Dict:
    keys: Dict = {
        "prompt_tokens": rng.choice([1, 2, 3, 5, 8, 9, [2, 4, 6]]),
        "output_tokens": rng.choice([1, 2, 3, 4, 6, [1, 3, 5]]),
    }
    if rng.random() < 0.06:
        # Long enough for the chunks of the named policies.
        keys["prompt_tokens"] = rng.choice([130, 256, 300])
    if rng.random() < 0.3:
        keys["cached_prefix_tokens"] = rng.choice([1, 4, 10])
    if rng.random() < targets:
        keys["ttft_ms"] = rng.choice([1, 3, 5, 8, 12])
    if rng.random() < targets:
        keys["tpot_ms"] = rng.choice([1, 2, 4, "10/3"])
    return keys


def _pin(rng: random.Random, entries: Dict) -> list[str]:
    """Some of the backends, enough to run every phase of the model."""
    names = sorted(entries)
    chosen = rng.sample(names, rng.randint(1, len(names)))
    phases = [{key.split("_")[0] for key in _table(entries[name])} for name in names]
    wanted = {"prefill", "decode"} & set().union(*phases)
    listed = {
        phase for name, keys in zip(names, phases, strict=True) if name in chosen for phase in keys
    }
    return chosen if wanted <= listed else names


def _table(entry: object) -> Dict:
    return entry if isinstance(entry, dict) else {}


def _is_llm(profile: Dict, model: str) -> bool:
    keys = {key for entry in profile["models"][model].values() for key in _table(entry)}
    return any(key.startswith(("prefill", "decode")) for key in keys)
