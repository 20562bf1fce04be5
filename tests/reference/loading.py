"""Profile and scenario dicts as exact records: every duration a `Fraction` of nanoseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Ns = Fraction
NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
Table = Mapping[str, Any]


def exact(value: float | str) -> Fraction:
    """The decimal or fraction that is written, never the binary float behind it."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def from_ms(value: float | str) -> Ns:
    """Milliseconds as exact nanoseconds."""
    return exact(value) * NS_PER_MS


def optional_ms(table: Table, key: str) -> Ns | None:
    """`table[key]` in exact nanoseconds, None where it is not given."""
    return from_ms(table[key]) if key in table else None


@dataclass(frozen=True, slots=True)
class Backend:
    """A processing unit; the order of a profile's list is the tie order."""

    name: str
    dispatch_ns: Ns
    bandwidth_gb_s: Fraction | None = None
    interference: Fraction = Fraction(1)
    slowdown: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vision:
    """A model with fixed slices per inference."""

    slices_ns: tuple[Ns, ...]


@dataclass(frozen=True, slots=True)
class Llm:
    """What one backend can do of a language model: prefill, decode or both.

    `prefill` are points (tokens, time from an empty context), (0, 0) first; `decode` are points
    (context length, time per token). None where the backend does not list that phase.
    """

    prefill: tuple[tuple[int, Ns], ...] | None
    base_ns: Ns
    decode: tuple[tuple[int, Ns], ...] | None
    chunk_overhead_ns: Ns
    batch_max: int = 1
    batch_overhead: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Profile:
    """Backends in tie order, and per model what each backend that lists it can do."""

    backends: tuple[Backend, ...]
    models: dict[str, dict[str, Vision | Llm]]
    usable_gb_s: Fraction | None
    traffic: dict[tuple[str, str], Fraction]
    """Bytes of an inference, a prefill chunk or a token, by model and backend."""
    kv_bytes: dict[str, Fraction]
    """Of each token of context."""

    def is_llm(self, model: str) -> bool:
        """Whether the model is a language model."""
        return any(isinstance(entry, Llm) for entry in self.models[model].values())


@dataclass(frozen=True, slots=True)
class Streamed:
    """A streamed edge from the stage with index `source`."""

    source: int
    after_tokens: int
    slices_per_tokens: Fraction


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One stage of a stream; deadlines and targets are relative, in exact nanoseconds."""

    name: str
    index: int
    model: str
    after: tuple[int, ...]
    streamed: Streamed | None
    probability: Fraction
    on: tuple[str, ...] | None
    cached: int
    prompt: tuple[int, ...]
    output: tuple[int, ...]
    ttft_ns: Ns | None
    tpot_ns: Ns | None
    deadline_ns: Ns | None
    first_output_ns: Ns | None
    degraded_model: str | None = None


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One stream: periodic with `period_ns`, else the explicit `arrivals_ns`."""

    name: str
    index: int
    period_ns: Ns | None
    arrivals_ns: tuple[Ns, ...]
    start_ns: Ns
    stop_ns: Ns | None
    phase_ns: Ns
    deadline_ns: Ns | None
    implicit_deadline: bool
    late_drop: bool
    stages: tuple[StageSpec, ...]


def load_profile(profile: Table) -> Profile:
    """Read a profile dict of formats.md."""
    backends = tuple(_backend(item) for item in profile["backends"])
    models = {
        model: {b.name: _entry(entries[b.name]) for b in backends if b.name in entries}
        for model, entries in profile["models"].items()
    }
    usable = profile.get("memory", {}).get("usable_gb_s")
    traffic = {
        (model, b.name): _traffic(entries, b.name)
        for model, entries in profile["models"].items()
        for b in backends
        if b.name in entries
    }
    kv_bytes = {
        model: exact(entries.get("about", {}).get("kv_bytes_per_token", 0))
        for model, entries in profile["models"].items()
    }
    return Profile(backends, models, None if usable is None else exact(usable), traffic, kv_bytes)


def _traffic(entries: Table, backend: str) -> Fraction:
    entry = entries[backend]
    mb = entry.get("traffic_mb") if isinstance(entry, Mapping) else None
    return exact(entries.get("about", {}).get("weight_mb", 0) if mb is None else mb) * 1_000_000


def _backend(item: str | Table) -> Backend:
    if isinstance(item, str):
        return Backend(item, Fraction(0))
    cap = item.get("bandwidth_gb_s")
    return Backend(
        item["name"],
        exact(item.get("dispatch_us", 0)) * NS_PER_US,
        None if cap is None else exact(cap),
        exact(item.get("interference", 1)),
        {name: exact(factor) for name, factor in item.get("slowdown", {}).items()},
    )


def _entry(entry: float | str | Table) -> Vision | Llm:
    if not isinstance(entry, Mapping):
        return Vision((from_ms(entry),))
    if "latency_ms" in entry:
        return Vision((from_ms(entry["latency_ms"]),))
    if "slices_ms" in entry:
        return Vision(tuple(from_ms(part) for part in entry["slices_ms"]))
    form = entry.get("prefill_ms", {})
    base_ns = from_ms(form.get("base", 0))
    overhead_ns = from_ms(entry.get("chunk_overhead_ms", 0))
    return Llm(
        _prefill_points(entry),
        base_ns,
        _decode_points(entry),
        overhead_ns,
        entry.get("batch_max", 1),
        exact(entry.get("batch_overhead", 0)),
    )


def _prefill_points(entry: Table) -> tuple[tuple[int, Ns], ...] | None:
    if "prefill_ms" in entry:
        return ((0, Fraction(0)), (1, from_ms(entry["prefill_ms"]["per_token"])))
    if "prefill_tokens_per_s" in entry:
        curve = entry["prefill_tokens_per_s"]
        return ((0, Fraction(0)), *((n, n * NS_PER_S / exact(rate)) for n, rate in curve))
    return None


def _decode_points(entry: Table) -> tuple[tuple[int, Ns], ...] | None:
    if "decode_ms" in entry:
        return ((0, from_ms(entry["decode_ms"])),)
    if "decode_tokens_per_s" in entry:
        return tuple((n, NS_PER_S / exact(rate)) for n, rate in entry["decode_tokens_per_s"])
    return None


def load_streams(scenario: Table) -> tuple[StreamSpec, ...]:
    """Read a scenario dict of formats.md."""
    return tuple(_stream(item, index) for index, item in enumerate(scenario["streams"]))


def _stream(item: Table, index: int) -> StreamSpec:
    if "arrival" in item or item.get("phase_ms") == "random" or "jitter_ms" in item:
        raise NotImplementedError(f"stream {item['name']}: random arrivals are not supported")
    period_ns = optional_ms(item, "period_ms")
    if "rate_hz" in item:
        period_ns = NS_PER_S / exact(item["rate_hz"])
    deadline = item.get("deadline_ms")
    return StreamSpec(
        name=item["name"],
        index=index,
        period_ns=period_ns,
        arrivals_ns=tuple(from_ms(arrival) for arrival in item.get("arrivals_ms", ())),
        start_ns=exact(item.get("start_s", 0)) * NS_PER_S,
        stop_ns=exact(item["stop_s"]) * NS_PER_S if "stop_s" in item else None,
        phase_ns=from_ms(item.get("phase_ms", 0)),
        deadline_ns=None if deadline in (None, "none") else from_ms(item["deadline_ms"]),
        implicit_deadline=deadline is None and period_ns is not None,
        late_drop=item.get("late", "keep") == "drop",
        stages=_stages(item),
    )


def _stages(item: Table) -> tuple[StageSpec, ...]:
    if "stages" not in item:
        # The stream's own `deadline_ms` is the job's, which judges the only stage anyway.
        alone = {key: value for key, value in item.items() if key != "deadline_ms"}
        return (_stage(alone, 0, [item["name"]]),)
    names = [stage["name"] for stage in item["stages"]]
    return tuple(_stage(stage, index, names) for index, stage in enumerate(item["stages"]))


def _stage(item: Table, index: int, names: Sequence[str]) -> StageSpec:
    edges = [{"stage": edge} if isinstance(edge, str) else edge for edge in item.get("after", ())]
    streamed = [edge for edge in edges if edge.get("stream", False)]
    if len(streamed) > 1:
        raise NotImplementedError(f"stage {item['name']}: more than one streamed edge")
    edge = streamed[0] if streamed else None
    return StageSpec(
        name=item["name"],
        index=index,
        model=item["model"],
        after=tuple(names.index(e["stage"]) for e in edges if e is not edge),
        streamed=_streamed(edge, item, names) if edge is not None else None,
        probability=exact(item.get("probability", 1)),
        on=tuple(item["on"]) if "on" in item else None,
        cached=item.get("cached_prefix_tokens", 0),
        prompt=_choices(item.get("prompt_tokens", 0)),
        output=_choices(item.get("output_tokens", 0)),
        ttft_ns=optional_ms(item, "ttft_ms"),
        tpot_ns=optional_ms(item, "tpot_ms"),
        deadline_ns=optional_ms(item, "deadline_ms"),
        first_output_ns=optional_ms(item, "first_output_deadline_ms"),
        degraded_model=item.get("degraded_model"),
    )


def _streamed(edge: Table, item: Table, names: Sequence[str]) -> Streamed:
    source = names.index(edge["stage"])
    return Streamed(source, edge.get("after_tokens", 1), exact(item["slices_per_tokens"]))


def _choices(value: int | list[int]) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
