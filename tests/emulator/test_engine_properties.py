"""What holds for every run: invariants of the journal, and that pacing cannot change it."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.commands import AddStreams, Command, Mark, StartStream, StopStream, SwapPolicy
from emulator.journal import COMPLETED, DROPPED, POLICY, RELEASED, STARTED, Event
from tests.emulator.audit import audited
from tests.emulator.strategies import (
    FOREVER_NS,
    HEADLINE,
    MS,
    Case,
    Dict,
    cases,
    examples,
    keeping_axes,
    load_streams,
)

ROOT = Path(__file__).parents[2]

PROFILE: Dict = {
    "backends": [{"name": "npu", "dispatch_us": 100}, "gpu"],
    "models": {
        "blur": {"npu": 6, "gpu": {"slices_ms": [4, 5]}},
        "asr": {"npu": {"latency_ms": 7, "noise": "exponential"}, "gpu": 8},
        "llm": {
            "npu": {"prefill_ms": {"base": 2, "per_token": 0.5}},
            "gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 3, "chunk_overhead_ms": 1},
        },
        "tts": {"gpu": 2},
    },
}
CAM: Dict = {"name": "cam", "model": "blur", "period_ms": 10, "late": "drop"}
CHAT: Dict = {
    "name": "chat",
    "model": "llm",
    "arrivals_ms": [0, 20],
    "prompt_tokens": 8,
    "output_tokens": [2, 4],
    "ttft_ms": 12,
    "tpot_ms": 4,
}
NPC: Dict = {
    "name": "npc",
    "arrival": {"process": "closed-loop", "think_s": "0.004"},
    "deadline_ms": 45,
    "stages": [
        {"name": "hear", "model": "asr", "probability": "3/4"},
        {"name": "think", "model": "llm", "after": ["hear"], "prompt_tokens": 4,
         "output_tokens": 5},
        {"name": "speak", "model": "tts", "after": [{"stage": "think", "stream": True}],
         "slices_per_tokens": 2, "first_output_deadline_ms": 30},
    ],
}  # fmt: skip
SMALL = Case(PROFILE, {"streams": [CAM, CHAT, NPC]}, "edf", duration_ms=40, noise=True)
SWAPS = (
    ("fcfs", "hybrid"),
    ("edf", "fcfs/first-idle/keep/chunk-3"),
    ("hybrid", "llf"),
    ("llf", "static"),
    ("sjf/affinity/drop-late/chunk-2", "rm/fastest-idle/early-drop/chunk-5"),
)


def packed(events: list[Event]) -> bytes:
    """The journal as it is written to a file."""
    data: bytes = msgpack.packb(events)
    return data


@settings(max_examples=examples(100))
@given(cases())
def test_a_journal_breaks_no_rule(case: Case) -> None:
    """Jobs, slices, drops, verdicts, order and time are what the semantics allow, in every run."""
    audit = audited(case, case.journal())
    commanded_at = {t_ns for t_ns, _ in case.commands}
    assert audit.decided_at <= audit.events_at | commanded_at, "a decision out of nothing"


@settings(max_examples=examples(30))
@given(cases())
def test_the_same_inputs_give_the_same_bytes(case: Case) -> None:
    """A second run writes the same journal, byte for byte."""
    assert packed(case.journal()) == packed(case.journal())


@settings(max_examples=examples(40))
@given(cases(), st.lists(st.integers(0, 90 * MS), max_size=30), st.lists(st.booleans()))
def test_pacing_changes_nothing(case: Case, instants: list[int], drains: list[bool]) -> None:
    """Any split of the time into steps gives the journal of one step; so does draining in parts."""
    engine = case.engine()
    for t_ns, command in case.commands:
        engine.apply(command, t_ns)
    events: list[Event] = []
    for index, t_ns in enumerate(sorted(instants)):
        engine.advance(t_ns)
        if index < len(drains) and drains[index]:
            events += engine.drain()
    engine.advance(FOREVER_NS)
    assert events + engine.drain() == case.journal()


@settings(max_examples=examples(40))
@given(cases())
def test_a_command_in_time_equals_one_known_from_the_start(case: Case) -> None:
    """A command given just before its instant has the effect of one given before the run."""
    engine = case.engine()
    for t_ns, command in case.commands:
        engine.advance(t_ns - 1)
        assert engine.apply(command, t_ns) == t_ns
    engine.advance(FOREVER_NS)
    assert engine.drain() == case.journal()


@settings(max_examples=examples(40))
@given(cases())
def test_jobs_are_conserved_at_every_instant(case: Case) -> None:
    """After each instant: released = completed + dropped + open, in the engine's own count too."""
    engine = case.engine()
    for t_ns, command in case.commands:
        engine.apply(command, t_ns)
    counts = {RELEASED: 0, COMPLETED: 0, DROPPED: 0}
    while (next_ns := engine.next_event_ns) is not None:
        engine.advance(next_ns)
        assert engine.now_ns == next_ns
        for event in engine.drain():
            if event[0] in counts:
                counts[str(event[0])] += 1
        assert counts[RELEASED] == counts[COMPLETED] + counts[DROPPED] + engine.open_jobs
    assert engine.open_jobs == 0


@settings(max_examples=examples(40))
@given(cases(), st.integers(0, 80 * MS))
def test_a_cut_keeps_what_was_and_completes_at_its_instant(case: Case, cut_ns: int) -> None:
    """A run cut at t has the events before t and the completions at t, and nothing after them."""
    engine = case.engine()
    for t_ns, command in case.commands:
        engine.apply(command, t_ns)
    engine.cut(cut_ns)
    assert engine.next_event_ns is None or engine.next_event_ns > cut_ns
    events = engine.drain()
    whole = case.journal()
    assert events == whole[: len(events)]
    assert all(_t_ns(event) <= cut_ns for event in events[_added(case) :])
    rest = whole[len(events) :]
    assert not rest or _t_ns(rest[0]) > cut_ns or rest[0][0] not in ("finished", COMPLETED)
    assert all(event[0] not in (STARTED, RELEASED) for event in events if event[1] == cut_ns)


def _added(case: Case) -> int:
    """Events with which a run begins: two for each stream."""
    return 2 * len(case.streams)


@settings(max_examples=examples(40))
@given(cases(policy=keeping_axes, commanded=False), st.data())
def test_keep_never_gives_up_a_job(case: Case, data: st.DataObject) -> None:
    """Under keep admissions, with late = keep everywhere, every job completes."""
    streams = [{**stream, "late": "keep"} for stream in case.streams]
    other = data.draw(keeping_axes)
    kept = replace(case.with_streams(streams), commands=((9 * MS, SwapPolicy(other)),))
    assert not [event for event in kept.journal() if event[0] == DROPPED]


@pytest.mark.parametrize(("first", "second"), SWAPS)
def test_nothing_is_lost_whenever_the_policy_is_swapped(first: str, second: str) -> None:
    """A swap at any instant of a run, or 1 ns after one, loses, repeats and overlaps nothing."""
    case = replace(SMALL, policy=first)
    released = _released(case.journal(), ("cam", "chat"))
    for t_ns in _interesting_instants(case):
        events = audited_with(case, (t_ns, SwapPolicy(second)), (t_ns + 5 * MS, SwapPolicy(first)))
        assert [event[2:4] for event in events if event[0] == POLICY] == [
            (first, second),
            (second, first),
        ]
        assert _released(events, ("cam", "chat")) == released


@pytest.mark.parametrize("policy", HEADLINE)
def test_nothing_is_lost_whenever_streams_come_and_go(policy: str) -> None:
    """Stops, starts and added streams at any instant lose, repeat and overlap nothing."""
    case = replace(SMALL, policy=policy)
    late = AddStreams(load_streams({**NPC, "name": "late", "late": "drop"}))
    for t_ns in _interesting_instants(case)[::2]:
        for stream in ("cam", "chat", "npc"):
            audited_with(
                case,
                (t_ns, StopStream(stream)),
                (t_ns, late),
                (t_ns + 3 * MS, StartStream(stream)),
                (t_ns + 3 * MS, Mark("back")),
            )


def audited_with(case: Case, *commands: tuple[int, Command]) -> list[Event]:
    """The audited journal of the case with these commands."""
    commanded = replace(case, commands=commands)
    events = commanded.journal()
    audited(commanded, events)
    return events


def _interesting_instants(case: Case) -> list[int]:
    instants = {_t_ns(event) for event in case.journal()}
    return sorted(instants | {t_ns + 1 for t_ns in instants})


def _released(events: list[Event], streams: tuple[str, ...]) -> list[Event]:
    """Releases of the streams that no policy can influence."""
    open_loop = {index for index, name in enumerate(("cam", "chat", "npc")) if name in streams}
    return [event for event in events if event[0] == RELEASED and event[2] in open_loop]


def _t_ns(event: Event) -> int:
    t_ns = event[1]
    assert isinstance(t_ns, int)
    return t_ns


@pytest.mark.parametrize("jitter_ms", [1, 25])
def test_time_never_goes_back_under_jitter(jitter_ms: int) -> None:
    """Jitter may be longer than the gap between two releases; the journal stays in order."""
    close: Dict = {"name": "s", "model": "tts", "arrivals_ms": [0, 0, 0, 1, 1], "deadline_ms": 9}
    case = Case(PROFILE, {"streams": [{**close, "jitter_ms": jitter_ms}]}, "edf", seed=1)
    instants = [_t_ns(event) for event in case.journal()]
    assert all(earlier <= later for earlier, later in pairwise(instants))


def test_every_command_is_in_the_journal() -> None:
    """Whatever can change a run can be read from its journal: a command without effect too.

    The second stop stops nothing, yet at its instant the job that waits is found to be late.
    """
    late: Dict = {"name": "late", "model": "tts", "arrivals_ms": [0], "deadline_ms": 10}
    slow: Dict = {"name": "slow", "model": "slow", "arrivals_ms": [0]}
    profile: Dict = {"backends": ["gpu"], "models": {"tts": {"gpu": 2}, "slow": {"gpu": 20}}}
    scenario: Dict = {"streams": [slow, {**late, "late": "drop"}]}
    stops = ((5 * MS, StopStream("slow")), (15 * MS, StopStream("slow")))
    case = Case(profile, scenario, "fcfs", stops)
    audit = audited(case, case.journal())
    assert audit.decided_at <= audit.events_at


def test_the_journal_does_not_hang_on_the_hash_seed() -> None:
    """Two processes with different hash seeds write the bytes that this one writes."""
    policies = [*HEADLINE, "sjf/affinity/drop-late/chunk-2"]
    digests = [hashlib.sha256(packed(replace(SMALL, policy=each).journal())) for each in policies]
    expected = [each.hexdigest() for each in digests]
    for hash_seed in ("1", "2"):
        assert _digests_elsewhere(policies, hash_seed) == expected


_PROGRAM = """
import hashlib, json, sys
import msgpack
from emulator import simulate
case = json.load(sys.stdin)
for policy in case.pop("policies"):
    events = simulate(policy=policy, **case).journal
    print(hashlib.sha256(msgpack.packb(events)).hexdigest())
"""


def _digests_elsewhere(policies: list[str], hash_seed: str) -> list[str]:
    """The digests of the small case under each policy, from a process of its own."""
    case = {
        "profile": SMALL.profile,
        "scenario": SMALL.scenario,
        "policies": policies,
        "duration_s": f"{SMALL.duration_ms}/1000",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=json.dumps(case),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    return done.stdout.split()
