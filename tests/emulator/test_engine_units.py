"""Ties, verdicts, causes, and what drivers rely on: exact instants of small runs."""

import pytest

from emulator.commands import AddStreams, Command, Mark, StartStream, StopStream, SwapPolicy
from emulator.errors import UserError
from emulator.journal import COMPLETED, POLICY
from tests.emulator.strategies import FOREVER_NS, MS, Case, Dict, load_streams, started

PROFILE: Dict = {"backends": ["npu", "gpu"], "models": {"a": {"npu": 4, "gpu": 6}}}

# Ties

TIE_PROFILE: Dict = {
    "backends": ["npu"],
    "models": {"one": {"npu": 2}, "two": {"npu": {"slices_ms": [3, 3]}}},
}
FIRST: Dict = {"name": "first", "model": "one", "arrivals_ms": [1], "deadline_ms": 19}
SECOND: Dict = {"name": "second", "model": "two", "arrivals_ms": [0], "deadline_ms": 20}
URGENT: Dict = {"name": "urgent", "model": "one", "arrivals_ms": [2], "deadline_ms": 6}


def test_at_equal_keys_what_ends_now_continues() -> None:
    """Before a stream that stands earlier in the scenario."""
    events = Case(TIE_PROFILE, {"streams": [FIRST, SECOND]}, "edf").journal()
    assert [each[:2] for each in started(events)] == [(0, 1), (3, 1), (6, 0)]


def test_what_ended_earlier_does_not_continue() -> None:
    """Once something else ran in between, stream order decides."""
    events = Case(TIE_PROFILE, {"streams": [FIRST, SECOND, URGENT]}, "edf").journal()
    assert [each[:2] for each in started(events)] == [(0, 1), (3, 2), (5, 0), (7, 1)]


# Placement


@pytest.mark.parametrize(("table_ms", "backend"), [(10, 0), (20, 1)])
@pytest.mark.parametrize("seed", range(10))
def test_placement_expects_table_values(table_ms: int, backend: int, seed: int) -> None:
    """However long the running slice was drawn, 4 ms after its table value against 12 ms now."""
    entry: Dict = {"latency_ms": table_ms, "noise": {"dist": "lognormal", "sigma": 0.3}}
    models: Dict = {"long": {"npu": entry}, "short": {"npu": 4, "gpu": 12}}
    streams: list[Dict] = [
        {"name": "long", "model": "long", "arrivals_ms": [0]},
        {"name": "short", "model": "short", "arrivals_ms": [3]},
    ]
    profile: Dict = {"backends": ["npu", "gpu"], "models": models}
    case = Case(profile, {"streams": streams}, "edf", seed=seed, noise=True)
    assert started(case.journal())[1][3] == backend


def test_static_puts_a_model_where_a_usual_answer_is_fastest() -> None:
    """512 tokens read and 128 written: 512 + 256 ms on the npu, 128 + 640 + 1 ms on the gpu."""
    npu: Dict = {"prefill_ms": {"per_token": 1}, "decode_ms": 2}
    gpu: Dict = {"prefill_ms": {"base": 1, "per_token": 0.25}, "decode_ms": 5}
    profile: Dict = {"backends": ["gpu", "npu"], "models": {"llm": {"npu": npu, "gpu": gpu}}}
    chat: Dict = {"name": "s", "model": "llm", "prompt_tokens": 1, "output_tokens": 3}
    for base, backend in ((1, 1), (0, 0)):
        gpu["prefill_ms"] = {"base": base, "per_token": 0.25}
        case = Case(profile, {"streams": [{**chat, "arrivals_ms": [0]}]}, "static")
        # Equal answers go to the backend that stands first in the profile.
        assert {each[3] for each in started(case.journal())} == {backend}


def test_a_cache_moves_where_it_must() -> None:
    """Where the backend of the prefill lists no decode, the first token pays for the move."""
    llm: Dict = {
        "npu": {"prefill_ms": {"per_token": 1}},
        "gpu": {"decode_ms": 2},
        "about": {"kv_bytes_per_token": 1000},
    }
    profile: Dict = {
        "backends": ["npu", "gpu"],
        "models": {"llm": llm},
        "memory": {"kv_transfer": {"fixed_us": 100, "gb_s": "0.1"}},
    }
    chat: Dict = {"name": "s", "model": "llm", "arrivals_ms": [0], "cached_prefix_tokens": 40}
    counts: Dict = {"prompt_tokens": 9, "output_tokens": 3}
    events = Case(profile, {"streams": [{**chat, **counts}]}, "edf").journal()
    # The first token is decoded at context 50: 0.1 ms + 50,000 bytes at 100 bytes/us = 0.6 ms.
    assert started(events) == [(0, 0, 0, 0), (9, 0, 0, 1), (11.6, 0, 0, 1)]
    assert events[-1][1] == 13_600_000


# Skipped stages


def test_nothing_runs_where_everything_is_skipped() -> None:
    """The end of two branches is skipped once both are, whichever is found to be skipped first.

    The branch over ``plain`` comes first, when the one over ``piecewise`` is still undecided.
    """
    stages: list[Dict] = [
        {"name": "root", "model": "a", "probability": 1e-9},
        {"name": "plain", "model": "a", "after": ["root"]},
        {"name": "piecewise", "after": [{"stage": "root", "stream": True}]},
        {"name": "end", "after": ["plain", {"stage": "piecewise", "stream": True}]},
    ]
    stages[2:] = [{**each, "model": "a", "slices_per_tokens": 1} for each in stages[2:]]
    case = Case(PROFILE, {"streams": [{"name": "s", "arrivals_ms": [0], "stages": stages}]}, "fcfs")
    events = case.journal()
    assert started(events) == []
    assert [event[4] for event in events if event[0] == COMPLETED] == ["skipped"]


# Verdicts and causes


@pytest.mark.parametrize(("deadline_ms", "outcome"), [(4, "met"), ("3.999999", "late")])
def test_equal_is_met(deadline_ms: object, outcome: str) -> None:
    """A job that ends at its deadline met it; 1 ns later it is late."""
    one: Dict = {"name": "s", "model": "a", "arrivals_ms": [0], "deadline_ms": deadline_ms}
    events = Case(PROFILE, {"streams": [one]}, "fcfs").journal()
    assert [event[4] for event in events if event[0] == COMPLETED] == [outcome]


@pytest.mark.parametrize(
    ("deadline_ms", "cause"),
    [("3.9", "hopeless"), (9, "backlog"), (12, "avoidable")],
)
def test_a_miss_has_the_cause_that_it_had_at_its_release(deadline_ms: object, cause: str) -> None:
    """4 ms alone; 10 ms behind what runs already; longer only because of what came later."""
    models: Dict = {"a": {"npu": 4}, "six": {"npu": 6}}
    streams: list[Dict] = [
        {"name": "before", "model": "six", "arrivals_ms": [0]},
        {"name": "job", "model": "a", "arrivals_ms": [0], "deadline_ms": deadline_ms},
        {"name": "urgent", "model": "six", "period_ms": 100, "phase_ms": 1},
    ]
    # Rate-monotonic: of these only the urgent stream has a period, so it goes first.
    policy = "rm/first-idle/keep/whole"
    profile: Dict = {"backends": ["npu"], "models": models}
    events = Case(profile, {"streams": streams}, policy).journal()
    ended = [event[4:] for event in events if event[0] == COMPLETED and event[2] == 1]
    assert ended == [("late", cause)]


# What drivers rely on


def test_an_advance_makes_no_instant_of_its_own() -> None:
    """``now_ns`` is the last instant at which something happened, and nothing is repeated."""
    one: Dict = {"name": "s", "model": "a", "arrivals_ms": [2]}
    engine = Case(PROFILE, {"streams": [one]}, "fcfs").engine()
    engine.drain()
    assert (engine.now_ns, engine.next_event_ns) == (-1, 2 * MS)
    engine.advance(2 * MS - 1)
    assert (engine.now_ns, engine.drain()) == (-1, [])
    engine.advance(5 * MS)
    assert (engine.now_ns, engine.next_event_ns, engine.open_jobs) == (2 * MS, 6 * MS, 1)
    assert len(engine.drain()) == 2
    engine.advance(5 * MS)
    assert engine.drain() == []
    engine.advance(FOREVER_NS)
    assert (engine.now_ns, engine.next_event_ns, engine.open_jobs) == (6 * MS, None, 0)


def test_a_command_takes_effect_after_what_is_over() -> None:
    """1 ns after an instant that was processed, and never before a command given earlier."""
    one: Dict = {"name": "s", "model": "a", "arrivals_ms": [2]}
    engine = Case(PROFILE, {"streams": [one]}, "fcfs").engine()
    engine.advance(2 * MS)
    assert engine.apply(SwapPolicy("edf"), 2 * MS) == 2 * MS + 1
    assert engine.apply(SwapPolicy("llf"), 7 * MS) == 7 * MS
    assert engine.apply(Mark("late"), 3 * MS) == 7 * MS
    assert engine.policy == "fcfs"
    engine.advance(FOREVER_NS)
    assert engine.policy == "llf"
    events = engine.drain()
    assert [event[1:] for event in events if event[0] == POLICY] == [
        (2 * MS + 1, "fcfs", "edf"),
        (7 * MS, "edf", "llf"),
    ]


def test_a_swap_decides_what_is_released_at_its_instant() -> None:
    """Decisions come last: the new policy places what the old one never saw."""
    streams: list[Dict] = [
        {"name": "s", "model": "a", "arrivals_ms": [0, 10], "on": ["gpu", "npu"]}
    ]
    profile: Dict = {"backends": ["gpu", "npu"], "models": PROFILE["models"]}
    swap = ((10 * MS, SwapPolicy("static")),)
    events = Case(profile, {"streams": streams}, "fcfs", swap).journal()
    assert started(events) == [(0, 0, 0, 0), (10, 0, 0, 1)]


@pytest.mark.parametrize(
    "command",
    [
        SwapPolicy("edff"),
        SwapPolicy("edf/no-such-place"),
        StopStream("nobody"),
        StartStream("nobody"),
        AddStreams(load_streams({"name": "s", "model": "a", "rate_hz": 1})),
        AddStreams(load_streams({"name": "t", "model": "no such model", "rate_hz": 1})),
        AddStreams(load_streams({"name": "coming", "model": "a", "rate_hz": 1})),
    ],
)
def test_a_command_that_cannot_be_obeyed_is_refused_at_once(command: Command) -> None:
    """One sentence, and the run goes on as if it had not been given."""
    one: Dict = {"name": "s", "model": "a", "arrivals_ms": [2]}
    coming = (1 * MS, AddStreams(load_streams({"name": "coming", "model": "a", "rate_hz": 100})))
    case = Case(PROFILE, {"streams": [one]}, "fcfs", (coming,))
    engine = case.engine()
    engine.apply(coming[1], coming[0])
    with pytest.raises(UserError):
        engine.apply(command, 1 * MS)
    engine.apply(StopStream("coming"), FOREVER_NS // 2)
    engine.advance(FOREVER_NS // 4)
    assert engine.drain() == case.journal()
