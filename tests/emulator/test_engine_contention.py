"""Slices that slow each other down on the shared memory."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.catalog import load_profile, load_scenario
from emulator.commands import BackendDown
from emulator.engine import Engine
from emulator.errors import UserError
from emulator.journal import FINISHED, Event
from tests.emulator.audit import audited
from tests.emulator.strategies import FOREVER_NS, MS, Case, Dict, cases, examples

CONTENTION: Final = "contention"


def contended(case: Case, *, usable: object = 10, traffic: object = 100) -> Case:
    """The case on a memory of this speed; everything moves so many MB a slice."""
    assert isinstance(case.profile["models"], dict)
    assert isinstance(case.profile["backends"], list)
    models = {
        name: {**entries, "about": {**entries.get("about", {}), "weight_mb": traffic}}
        for name, entries in case.profile["models"].items()
    }
    backends = [{**each, "interference": 1.5} for each in case.profile["backends"]]
    memory = case.profile["memory"]
    assert isinstance(memory, dict)
    profile = {
        **case.profile,
        "backends": backends,
        "models": models,
        "memory": {**memory, "usable_gb_s": usable},
    }
    return Case(
        profile,
        case.scenario,
        case.policy,
        case.commands,
        seed=case.seed,
        noise=case.noise,
        effects=CONTENTION,
    )


memories = st.tuples(st.sampled_from([5, 20, 100]), st.sampled_from(["0.001", 20, 100]))


@settings(max_examples=examples(25), deadline=None)
@given(cases(), memories)
def test_a_contended_journal_breaks_no_rule(case: Case, memory: tuple[object, object]) -> None:
    """All invariants hold however much slices slow each other down."""
    made = contended(case, usable=memory[0], traffic=memory[1])
    audited(made, made.journal())


@settings(max_examples=examples(25), deadline=None)
@given(cases(), memories, st.lists(st.integers(0, 90 * MS), max_size=30))
def test_pacing_changes_nothing(
    case: Case, memory: tuple[object, object], instants: list[int]
) -> None:
    """Any split of the time into steps gives the journal of one step: speeds change at events."""
    made = contended(case, usable=memory[0], traffic=memory[1])
    assert made.journal(instants) == made.journal()


@settings(max_examples=examples(15), deadline=None)
@given(cases())
def test_with_room_for_all_nothing_changes(case: Case) -> None:
    """Without interference, below what the memory gives, the journal is that of the law."""
    made = contended(case, usable=10**6, traffic="0.001")
    assert isinstance(made.profile["backends"], list)
    backends = [{**each, "interference": 1} for each in made.profile["backends"]]
    made = replace(made, profile={**made.profile, "backends": backends})
    assert made.journal() == case.journal()


# By hand: two backends on one memory of 100 GB/s


def ends(profile: Dict, *streams: Dict, effects: str = CONTENTION) -> list[tuple[int, float]]:
    """(stream, ms) of the ends of slices under fcfs, first idle."""
    engine = Engine(
        load_profile(profile),
        load_scenario({"streams": list(streams)}),
        "fcfs/first-idle",
        noise=False,
        effects=effects,
    )
    engine.advance(FOREVER_NS)
    return [_end(event) for event in engine.drain() if event[0] == FINISHED]


def _end(event: Event) -> tuple[int, float]:
    assert isinstance(event[1], int)
    assert isinstance(event[2], int)
    return event[2], event[1] / MS


def soc(a: Dict, b: Dict, **gpu: object) -> Dict:
    """Model a on the npu, b on the gpu; each backend draws at most 60 of 100 GB/s."""
    return {
        "memory": {"usable_gb_s": 100},
        "backends": [
            {"name": "npu", "bandwidth_gb_s": 60},
            {"name": "gpu", "bandwidth_gb_s": 60, **gpu},
        ],
        "models": {"a": {"npu": a}, "b": {"gpu": b}},
    }


A: Dict = {"name": "a", "model": "a", "arrivals_ms": [0]}
B: Dict = {"name": "b", "model": "b", "arrivals_ms": [0]}


def test_a_crowded_memory_slows_both() -> None:
    """Two that move 60 GB/s each share 100: 1.2 times as long, until the shorter one has ended.

    b's 5 ms end at 6; by then a has done 5 of its 10 and does the other 5 alone, to 11.
    """
    profile = soc({"latency_ms": 10, "traffic_mb": 600}, {"latency_ms": 5, "traffic_mb": 300})
    assert ends(profile, A, B) == [(1, 6.0), (0, 11.0)]
    assert ends(profile, A, B, effects="") == [(1, 5.0), (0, 10.0)]


def test_only_memory_time_is_stretched() -> None:
    """A moves 45 GB/s, 3/4 of what its backend can: 3/4 x 105 / 100 is below 1, so nothing.

    b is all memory time: 1.05 times as long, 10.5 ms.
    """
    profile = soc({"latency_ms": 20, "traffic_mb": 900}, {"latency_ms": 10, "traffic_mb": 600})
    assert ends(profile, A, B) == [(1, 10.5), (0, 20.0)]


def test_interference_comes_below_the_cap() -> None:
    """B moves 30 GB/s, half its backend's 60, beside a's 30: 1 + (2 - 1) x 1/2 x 1/2 = 1.25."""
    profile = soc(
        {"latency_ms": 20, "traffic_mb": 600},
        {"latency_ms": 8, "traffic_mb": 240},
        interference=2,
    )
    assert ends(profile, A, B) == [(1, 10.0), (0, 20.0)]


def test_a_token_moves_weights_and_cache() -> None:
    """A token over 300 MB of weights and 10 tokens of 30 MB each: 600 MB in 10 ms beside a's 60.

    Prefill of 9 tokens in 9 ms moves 570 MB, capped at 60 GB/s: 10.8 ms at 1.2; then the token.
    """
    llm: Dict = {
        "memory": {"usable_gb_s": 100},
        "backends": [
            {"name": "npu", "bandwidth_gb_s": 60},
            {"name": "gpu", "bandwidth_gb_s": 60},
        ],
        "models": {
            "a": {"npu": {"latency_ms": 100, "traffic_mb": 6000}},
            "b": {
                "about": {"weight_mb": 300, "kv_bytes_per_token": 30_000_000},
                "gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 10},
            },
        },
    }
    chat = {**B, "prompt_tokens": 9, "output_tokens": 2}
    assert ends(llm, A, chat)[:2] == [(1, 10.8), (1, 22.8)]


def test_measured_neighbors_slow_each_other() -> None:
    """Beside the gpu the npu takes 1.25 times as long, the gpu twice; nothing is known of memory.

    By 10 ms the gpu has done its 5 ms; the npu 8 of 20, and the rest alone, to 22.
    """
    profile = {
        **soc({"latency_ms": 20}, {"latency_ms": 5}),
        "memory": {},
        "backends": [
            {"name": "npu", "slowdown": {"gpu": 1.25}},
            {"name": "gpu", "slowdown": {"npu": 2}},
        ],
    }
    assert ends(profile, A, B) == [(1, 10.0), (0, 22.0)]


def test_several_neighbors_multiply() -> None:
    """3 times as long beside both, twice beside one: 2 of 15 ms by 6, 5 by 12, the rest alone."""
    backends = [
        {"name": "npu", "slowdown": {"gpu": 2, "cpu": 1.5}},
        {"name": "gpu"},
        {"name": "cpu"},
    ]
    models = {
        "a": {"npu": {"latency_ms": 15}},
        "b": {"gpu": {"latency_ms": 12}},
        "c": {"cpu": {"latency_ms": 6}},
    }
    c = {**B, "name": "c", "model": "c"}
    profile: Dict = {"backends": backends, "models": models}
    assert ends(profile, A, B, c) == [(2, 6.0), (1, 12.0), (0, 22.0)]


def test_the_larger_slowdown_counts() -> None:
    """The crowded memory makes 1.2 of it, the measured pair 1.5: 5 ms end at 7.5."""
    profile = soc(
        {"latency_ms": 60, "traffic_mb": 3600},
        {"latency_ms": 5, "traffic_mb": 300},
        slowdown={"npu": 1.5},
    )
    assert ends(profile, A, B)[0] == (1, 7.5)


def test_policies_do_not_know() -> None:
    """A backend is thought to be free after the table's time: earliest-finish waits for it."""
    profile = soc({"latency_ms": 10, "traffic_mb": 600}, {"latency_ms": 30, "traffic_mb": 1800})
    engine = Engine(
        load_profile(profile), load_scenario({"streams": [A, B]}), "edf", effects=CONTENTION
    )
    engine.advance(0)
    running = engine.running(0)
    assert running is not None
    assert running.expected_ns == 10 * MS
    assert engine.next_event_ns == 12 * MS


def test_a_backend_that_is_gone_leaves_the_memory_to_the_others() -> None:
    """At 3 ms the gpu is gone: a has done 2.5 of its 10 and does the rest alone, to 10.5."""
    profile = soc({"latency_ms": 10, "traffic_mb": 600}, {"latency_ms": 30, "traffic_mb": 1800})
    engine = Engine(
        load_profile(profile), load_scenario({"streams": [A, B]}), "edf", effects=CONTENTION
    )
    engine.apply(BackendDown(1, "gone"), 3 * MS)
    engine.advance(FOREVER_NS)
    ended = [_end(event) for event in engine.drain() if event[0] == FINISHED]
    assert ended == [(0, 10.5)]
    assert engine.open_jobs == 0


def test_a_slice_that_somebody_else_runs_presses_on_the_others() -> None:
    """The gpu's end is told, 3 ms; until then a gets on at 1/1.2: 2.5 of 10, then alone to 10.5."""
    profile = soc({"latency_ms": 10, "traffic_mb": 600}, {"latency_ms": 30, "traffic_mb": 1800})
    engine = Engine(
        load_profile(profile),
        load_scenario({"streams": [A, B]}),
        "edf",
        external=frozenset(("gpu",)),
        effects=CONTENTION,
    )
    engine.advance(0)
    assert engine.next_event_ns == 12 * MS
    engine.complete(1, 3 * MS)
    engine.advance(FOREVER_NS)
    ended = [_end(event) for event in engine.drain() if event[0] == FINISHED]
    assert ended == [(1, 3.0), (0, 10.5)]


def test_what_cannot_be_is_refused() -> None:
    """An effect that does not exist, and a profile that does not know its memory."""
    profile = soc({"latency_ms": 1}, {"latency_ms": 1})
    with pytest.raises(UserError, match="'heat' is no effect; there is contention"):
        ends(profile, A, effects="heat")
    with pytest.raises(UserError, match=r"contention needs usable_gb_s under \[memory\]"):
        ends({**profile, "memory": {}}, A)
