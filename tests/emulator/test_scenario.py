"""Scenarios: what may be written, and what the workload reads from it."""

import json
import math
import tomllib
from fractions import Fraction

import pytest

from emulator.catalog import load_scenario
from emulator.errors import ScenarioError
from emulator.scenario import ClosedLoop, Poisson, Scenario, Stream
from emulator.schema.distributions import Choice, Constant, Exponential, Lognormal, Uniform
from emulator.schema.exact import parse_decimal

FULL = """
format = 1
name = "game"

[[streams]]
name = "upscale"
model = "quicksrnet"
rate_hz = 60
phase_ms = "random"
jitter_ms = 0.5
deadline_ms = 16.7
late = "drop"
stop_s = 60
on = ["gpu"]
probability = 0.2

[[streams]]
name = "npc"
arrival = {process = "poisson", mean_interval_s = 15}
deadline_ms = "none"
[[streams.stages]]
name = "hear"
model = "whisper-base"
[[streams.stages]]
name = "think"
model = "llama-3.2-1b"
after = ["hear"]
cached_prefix_tokens = 600
prompt_tokens = {dist = "lognormal", median = 90, sigma = 0.4, max = 400}
output_tokens = [32, 64]
ttft_ms = 400
tpot_ms = 60
[[streams.stages]]
model = "hibari-tts"
after = [{stage = "think", stream = true, after_tokens = 12}]
slices_per_tokens = 12
first_output_deadline_ms = 800
"""


@pytest.fixture
def full() -> Scenario:
    """A scenario that uses most keys."""
    return load_scenario(tomllib.loads(FULL, parse_float=parse_decimal))


def stream(**keys: object) -> Stream:
    """A one-stage stream with these keys, at 30 Hz unless they say otherwise."""
    release = {} if keys.keys() & {"period_ms", "arrival", "arrivals_ms"} else {"rate_hz": 30}
    return load_scenario({"streams": [{"model": "m", **release, **keys}]}).streams[0]


def test_the_minimal_case_loads() -> None:
    """Three keys are a stream."""
    scenario = load_scenario({"streams": [{"name": "cam", "model": "blur", "rate_hz": 30}]})
    cam = scenario.streams[0]
    assert cam.period == Fraction(10**9, 30)
    assert cam.deadline_ms is None
    assert cam.late == "keep"
    assert cam.phase_ms == cam.start_s == Fraction(0)
    assert [(s.name, s.model, s.after, s.on) for s in cam.stages] == [("cam", "blur", (), None)]


def test_a_stream_with_one_stage_writes_the_stages_keys_on_itself(full: Scenario) -> None:
    """The stage has the stream's name and its keys; the deadline stays the job's."""
    upscale = full.streams[0]
    (stage,) = upscale.stages
    assert (stage.name, stage.model, stage.on) == ("upscale", "quicksrnet", ("gpu",))
    assert stage.probability == Fraction(1, 5)
    assert stage.deadline_ms is None
    assert upscale.deadline_ms == Fraction(167, 10)


def test_names_default_to_models_and_to_the_stream() -> None:
    """A nameless stream has its model's name, a nameless stage its model's; alone its stream's."""
    assert stream().name == "m"
    assert stream().stages[0].name == "m"
    alone = {"name": "s", "rate_hz": 1, "stages": [{"model": "m"}]}
    assert load_scenario({"streams": [alone]}).streams[0].stages[0].name == "s"
    two = {"name": "s", "rate_hz": 1, "stages": [{"model": "a"}, {"model": "b"}]}
    names = [stage.name for stage in load_scenario({"streams": [two]}).streams[0].stages]
    assert names == ["a", "b"]


def test_stages_and_edges(full: Scenario) -> None:
    """Stages keep their order; a bare name is a data edge."""
    npc = full.streams[1]
    assert [stage.name for stage in npc.stages] == ["hear", "think", "hibari-tts"]
    assert [(e.stage, e.stream, e.after_tokens) for e in npc.stages[1].after] == [
        ("hear", False, 1)
    ]
    streamed = npc.stages[2].streamed_after
    assert streamed is not None
    assert (streamed.stage, streamed.after_tokens) == ("think", 12)
    assert npc.stages[2].slices_per_tokens == 12
    assert npc.stages[1].streamed_after is None


def test_the_topological_order_is_stable() -> None:
    """Predecessors come first; what is free runs as written."""
    stages = [
        {"model": "d", "after": ["b", "c"]},
        {"model": "c", "after": ["a"]},
        {"model": "a"},
        {"model": "b"},
    ]
    loaded = load_scenario({"streams": [{"name": "s", "rate_hz": 1, "stages": stages}]})
    assert loaded.streams[0].topological_order == (2, 1, 3, 0)


def test_a_period_is_exact() -> None:
    """Neither rates nor periods are rounded."""
    assert stream(period_ms="100/3").period == Fraction(10**8, 3)
    assert stream(rate_hz=29.97).period == Fraction(10**11, 2997)
    assert stream(arrivals_ms=[30, 60]).period is None


def test_arrivals(full: Scenario) -> None:
    """Poisson by rate or mean gap, closed loops by think time, explicit times as they are."""
    by_gap = full.streams[1].arrival
    assert isinstance(by_gap, Poisson)
    assert by_gap.mean_interval_ns == 15 * 10**9
    by_rate = stream(arrival={"process": "poisson", "rate_hz": 0.07}).arrival
    assert isinstance(by_rate, Poisson)
    assert by_rate.mean_interval_ns == Fraction(10**11, 7)
    loop = stream(arrival={"process": "closed-loop", "think_s": 4}).arrival
    assert isinstance(loop, ClosedLoop)
    assert loop.think_ns == 4 * 10**9
    explicit = stream(arrivals_ms=[30, 60], deadlines_ms=[44, "200/3"])
    assert explicit.arrivals_ms == (Fraction(30), Fraction(60))
    assert explicit.deadlines_ms == (Fraction(44), Fraction(200, 3))


def test_a_deadline_is_a_number_none_or_implicit(full: Scenario) -> None:
    """Only a written "none" switches a periodic stream's deadline off."""
    assert full.streams[1].deadline_ms == "none"
    assert stream().deadline_ms is None
    assert stream(deadline_ms=5).deadline_ms == 5
    assert stream(phase_ms="random").phase_ms == "random"


def test_token_counts() -> None:
    """Numbers, lists and named distributions."""

    def count(value: object) -> object:
        return stream(prompt_tokens=value, output_tokens=1).stages[0].prompt_tokens

    assert count(64) == Constant(value=64)
    assert count([32, 64]) == Choice(values=(32, 64))
    lognormal = count({"dist": "lognormal", "median": 90, "sigma": 0.4, "max": 400})
    assert isinstance(lognormal, Lognormal)
    assert (lognormal.log_median, lognormal.sigma) == (math.log(90), 0.4)
    assert (lognormal.min, lognormal.max) == (1, 400)
    by_mu = count({"dist": "lognormal", "mu": 4.5, "sigma": 0.4})
    assert isinstance(by_mu, Lognormal)
    assert by_mu.log_median == 4.5
    uniform = count({"dist": "uniform", "min": 3, "max": 9})
    assert isinstance(uniform, Uniform)
    assert (uniform.min, uniform.max) == (3, 9)
    exponential = count({"dist": "exponential", "mean": 20.5})
    assert isinstance(exponential, Exponential)
    assert exponential.mean == 20.5


def test_a_scenario_survives_json(full: Scenario) -> None:
    """What `to_dict` gives loads again to an equal scenario."""
    plain = full.to_dict()
    assert load_scenario(json.loads(json.dumps(plain))) == full
    assert load_scenario(plain).to_dict() == plain


@pytest.mark.parametrize(
    "keys",
    [
        {"prompt_tokens": 3, "output_tokens": [1, 2], "tpot_ms": "100/3"},
        {"prompt_tokens": {"dist": "uniform", "min": 1, "max": 9}, "output_tokens": 1},
        {"arrivals_ms": ["1/3", 60], "deadlines_ms": [44, 70.5]},
        {"arrival": {"process": "closed-loop", "think_s": 0.1}, "deadline_ms": "none"},
        {"phase_ms": "random", "stop_s": 3, "hopeless": "no backend is fast enough"},
    ],
)
def test_every_form_of_a_stream_survives_a_round_trip(keys: dict[str, object]) -> None:
    """Short and long forms come back equal, and a single stream does too."""
    one = stream(**keys)
    assert load_scenario({"streams": [one.to_dict()]}).streams[0] == one


def test_thousands_of_streams_load() -> None:
    """Ten thousand streams are a scenario, one more is not."""
    streams = [{"name": f"s{i}", "model": "m", "rate_hz": 1} for i in range(10_001)]
    assert len(load_scenario({"streams": streams[:-1]}).streams) == 10_000
    with pytest.raises(ScenarioError, match=r"^<dict>: streams: more than 10,000 entries$"):
        load_scenario({"streams": streams})
