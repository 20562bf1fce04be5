"""Random small cases: few streams, short runs, small whole milliseconds so that ties are common."""
# ruff: noqa: S311  # random cases, not secrets

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from tests.reference import graphs
from tests.reference.loading import NS_PER_MS, NS_PER_S, exact
from tests.reference.policies import ADMISSIONS, NAMED, ORDERS, PLACEMENTS
from tests.reference.records import Command

Dict = dict[str, Any]
AXES = list(product(ORDERS, PLACEMENTS, ADMISSIONS, ("whole", "chunk")))
"""Every combination of the four axes; the chunk's size is drawn."""
NAMED_SHARE = [*NAMED] * 6 + ["hybrid"] * 12
CHUNKS = (1, 2, 3, 4, 5, 8, 128)


@dataclass(frozen=True, slots=True)
class Case:
    """One case; `seed` is for the draws of triggers and token counts."""

    profile: Dict
    scenario: Dict
    policy: str
    duration_s: float
    commands: list[Command]
    drain: bool = True
    seed: int = 0
    effects: str = ""


def make_case(seed: int) -> Case:
    """The case with that number; the first 234 meet every combination of the four axes."""
    rng = random.Random(seed)
    policy = _policy(rng, seed)
    duration_ms = rng.choice([20, 30, 40, 60, 80])
    flavor = _flavor(rng, policy)
    profile = _profile(rng, flavor)
    count = rng.choice(flavor.streams)
    streams = [_stream(rng, flavor, profile, number, duration_ms) for number in range(count)]
    return Case(
        profile=profile,
        scenario={"streams": streams},
        policy=policy,
        duration_s=duration_ms / 1000,
        commands=_commands(rng, streams, duration_ms),
        drain=rng.random() < 0.9,
        seed=seed,
    )


def with_effects(case: Case) -> Case:
    """The case on a shared memory, with a cheaper model for some stages."""
    rng = random.Random(case.seed)
    backends = [_with_memory(rng, backend) for backend in case.profile["backends"]]
    for backend in backends if chance(rng, 0.5) else ():
        others = [each["name"] for each in backends if each is not backend and chance(rng, 0.7)]
        backend["slowdown"] = {name: rng.choice([1, 1.1, "5/3", 3]) for name in others}
    has_memory = chance(rng, 0.8) or not any(each.get("slowdown") for each in backends)
    models: Dict = {}
    for model, entries in case.profile["models"].items():
        models[model] = _with_weights(rng, entries)
        models[f"{model}-small"] = {name: _smaller(entry) for name, entry in entries.items()}
    streams = [_with_cheaper(rng, stream) for stream in case.scenario["streams"]]
    profile = {
        **case.profile,
        "memory": {"usable_gb_s": rng.choice([20, 60, "100/3"])} if has_memory else {},
        "backends": backends,
        "models": models,
    }
    return replace(case, profile=profile, scenario={"streams": streams}, effects="contention")


def with_batches(case: Case) -> Case:
    """The case with chats that decode together, on a shared memory or not."""
    rng = random.Random(case.seed)
    memory = chance(rng, 0.3)
    made = with_effects(case) if memory else case
    models = {
        model: {name: _with_batch(rng, entry) for name, entry in entries.items()}
        for model, entries in made.profile["models"].items()
    }
    llm = rng.choice([model for model in models if model.startswith("llm") and "-" not in model])
    chats = [_chat(rng, made, llm, number) for number in range(rng.choice([1, 2, 3]))]
    effects = "contention,batching" if memory else "batching"
    entry = next(each for each in models[llm].values() if "decode" in " ".join(each))
    entry |= {"batch_max": 3, "batch_overhead": 0.25}
    scenario = {"streams": [*made.scenario["streams"], *chats]}
    return replace(
        made, profile={**made.profile, "models": models}, scenario=scenario, effects=effects
    )


def _with_batch(rng: random.Random, entry: Any) -> Any:  # noqa: ANN401
    decodes = isinstance(entry, dict) and any(key.startswith("decode") for key in entry)
    if not decodes or chance(rng, 0.2):
        return entry
    overhead = rng.choice([0, 0.25, 0.5, "1/3", 1])
    return {**entry, "batch_max": rng.choice([2, 2, 3, 8]), "batch_overhead": overhead}


def _chat(rng: random.Random, case: Case, llm: str, number: int) -> Dict:
    stream = {"name": f"chat{number}", **_arrivals(rng, int(case.duration_s * 1000)), "model": llm}
    stream |= {"prompt_tokens": rng.choice([1, 2, 5]), "output_tokens": rng.choice([4, 8, 12])}
    if chance(rng, 0.5):
        stream |= {"ttft_ms": rng.choice([3, 8]), "tpot_ms": rng.choice([1, 2, 4])}
    return stream


def _with_memory(rng: random.Random, backend: str | Dict) -> Dict:
    named = {"name": backend} if isinstance(backend, str) else backend
    cap = {"bandwidth_gb_s": rng.choice([10, 25, "50/3"])} if chance(rng, 0.5) else {}
    return {**named, **cap, "interference": rng.choice([1, 1.2, "4/3", 2])}


def _with_weights(rng: random.Random, entries: Dict) -> Dict:
    moved = {"weight_mb": rng.choice([1, 20, 70, "100/3"])} if chance(rng, 0.8) else {}
    cache = {"kv_bytes_per_token": rng.choice([1000, 500_000])} if chance(rng, 0.5) else {}
    found = {**entries, "about": {**moved, **cache}}
    for name, entry in entries.items():
        if isinstance(entry, dict) and chance(rng, 0.3):
            found[name] = {**entry, "traffic_mb": rng.choice([0, 5, 40])}
    return found


def _smaller(entry: Any) -> Any:  # noqa: ANN401
    """An entry of a model that takes less time for the same."""
    if not isinstance(entry, dict) or "latency_ms" in entry or "slices_ms" in entry:
        return 1
    found: Dict = {}
    if any(key.startswith("prefill") for key in entry):
        found["prefill_ms"] = {"per_token": 0.25}
    if any(key.startswith("decode") for key in entry):
        found["decode_ms"] = 0.5
    return found


def _with_cheaper(rng: random.Random, item: Dict) -> Dict:
    if "stages" in item:
        return {**item, "stages": [_with_cheaper(rng, each) for each in item["stages"]]}
    return {**item, "degraded_model": f"{item['model']}-small"} if chance(rng, 0.8) else item


@dataclass(frozen=True, slots=True)
class Flavor:
    """What a case is mostly made of: choices for counts, and how often what is the case."""

    backends: tuple[int, ...]
    streams: tuple[int, ...]
    graphs: float
    chats: float
    targets: float
    sliced: float


MIXED = Flavor(
    (1, 2, 2, 3, 3, 4), (1, 2, 3, 3, 4, 5, 6), graphs=0.35, chats=0.3, targets=0.5, sliced=0.2
)
GRAPHS = Flavor((1, 2, 2, 3), (2, 2, 3), graphs=0.8, chats=0.3, targets=0.5, sliced=0.4)
CHATS = Flavor((1, 1, 2, 2), (2, 3, 4, 4), graphs=0.1, chats=0.4, targets=0.9, sliced=0.1)


def _flavor(rng: random.Random, policy: str) -> Flavor:
    if policy == "hybrid":
        return rng.choice([CHATS, CHATS, MIXED])
    if policy.startswith(("edf", "llf", "sjf")):
        return rng.choice([GRAPHS, GRAPHS, CHATS, MIXED])
    return rng.choice([MIXED, MIXED, GRAPHS])


def chance(rng: random.Random, probability: float) -> bool:
    """True that often."""
    return rng.random() < probability


def _policy(rng: random.Random, number: int) -> str:
    at = number % (len(AXES) + len(NAMED_SHARE))
    if at >= len(AXES):
        return NAMED_SHARE[at - len(AXES)]
    return _axes(rng, AXES[at])


def _axes(rng: random.Random, parts: Sequence[str]) -> str:
    *rest, granularity = parts
    if granularity == "chunk":
        granularity = f"chunk-{rng.choice(CHUNKS)}"
    return "/".join([*rest, granularity])


# --- profiles ----------------------------------------------------------------------------------


def _profile(rng: random.Random, flavor: Flavor) -> Dict:
    names = ["npu", "gpu", "cpu", "dsp"][: rng.choice(flavor.backends)]
    has_dispatch = chance(rng, 0.3)
    backends = [
        {"name": name, "dispatch_us": rng.choice([0, 100, 250, 500, 1000, "100/3"])}
        if has_dispatch
        else name
        for name in names
    ]
    visions = range(rng.choice([1, 2, 3]))
    models: Dict = {f"v{i}": _vision_model(rng, names, flavor.sliced) for i in visions}
    models |= {f"llm{i}": _llm_model(rng, names) for i in range(rng.choice([1, 2]))}
    return {"backends": backends, "models": models}


def _some(rng: random.Random, names: Sequence[str]) -> list[str]:
    chosen = rng.sample(names, rng.randint(1, len(names)))
    return [name for name in names if name in chosen]


def _vision_model(rng: random.Random, names: Sequence[str], sliced: float) -> Dict:
    return {name: _vision_entry(rng, sliced) for name in _some(rng, names)}


def _vision_entry(rng: random.Random, sliced: float) -> Any:  # noqa: ANN401
    if chance(rng, sliced):
        return {"slices_ms": [rng.randint(1, 3) for _ in range(rng.choice([2, 3]))]}
    kind = rng.random()
    if kind < 0.2:
        return rng.choice([1.5, 2.25, "10/3", "25/6"])
    if kind < 0.4:
        return {"latency_ms": rng.randint(1, 8)}
    return rng.randint(1, 8)


def _llm_model(rng: random.Random, names: Sequence[str]) -> Dict:
    """Any split of the phases over the backends, each phase listed at least once."""
    prefill, decode = _some(rng, names), _some(rng, names)
    model: Dict = {}
    for name in names:
        entry: Dict = {}
        if name in prefill:
            entry |= _prefill(rng)
        if name in decode:
            entry |= _decode(rng)
        if entry:
            model[name] = entry
    return model


def _prefill(rng: random.Random) -> Dict:
    overhead = {"chunk_overhead_ms": rng.choice([1, 0.5, "1/3"])} if chance(rng, 0.3) else {}
    if chance(rng, 0.3):
        points = [[4, rng.choice([1000, 2000])], [16, rng.choice([1500, 2500, 3000])]]
        return {"prefill_tokens_per_s": points[: rng.choice([1, 2])], **overhead}
    base, per_token = rng.choice([0, 0, 1, 2]), rng.choice([1, 1, 0.5, 0.25, "1/3"])
    return {"prefill_ms": {"base": base, "per_token": per_token}, **overhead}


def _decode(rng: random.Random) -> Dict:
    if chance(rng, 0.3):
        points = [[4, rng.choice([1000, 700])], [12, rng.choice([500, 300])]]
        return {"decode_tokens_per_s": points[: rng.choice([1, 2])]}
    return {"decode_ms": rng.choice([1, 1, 2, 3, 1.5])}


# --- streams -----------------------------------------------------------------------------------


def _stream(
    rng: random.Random, flavor: Flavor, profile: Dict, number: int, duration_ms: int
) -> Dict:
    stream: Dict = {"name": f"s{number}", **_arrivals(rng, duration_ms)}
    is_graph, is_chat = chance(rng, flavor.graphs), chance(rng, flavor.chats)
    if chance(rng, 0.5):
        tight = [5, 8, 10, 12, 15, 20, "50/3", "none"]
        loose = [15, 20, 30, 40, 60, "none", "none"]
        stream["deadline_ms"] = rng.choice(loose if is_graph or is_chat else tight)
    if chance(rng, 0.2):
        stream["late"] = rng.choice(["drop", "drop", "keep"])
    if chance(rng, 0.1):
        stream["start_s"] = rng.choice([0.002, 0.005, 0.01])
    if chance(rng, 0.1):
        stream["stop_s"] = rng.choice([0.012, 0.02, 0.025])
    if is_graph:
        return {**stream, "stages": graphs.stages(rng, profile, flavor.targets)}
    prefix = "llm" if is_chat else "v"
    model = rng.choice([name for name in profile["models"] if name.startswith(prefix)])
    keys = graphs.stage_keys(rng, profile, model, flavor.targets)
    if is_chat and chance(rng, flavor.chats):
        keys["output_tokens"] = rng.choice([6, 10, 16])
    return {**stream, "model": model, **keys}


def _arrivals(rng: random.Random, duration_ms: int) -> Dict:
    kind = rng.random()
    if kind < 0.25:
        count = rng.randint(1, 3)
        return {"arrivals_ms": sorted(rng.sample(range(duration_ms), count))}
    phase = {"phase_ms": rng.choice([1, 2, 5, 0.5])} if chance(rng, 0.3) else {}
    if kind < 0.6:
        return {"rate_hz": rng.choice([30, 30, 60, 90, 120, 50]), **phase}
    return {"period_ms": rng.choice([8, 10, 12, 15, 20, 25]), **phase}


# --- commands ----------------------------------------------------------------------------------


def _commands(rng: random.Random, streams: Sequence[Dict], duration_ms: int) -> list[Command]:
    found: list[Command] = []
    if chance(rng, 0.35):
        for _ in range(rng.randint(1, 3)):
            swap = rng.choice([*NAMED, *(_axes(rng, rng.choice(AXES)) for _ in range(4))])
            found.append((_instant(rng, duration_ms * 1.5), "swap", swap))
    # Whether a start overrules the stream's own `stop_s` is not written anywhere.
    stoppable = [stream for stream in streams if "stop_s" not in stream]
    for stream in stoppable:
        if chance(rng, 0.15):
            stop = _instant(rng, duration_ms / 2)
            found.append((stop, "stop_stream", stream["name"]))
            if chance(rng, 0.8):
                start = stop + _instant(rng, duration_ms / 2) + 1
                found.append((start, "start_stream", stream["name"]))
    return sorted(found, key=lambda command: command[0])


def _instant(rng: random.Random, until_ms: float) -> int:
    """A whole millisecond, a frame of 60 Hz, or any nanosecond."""
    kind = rng.random()
    if kind < 0.5:
        return rng.randint(0, int(until_ms)) * NS_PER_MS
    if kind < 0.7:
        return int(rng.randint(0, 2) * exact(NS_PER_S) / 60)
    return rng.randint(0, int(until_ms * NS_PER_MS))
