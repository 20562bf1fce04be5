"""Every mistake in a scenario gives one sentence that names the key."""

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.errors import ProfileError, ScenarioError, UserError

CAM: dict[str, object] = {"name": "cam", "model": "blur", "rate_hz": 30}


def cam(**keys: object) -> dict[str, object]:
    """A scenario of one stream at 30 Hz, with these keys."""
    return {"streams": [{**CAM, **keys}]}


def released(**keys: object) -> dict[str, object]:
    """A scenario of one stream without a rate of its own."""
    return {"streams": [{"name": "cam", "model": "blur", **keys}]}


def staged(*stages: object, **keys: object) -> dict[str, object]:
    """A scenario of one stream with these stages."""
    return {"streams": [{"name": "npc", "rate_hz": 1, "stages": list(stages), **keys}]}


A, B = {"model": "a"}, {"model": "b"}
LOGNORMAL = {"dist": "lognormal", "median": 9, "sigma": 0.5}

SCENARIOS: list[tuple[dict[str, object], str, str]] = [
    # data, key, a part of the sentence
    ({}, "streams", "missing: a scenario has at least one [[streams]]"),
    ({"streams": []}, "streams", "expected at least one entry"),
    ({"streams": 3}, "streams", "expected a list, not 3"),
    ({"streams": [5]}, "streams[0]", "expected a table with keys such as name"),
    ({"format": 2, **cam()}, "format", "format 2 is unknown: this version reads format 1"),
    ({"stream": []}, "stream", "unknown key 'stream', did you mean 'streams'?"),
    ({"rate_hz": 3, **cam()}, "rate_hz", "'rate_hz' is a key of a stream"),
    ({"backends": [], **cam()}, "backends", "belongs in a profile, not in a scenario"),
    ({"seed": 1, **cam()}, "seed", "is said when a run is started"),
    (cam(rate_hz="fast"), "streams[0].rate_hz", "stream 'cam': rate_hz: expected a number such"),
    (cam(rate_hz=0), "streams[0].rate_hz", "at least 0.000001, not 0"),
    (cam(rate_hz=1e7), "streams[0].rate_hz", "expected at most 1000000"),
    (cam(rate_hz=True), "streams[0].rate_hz", "not true"),
    (cam(rate_hz=float("nan")), "streams[0].rate_hz", "not nan"),
    (cam(rate_hz="1e999999999"), "streams[0].rate_hz", "not '1e999999999'"),
    (cam(rate_hzz=3), "streams[0].rate_hzz", "did you mean 'rate_hz'?"),
    (cam(late="never"), "streams[0].late", "expected 'keep' or 'drop', not 'never'"),
    (cam(deadline_ms="never"), "streams[0].deadline_ms", "or \"none\", not 'never'"),
    (cam(deadline_ms=0), "streams[0].deadline_ms", "above 0"),
    (cam(phase_ms="rnd"), "streams[0].phase_ms", "or \"random\", not 'rnd'"),
    (cam(jitter_ms=-1), "streams[0].jitter_ms", "at least 0, not -1"),
    (cam(start_s=2, stop_s=1), "streams[0].stop_s", "expected a time after start_s, not 1"),
    (cam(period_ms=3), "streams[0].period_ms", "give only one of rate_hz and period_ms"),
    (cam(probability=2), "streams[0].probability", "expected at most 1, not 2"),
    (cam(on=[]), "streams[0].on", "expected at least one entry"),
    (cam(on="gpu"), "streams[0].on", "expected a list, not 'gpu'"),
    (cam(on=["gpu", "gpu"]), "streams[0].on", "'gpu' is named twice"),
    (cam(name=""), "streams[0].name", "expected a name"),
    (cam(name=" x"), "streams[0].name", "expected a name"),
    (cam(name="x" * 101), "streams[0].name", "at most 100 characters, not 101"),
    (cam(name="a\x1b[0m"), "streams[0].name", "expected a name of printable characters"),
    (cam(title="a\x1b[0m"), "streams[0].title", "without control characters"),
    (cam(title=["a"]), "streams[0].title", "expected text, not a list"),
    (cam(title="x" * 10_001), "streams[0].title", "at most 10000 characters"),
    (cam(prompt_tokens=3), "streams[0].output_tokens", "both prompt_tokens and output_tokens"),
    (cam(prompt_tokens="many"), "streams[0].prompt_tokens", "not 'many'"),
    (cam(prompt_tokens=0), "streams[0].prompt_tokens", "a whole number from 1 to 1000000"),
    (cam(prompt_tokens=2.5), "streams[0].prompt_tokens", "a whole number"),
    (cam(prompt_tokens=[]), "streams[0].prompt_tokens", "expected at least one entry"),
    (cam(prompt_tokens=[1, 0]), "streams[0].prompt_tokens[1]", "a whole number from 1"),
    (
        cam(prompt_tokens={"dist": "lognorml"}),
        "streams[0].prompt_tokens.dist",
        "expected one of constant, choice, lognormal, uniform, exponential, not 'lognorml'",
    ),
    (cam(prompt_tokens={"median": 3}), "streams[0].prompt_tokens.dist", "missing: one of"),
    (
        cam(prompt_tokens={**LOGNORMAL, "mu": 3}),
        "streams[0].prompt_tokens.median",
        "exactly one of median and mu",
    ),
    (
        cam(prompt_tokens={**LOGNORMAL, "mean": 3}),
        "streams[0].prompt_tokens.mean",
        "'mean' belongs to an exponential count",
    ),
    (
        cam(prompt_tokens={**LOGNORMAL, "min": 5, "max": 2}),
        "streams[0].prompt_tokens.max",
        "max (2) is below min (5)",
    ),
    (cam(after=["a"]), "streams[0].after", "write it in a [[streams.stages]]"),
    (cam(stages=[A]), "streams[0].model", "'model' belongs to one of the stream's"),
    (
        {"streams": [{"name": "cam", "modle": "blur", "rate_hz": 3}]},
        "streams[0].modle",
        "did you mean 'model'?",
    ),
    ({"streams": [{"rate_hz": 3}]}, "streams[0].model", "missing: a stream names the model"),
    ({"streams": [CAM, CAM]}, "streams", "two streams have the name 'cam'"),
    (released(), "streams[0]", "give one of rate_hz, period_ms, arrival, arrivals_ms"),
    (released(arrival="poisson"), "streams[0].arrival", "expected a table, not 'poisson'"),
    (
        released(arrival={"process": "poison"}),
        "streams[0].arrival.process",
        "expected one of poisson, closed-loop, trace, not 'poison'",
    ),
    (released(arrival={}), "streams[0].arrival.process", "missing: one of poisson"),
    (
        released(arrival={"process": "poisson"}),
        "streams[0].arrival",
        "exactly one of rate_hz and mean_interval_s",
    ),
    (
        released(arrival={"process": "closed-loop", "think_s": 0}),
        "streams[0].arrival.think_s",
        "above 0",
    ),
    (
        released(arrival={"process": "closed-loop", "rate_hz": 3}),
        "streams[0].arrival.rate_hz",
        "'rate_hz' is a key of a stream",
    ),
    (
        released(arrival={"process": "poisson", "rate_hz": 1}, phase_ms=3),
        "streams[0].phase_ms",
        "only a periodic or closed-loop stream has a phase",
    ),
    (
        released(arrival={"process": "closed-loop", "think_s": 1}, phase_ms="random"),
        "streams[0].phase_ms",
        "only a periodic stream has a random phase",
    ),
    (
        released(arrival={"process": "trace", "file": "no-such-file.csv"}),
        "streams[0].arrival.file",
        "'no-such-file.csv': does not exist",
    ),
    (
        released(arrival={"process": "trace", "file": 3}),
        "streams[0].arrival.file",
        "expected the name of a file, not 3",
    ),
    (
        released(arrival={"process": "trace", "path": "x"}),
        "streams[0].arrival",
        "unknown key 'path': a trace has file and column",
    ),
    (released(arrivals_ms=[]), "streams[0].arrivals_ms", "expected at least one entry"),
    (released(arrivals_ms=[3, "x"]), "streams[0].arrivals_ms[1]", "expected a number"),
    (released(arrivals_ms=[3, 1]), "streams[0].arrivals_ms", "in order, but 1 follows 3"),
    (
        released(arrivals_ms=[f"{i}/{999_983 + i}" for i in range(1, 9)]),
        "streams[0].arrivals_ms",
        "fractions of one denominator",
    ),
    (
        released(arrivals_ms=[3], deadlines_ms=[2]),
        "streams[0].deadlines_ms",
        "deadline 2 is before its arrival 3",
    ),
    (
        released(arrivals_ms=[3], deadlines_ms=[4, 5]),
        "streams[0].deadlines_ms",
        "one for each of the 1 arrivals_ms, not 2",
    ),
    (cam(deadlines_ms=[4]), "streams[0].deadlines_ms", "one for each of the 0 arrivals_ms"),
    (
        released(arrivals_ms=[3], deadlines_ms=[4], deadline_ms=1),
        "streams[0].deadlines_ms",
        "not both",
    ),
    (staged(), "streams[0].stages", "expected at least one entry"),
    (staged({}), "streams[0].stages[0].name", "missing"),
    ({"streams": [{"rate_hz": 1, "stages": [A]}]}, "streams[0].name", "needs a name"),
    (
        staged(A, {**B, "late": "drop"}),
        "streams[0].stages[1].late",
        "stage 'b': 'late' is a key of the stream: write it before [[streams.stages]]",
    ),
    (staged(A, late="drop", model="x"), "streams[0].model", "belongs to one of the stream's"),
    (staged(A, A), "streams[0].stages", "two stages have the name 'a'"),
    (staged(A, {**B, "after": "a"}), "streams[0].stages[1].after", "expected a list, not 'a'"),
    (
        staged(A, {**B, "after": ["aa"]}),
        "streams[0].stages",
        "stage 'b' comes after an unknown stage 'aa', did you mean 'a'?",
    ),
    (staged(A, {**B, "after": ["a", "a"]}), "streams[0].stages[1].after", "'a' is named twice"),
    (
        staged({**A, "after": ["b"]}, {**B, "after": ["a"]}),
        "streams[0].stages",
        "in a circle: 'a' -> 'b' -> 'a'",
    ),
    (staged(A, {**B, "after": ["b"]}), "streams[0].stages", "in a circle: 'b' -> 'b'"),
    (
        staged(A, {**B, "after": [{"stage": "a", "stream": True}]}),
        "streams[0].stages[1].slices_per_tokens",
        "a stage with a streamed predecessor needs slices_per_tokens",
    ),
    (
        staged(A, {**B, "after": ["a"], "slices_per_tokens": 2}),
        "streams[0].stages[1].slices_per_tokens",
        "needs a streamed predecessor",
    ),
    (
        staged(A, {**B, "after": [{"stage": "a", "after_tokens": 2}]}),
        "streams[0].stages[1].after[0].after_tokens",
        "needs stream = true beside it",
    ),
    (
        staged(A, {**B, "after": [{"stage": "a", "stream": "yes"}]}),
        "streams[0].stages[1].after[0].stream",
        "expected true or false, not 'yes'",
    ),
    (
        staged(A, {**B, "after_tokens": 3}),
        "streams[0].stages[1].after_tokens",
        "'after_tokens' belongs to an edge",
    ),
]


@pytest.mark.parametrize(("data", "key", "part"), SCENARIOS)
def test_a_mistake_in_a_scenario_names_key_and_remedy(
    data: dict[str, object], key: str, part: str
) -> None:
    """The sentence has the source, where it is wrong, and what would be right."""
    with pytest.raises(ScenarioError) as refusal:
        load_scenario(data)
    assert_sentence(refusal.value, key, part)


def assert_sentence(error: UserError, key: str, part: str) -> None:
    """One short line of printable text about this key."""
    message = str(error)
    assert part in message
    assert error.key == key
    assert error.source == "<dict>"
    assert message.startswith("<dict>: ")
    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize("what", [None, 5, ["x"], b"x"])
def test_what_is_neither_name_path_nor_dict_is_refused(what: object) -> None:
    """A wrong type of argument is a mistake like any other."""
    with pytest.raises(ProfileError, match="expected the name of a profile, a path or a dict"):
        load_profile(what)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="expected the name of a scenario, a path or a dict"):
        load_scenario(what)  # type: ignore[arg-type]


def test_a_huge_key_is_not_quoted_in_full() -> None:
    """Hostile keys and names cannot fill the screen."""
    for data in (cam(**{"x" * 10**6: 1}), {"streams": [{"name": "y" * 10**6}]}):
        with pytest.raises(ScenarioError) as refusal:
            load_scenario(data)
        assert len(str(refusal.value)) < 1000
        assert len(refusal.value.key or "") < 200
