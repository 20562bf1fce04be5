"""Hypothesis strategies for small runs: profiles, scenarios, policies and commands.

Times are small whole milliseconds, so that ties are common; profiles and scenarios are the dicts
that a person would write.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st

from emulator.catalog import load_profile, load_scenario
from emulator.commands import AddStreams, Command, Mark, StartStream, StopStream, SwapPolicy
from emulator.engine import Engine
from emulator.journal import STARTED, Event
from emulator.policies import Admission, Order, Placement
from emulator.schema.stream import Stream

Dict: TypeAlias = dict[str, object]
Draw: TypeAlias = st.DrawFn

MS: Final = 1_000_000
FOREVER_NS: Final = 1 << 61
BACKENDS: Final = ("npu", "gpu", "cpu")
HEADLINE: Final = ("fcfs", "static", "edf", "llf", "hybrid")
LLM: Final = "llm"


def examples(count: int) -> int:
    """The count, scaled as the profile scales Hypothesis's own 100: halved, or tenfold nightly."""
    return max(1, count * settings().max_examples // 100)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a run depends on; ``commands`` are (virtual ns, command) in time order."""

    profile: Dict
    scenario: Dict
    policy: str
    commands: tuple[tuple[int, Command], ...] = ()
    duration_ms: int = 60
    seed: int = 0
    noise: bool = False
    effects: str = ""

    @property
    def streams(self) -> list[Dict]:
        """The streams of the scenario, as dicts."""
        streams = self.scenario["streams"]
        assert isinstance(streams, list)
        return streams

    def with_streams(self, streams: list[Dict]) -> "Case":
        """The case with these streams instead."""
        return replace(self, scenario={"streams": streams})

    def engine(self) -> Engine:
        """The run before its first instant, without the commands."""
        return Engine(
            load_profile(self.profile),
            load_scenario(self.scenario),
            self.policy,
            seed=self.seed,
            noise=self.noise,
            duration_ns=self.duration_ms * MS,
            effects=self.effects,
        )

    def journal(self, instants: Iterable[int] = ()) -> list[Event]:
        """The events of the whole run, made in steps to these instants (ns) and to its end."""
        engine = self.engine()
        for t_ns, command in self.commands:
            engine.apply(command, t_ns)
        for t_ns in sorted(instants):
            engine.advance(t_ns)
        engine.advance(FOREVER_NS)
        return engine.drain()


def load_streams(*streams: Dict) -> tuple[Stream, ...]:
    """The streams of a scenario made of these dicts."""
    return load_scenario({"streams": list(streams)}).streams


def started(events: list[Event]) -> list[tuple[float, object, object, object]]:
    """(ms, stream, stage, backend) of the slices in order."""
    return [
        (event[1] / MS, event[2], event[4], event[5])
        for event in events
        if event[0] == STARTED and isinstance(event[1], int)
    ]


# Profiles


def _some(draw: Draw, names: tuple[str, ...]) -> tuple[str, ...]:
    chosen = draw(st.sets(st.sampled_from(names), min_size=1))
    return tuple(name for name in names if name in chosen)


_milliseconds = st.integers(1, 9)
_noise = st.sampled_from([{"dist": "lognormal", "sigma": 0.4}, "exponential"])


@st.composite
def profiles(draw: Draw, *, noisy: bool = False) -> Dict:
    """One to three backends, two models with a latency and one LLM that may split its phases."""
    names = BACKENDS[: draw(st.integers(1, 3))]
    backends = [{"name": each, "dispatch_us": draw(_overheads)} for each in names]
    models: Dict = {f"v{i}": _vision_model(draw, names, noisy=noisy) for i in range(2)}
    models[LLM] = _llm_model(draw, names, noisy=noisy)
    moves = draw(st.sampled_from([{}, {"fixed_us": 500, "gb_s": 1}]))
    return {"backends": backends, "models": models, "memory": {"kv_transfer": moves}}


_overheads = st.sampled_from([0, 0, 100, 250])


def _vision_model(draw: Draw, names: tuple[str, ...], *, noisy: bool) -> Dict:
    entries: Dict = {}
    for name in _some(draw, names):
        parts = draw(st.lists(_milliseconds, min_size=1, max_size=3))
        entry: Dict = {"latency_ms": parts[0]} if len(parts) == 1 else {"slices_ms": parts}
        entries[name] = {**entry, "noise": draw(_noise)} if noisy else entry
    return entries


def _llm_model(draw: Draw, names: tuple[str, ...], *, noisy: bool) -> Dict:
    prefill, decode = _some(draw, names), _some(draw, names)
    model: Dict = {"about": {"kv_bytes_per_token": 1000}}
    for name in names:
        entry: Dict = {}
        if name in prefill:
            entry["prefill_ms"] = draw(_prefills)
            entry["chunk_overhead_ms"] = draw(st.integers(0, 1))
        if name in decode:
            entry["decode_ms"] = draw(_decodes)
        if entry:
            model[name] = {**entry, "noise": draw(_noise)} if noisy else entry
    return model


_prefills: st.SearchStrategy[object] = st.one_of(
    st.builds(
        lambda base, slope: {"base": base, "per_token": slope},
        st.integers(0, 3),
        st.sampled_from([0.25, 0.5, 1]),
    ),
    st.just([[4, 2], [16, 11]]),
)
_decodes: st.SearchStrategy[object] = st.one_of(_milliseconds, st.just([[4, 1], [20, 5]]))


# Scenarios


@st.composite
def scenarios(draw: Draw, profile: Dict, *, streams: int = 3, prefix: str = "s") -> Dict:
    """One to so many streams that the profile can run."""
    count = draw(st.integers(1, streams))
    return {"streams": [draw(stream_dicts(profile, f"{prefix}{i}")) for i in range(count)]}


@st.composite
def stream_dicts(draw: Draw, profile: Dict, name: str) -> Dict:
    """A stream with one stage or a graph of stages."""
    stream: Dict = {"name": name, **draw(_releases)}
    stream |= draw(_optional(late=st.sampled_from(["keep", "drop"])))
    if draw(st.booleans()):
        return stream | _stage(draw, profile)
    count = draw(st.integers(2, 4))
    return {**stream, "stages": [_graph_stage(draw, profile, i) for i in range(count)]}


def _optional(**values: st.SearchStrategy[object]) -> st.SearchStrategy[Dict]:
    return st.fixed_dictionaries({}, optional=values)


_deadlines = _optional(deadline_ms=st.one_of(st.integers(3, 40), st.just("none")))
_periodic = st.builds(
    lambda release, phase, more: {**release, "phase_ms": phase, **more},
    st.sampled_from([{"period_ms": 5}, {"period_ms": 12}, {"rate_hz": 60}, {"period_ms": "100/7"}]),
    st.sampled_from([0, 0, 4, "random"]),
    _optional(stop_s=st.just("0.045")),
)
_aperiodic = st.builds(
    lambda release, start: {**release, "start_s": start},
    st.sampled_from(
        [
            {"arrivals_ms": [0, 0, 9, 30]},
            {"arrival": {"process": "poisson", "mean_interval_s": "0.015"}},
            {"arrival": {"process": "closed-loop", "think_s": "0.006"}},
        ]
    ),
    st.sampled_from([0, 0, "0.01"]),
)
_releases = st.builds(
    lambda release, jitter, deadline: {**release, **jitter, **deadline},
    st.one_of(_periodic, _aperiodic),
    _optional(jitter_ms=st.sampled_from([1, 3, 20])),
    _deadlines,
)
_counts: st.SearchStrategy[object] = st.one_of(
    st.integers(1, 9), st.just([1, 3, 8]), st.just({"dist": "uniform", "min": 1, "max": 6})
)
_targets = _optional(ttft_ms=st.integers(5, 30), tpot_ms=st.integers(1, 9))


def _stage(draw: Draw, profile: Dict, *, llm: bool | None = None) -> Dict:
    models = [LLM] if llm else ["v0", "v1"] if llm is False else ["v0", "v1", LLM]
    model = draw(st.sampled_from(models))
    stage: Dict = {"model": model, **draw(_optional(first_output_deadline_ms=st.integers(3, 30)))}
    if model == LLM:
        stage |= {"prompt_tokens": draw(_counts), "output_tokens": draw(_counts), **draw(_targets)}
        return stage | draw(_optional(cached_prefix_tokens=st.integers(1, 10)))
    if draw(st.integers(0, 3)) == 0:
        stage["on"] = [draw(st.sampled_from(listed_backends(profile, model)))]
    return stage


def listed_backends(profile: Dict, model: str) -> list[str]:
    """Backends under which the profile dict lists a model."""
    models = profile["models"]
    assert isinstance(models, dict)
    return [name for name in BACKENDS if name in models[model]]


def _graph_stage(draw: Draw, profile: Dict, number: int) -> Dict:
    before: list[int] = []
    if number:
        before = draw(st.lists(st.integers(0, number - 1), unique=True))
    streamed = draw(st.sampled_from([None, *before]))
    stage = _stage(draw, profile, llm=None if streamed is None else False)
    stage |= {"name": f"n{number}", "after": [_edge(draw, each, streamed) for each in before]}
    stage |= draw(_optional(probability=st.just("1/2"), deadline_ms=st.integers(3, 40)))
    if streamed is not None:
        stage["slices_per_tokens"] = draw(st.sampled_from([1, 2, 3, "1/2", "3/2"]))
    return stage


def _edge(draw: Draw, stage: int, streamed: int | None) -> object:
    if stage != streamed:
        return f"n{stage}"
    return {"stage": f"n{stage}", "stream": True, "after_tokens": draw(st.integers(1, 3))}


# Policies and commands

_granularities = st.sampled_from(["whole", "chunk-1", "chunk-3", "chunk-8"])
axes = st.builds(
    "/".join,
    st.tuples(
        st.sampled_from(list(Order)),
        st.sampled_from(list(Placement)),
        st.sampled_from(list(Admission)),
        _granularities,
    ),
)
"""A point of the four axes, in full."""
keeping_axes = axes.map(lambda name: "/".join([*name.split("/")[:2], "keep", name.split("/")[3]]))
"""A point of the four axes that gives up no job of its own accord."""
policies = st.one_of(axes, st.sampled_from(HEADLINE))

_instants = st.one_of(st.integers(0, 60).map(lambda ms: ms * MS), st.integers(0, 60 * MS))


@st.composite
def command_lists(
    draw: Draw, profile: Dict, names: tuple[str, ...], most: int = 4
) -> tuple[tuple[int, Command], ...]:
    """Swaps, stops, starts, added streams and markers, in time order."""
    instants = sorted(draw(st.lists(_instants, max_size=most)))
    return tuple((t_ns, _command(draw, profile, names, i)) for i, t_ns in enumerate(instants))


def _command(draw: Draw, profile: Dict, names: tuple[str, ...], number: int) -> Command:
    kind = draw(st.integers(0, 9))
    if kind < 4:
        return SwapPolicy(draw(policies))
    if kind == 9:
        return Mark("note")
    if kind == 8:
        return AddStreams(load_streams(draw(stream_dicts(profile, f"added{number}"))))
    name = draw(st.sampled_from(names))
    return StopStream(name) if kind < 6 else StartStream(name)


@st.composite
def cases(
    draw: Draw,
    *,
    policy: st.SearchStrategy[str] = policies,
    commanded: bool = True,
    noisy: bool | None = None,
    streams: int = 3,
) -> Case:
    """A whole run."""
    noise = draw(st.booleans()) if noisy is None else noisy
    profile = draw(profiles(noisy=noise))
    scenario = draw(scenarios(profile, streams=streams))
    names = tuple(stream.name for stream in load_scenario(scenario).streams)
    commands = draw(command_lists(profile, names)) if commanded else ()
    seed = draw(st.integers(0, 9))
    return Case(profile, scenario, draw(policy), commands, seed=seed, noise=noise)
