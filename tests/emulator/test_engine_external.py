"""Backends that somebody else runs: their slices end when told, and nothing else changes."""

from collections.abc import Callable
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.engine.running import RunningSlice
from emulator.journal import DECODE, FINISHED, INFERENCE, PREFILL, STARTED, Event
from tests.emulator.audit import audited
from tests.emulator.strategies import BACKENDS, FOREVER_NS, MS, Case, Dict, cases, examples

TWO: Dict = {"backends": ["npu", "gpu"], "models": {"m": {"npu": 4, "gpu": 4}}}
PAIR: Dict = {
    "streams": [
        {"name": "a", "model": "m", "arrivals_ms": [0]},
        {"name": "b", "model": "m", "arrivals_ms": [0]},
    ]
}
BOTH = frozenset(("npu", "gpu"))


def make(profile: Dict, scenario: Dict, external: frozenset[str]) -> Engine:
    """A run of a second without noise under fcfs in chunks of 3 tokens."""
    return Engine(
        load_profile(profile),
        load_scenario(scenario),
        "fcfs/first-idle/keep/chunk-3",
        noise=False,
        duration_ns=1000 * MS,
        external=external,
    )


def run_told(
    case: Case, external: frozenset[str], end_of: Callable[[int, RunningSlice], int]
) -> list[Event]:
    """The journal of a case whose slices on external backends end when ``end_of`` says."""
    profile = load_profile(case.profile)
    engine = Engine(
        profile,
        load_scenario(case.scenario),
        case.policy,
        seed=case.seed,
        noise=case.noise,
        duration_ns=case.duration_ms * MS,
        external=external,
    )
    for t_ns, command in case.commands:
        engine.apply(command, t_ns)
    told: dict[int, int] = {}
    while True:
        for index, name in enumerate(profile.backend_names):
            running = engine.running(index) if name in external else None
            if running is not None and told.get(index) != running.start_ns:
                told[index] = running.start_ns
                engine.complete(index, end_of(index, running))
        if (next_ns := engine.next_event_ns) is None:
            return engine.drain()
        engine.advance(next_ns)


@settings(max_examples=examples(35), deadline=None)
@given(cases(), st.sets(st.sampled_from(BACKENDS), min_size=1))
def test_ends_told_as_emulated_give_the_emulated_journal(case: Case, chosen: set[str]) -> None:
    """Whoever tells the emulated ends of some backends' slices gets the emulated journal."""
    emulated = case.journal()
    ends = {(event[5], event[8]): event[1] for event in emulated if event[0] == FINISHED}
    external = frozenset(chosen) & frozenset(load_profile(case.profile).backend_names)

    def end_of(backend: int, running: RunningSlice) -> int:
        end_ns = ends[backend, running.start_ns]
        assert isinstance(end_ns, int)
        return end_ns

    assert run_told(case, external, end_of) == emulated


@settings(max_examples=examples(35), deadline=None)
@given(
    cases(),
    st.sets(st.sampled_from(BACKENDS), min_size=1),
    st.lists(st.integers(-5, 12 * MS), min_size=1, max_size=20),
)
def test_ends_told_at_any_time_break_no_rule(
    case: Case, chosen: set[str], durations: list[int]
) -> None:
    """However long slices take, even told for instants that are over, all invariants hold."""
    external = frozenset(chosen) & frozenset(load_profile(case.profile).backend_names)
    endless = cycle(durations)
    audited(case, run_told(case, external, lambda _, each: each.start_ns + next(endless)))


def test_without_an_end_a_slice_just_runs() -> None:
    """No instant comes of a slice whose end is not told, and its backend stays busy."""
    engine = make(TWO, PAIR, BOTH)
    engine.advance(FOREVER_NS >> 2)
    assert engine.next_event_ns is None
    assert engine.open_jobs == 2
    assert [event[0] for event in engine.drain()].count(STARTED) == 2


def test_ends_at_one_instant_come_in_backend_order() -> None:
    """The order in which two ends of one instant are told does not matter."""
    engine = make(TWO, PAIR, BOTH)
    engine.advance(0)
    assert [engine.complete(1, 7), engine.complete(0, 7)] == [7, 7]
    engine.advance(7)
    ends = [event for event in engine.drain() if event[0] == FINISHED]
    assert [(event[1], event[5]) for event in ends] == [(7, 0), (7, 1)]


def test_an_end_for_an_instant_that_is_over_comes_right_after_it() -> None:
    """The engine has gone to 9 with npu's own end; gpu's, told for 3, comes 1 ns later."""
    engine = make(TWO, PAIR, frozenset(("gpu",)))
    engine.advance(5 * MS)
    assert engine.now_ns == 4 * MS
    assert engine.complete(1, 3) == 4 * MS + 1
    engine.advance(5 * MS)
    assert [e[1] for e in engine.drain() if e[0] == FINISHED] == [4 * MS, 4 * MS + 1]


def test_what_cannot_end_is_refused() -> None:
    """An idle backend, an emulated one, and a second end of one slice."""
    engine = make(TWO, PAIR, frozenset(("gpu",)))
    with pytest.raises(ValueError, match="no slice runs on backend 1"):
        engine.complete(1, 5)
    engine.advance(0)
    with pytest.raises(ValueError, match="not external"):
        engine.complete(0, 5)
    engine.complete(1, 5)
    with pytest.raises(ValueError, match="no slice runs on backend 1"):
        engine.complete(1, 6)
    with pytest.raises(ValueError, match="external"):
        make(TWO, PAIR, frozenset()).complete(0, 5)


def test_a_running_slice_says_what_to_execute() -> None:
    """Chunks by context before and after, tokens by context, whole inferences by number."""
    profile: Dict = {
        "backends": [{"name": "cpu", "dispatch_us": 500}],
        "models": {
            "llm": {"cpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 2}},
            "v": {"cpu": 3},
        },
    }
    scenario: Dict = {
        "streams": [
            {"name": "chat", "model": "llm", "arrivals_ms": [0], "prompt_tokens": 4,
             "output_tokens": 2, "cached_prefix_tokens": 10},
            {"name": "cam", "model": "v", "arrivals_ms": [1]},
        ]
    }  # fmt: skip
    engine = make(profile, scenario, frozenset(("cpu",)))
    assert engine.running(0) is None
    engine.advance(0)
    seen: list[RunningSlice] = []
    while (running := engine.running(0)) is not None:
        seen.append(running)
        engine.advance(engine.complete(0, running.start_ns + 100))
    engine.advance(2 * MS)
    last = engine.running(0)
    assert last is not None

    def chat(
        phase: int, number: int, begin: int, end: int, context: int, ms: float
    ) -> RunningSlice:
        start_ns = 100 * len(expected)
        return RunningSlice(
            "chat", 0, "chat", "llm", phase, number, begin, end, context, start_ns, int(ms * MS)
        )

    expected: list[RunningSlice] = []
    expected.append(chat(PREFILL, 3, 10, 13, 0, 3.5))
    expected.append(chat(PREFILL, 4, 13, 14, 0, 1.5))
    expected.append(chat(DECODE, 1, 0, 0, 15, 2.5))
    assert seen == expected
    assert last == RunningSlice("cam", 0, "cam", "v", INFERENCE, 0, 0, 0, 0, MS, 3 * MS + 500_000)
