"""How a journal must follow when its inputs change in a way whose effect is known."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emulator import journal as kinds
from emulator.commands import Mark, SwapPolicy
from emulator.journal import RELEASED, Event
from emulator.policies import Order
from emulator.schema.exact import exact, written
from tests.emulator.journal_maps import mapped, moved, without
from tests.emulator.strategies import (
    BACKENDS,
    MS,
    Case,
    Dict,
    cases,
    examples,
    keeping_axes,
    policies,
)

TIMES: Final = {
    "dispatch_us", "latency_ms", "slices_ms", "base", "per_token", "chunk_overhead_ms",
    "decode_ms", "prefill_ms", "fixed_us", "period_ms", "phase_ms", "deadline_ms", "start_s",
    "stop_s", "arrivals_ms", "think_s", "first_output_deadline_ms", "ttft_ms", "tpot_ms",
}  # fmt: skip
"""Keys of profiles and scenarios that hold a time, in whatever unit."""
RATES: Final = {"gb_s", "rate_hz"}


# Time


def doubled(value: object, key: str = "") -> object:
    """A table with all its times doubled and all its rates halved."""
    if isinstance(value, Mapping):
        return {name: doubled(each, name) for name, each in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [[tokens, doubled(time, key)] for tokens, time in value]
    if isinstance(value, list):
        return [doubled(each, key) for each in value]
    if key in RATES:
        return written(exact(value) / 2)
    return written(2 * exact(value)) if key in TIMES and value != "none" else value


def is_whole(stream: Dict) -> bool:
    """Whether all instants of a stream are whole nanoseconds."""
    drawn = "jitter_ms" in stream or stream.get("phase_ms") == "random"
    arrival = stream.get("arrival")
    poisson = isinstance(arrival, dict) and arrival["process"] == "poisson"
    fractional = stream.get("rate_hz") == 60 or stream.get("period_ms") == "100/7"
    return not (drawn or poisson or fractional)


@settings(max_examples=examples(40))
@given(cases(commanded=False, noisy=False), policies, st.integers(0, 60 * MS))
def test_twice_the_times_are_twice_the_instants(case: Case, other: str, swap_ns: int) -> None:
    """Doubling all times of profile, scenario and commands doubles all instants."""
    case = case.with_streams([stream for stream in case.streams if is_whole(stream)])
    assume(case.streams)
    profile, scenario = doubled(case.profile), doubled(case.scenario)
    assert isinstance(profile, dict)
    assert isinstance(scenario, dict)
    once = replace(case, commands=((swap_ns, SwapPolicy(other)),))
    twice = replace(
        once,
        profile=profile,
        scenario=scenario,
        commands=((2 * swap_ns, SwapPolicy(other)),),
        duration_ms=2 * case.duration_ms,
    )
    assert twice.journal() == moved(once.journal(), lambda t_ns: 2 * t_ns)


@settings(max_examples=examples(40))
@given(cases(commanded=False), policies, st.integers(0, 60), st.integers(1, 10**6))
def test_a_later_start_moves_the_whole_run(case: Case, other: str, at: int, by: int) -> None:
    """Starting everything later by the same time moves all instants by it, noise or not."""
    early = replace(case, commands=((at * MS, SwapPolicy(other)),))
    late = replace(
        case.with_streams([_later(stream, by) for stream in case.streams]),
        commands=(((at + by) * MS, SwapPolicy(other)),),
        duration_ms=case.duration_ms + by,
    )
    added = 2 * len(case.streams)
    expected = moved(early.journal(), lambda t_ns: t_ns + by * MS)
    assert late.journal()[added:] == expected[added:]


def _later(stream: Dict, by_ms: int) -> Dict:
    later = {**stream, "start_s": _plus(stream.get("start_s", 0), by_ms)}
    return later | ({"stop_s": _plus(stream["stop_s"], by_ms)} if "stop_s" in stream else {})


def _plus(seconds: object, ms: int) -> object:
    return written(exact(seconds) + Fraction(ms, 1000))


@settings(max_examples=examples(30))
@given(cases(commanded=False), st.integers(1, 60))
def test_what_comes_later_changes_nothing_before(case: Case, end_ms: int) -> None:
    """A run whose releases end earlier is the same up to the first release that is missing."""
    short, long = replace(case, duration_ms=end_ms).journal(), case.journal()
    missing_ns = [event[1] for event in long if event[0] == RELEASED and event not in short]
    end_ns = min((t_ns for t_ns in missing_ns if isinstance(t_ns, int)), default=10**12)
    assert end_ns >= end_ms * MS
    assert _before(short, end_ns) == _before(long, end_ns)


def _before(events: list[Event], t_ns: int) -> list[Event]:
    return [event for event in events if isinstance(event[1], int) and event[1] < t_ns]


# Commands


@settings(max_examples=examples(60))
@given(cases(commanded=False), policies, st.integers(0, 10**6))
def test_swapping_to_the_same_policy_changes_nothing(case: Case, other: str, pick: int) -> None:
    """A swap to the same policy, or there and back, at an instant adds its own lines only."""
    events = case.journal()
    instants = sorted({event[1] for event in events if isinstance(event[1], int)})
    t_ns = instants[pick % len(instants)]
    same = (t_ns, SwapPolicy(case.policy))
    assert without(replace(case, commands=(same,)).journal(), kinds.POLICY) == events
    there_and_back = ((t_ns, SwapPolicy(other)), same)
    assert without(replace(case, commands=there_and_back).journal(), kinds.POLICY) == events


@settings(max_examples=examples(30))
@given(cases(commanded=False, policy=keeping_axes), st.integers(0, 80 * MS))
def test_an_instant_more_starts_nothing(case: Case, t_ns: int) -> None:
    """Under a keyed policy that drops nothing, a marker at any instant changes nothing else."""
    case = case.with_streams([{**stream, "late": "keep"} for stream in case.streams])
    marked = replace(case, commands=((t_ns, Mark("look")), (t_ns, SwapPolicy(case.policy))))
    assert without(marked.journal(), kinds.POLICY, kinds.MARKER) == case.journal()


# Backends and policies


@settings(max_examples=examples(30))
@given(cases(), st.integers(0, 3))
def test_an_unused_backend_changes_nothing(case: Case, place: int) -> None:
    """A backend that no model lists, anywhere in the profile, only moves the others' indices."""
    backends = case.profile["backends"]
    assert isinstance(backends, list)
    place = min(place, len(backends))
    more = [*backends[:place], "idle", *backends[place:]]
    wider = replace(case, profile={**case.profile, "backends": more})
    assert wider.journal() == mapped(case.journal(), {"backend"}, lambda i: i + (i >= place))


@settings(max_examples=examples(30))
@given(cases(commanded=False), keeping_axes)
def test_a_chunk_longer_than_every_prompt_is_whole(case: Case, axes: str) -> None:
    """Chunks of 512 tokens cut neither these prompts nor the one by which backends compare."""
    *rest, _ = axes.split("/")
    whole = replace(case, policy="/".join([*rest, "whole"]))
    assert replace(case, policy="/".join([*rest, "chunk-512"])).journal() == whole.journal()


@settings(max_examples=examples(20))
@given(cases(commanded=False, streams=1), keeping_axes, st.sampled_from(list(Order)))
def test_every_order_serves_equal_jobs_alike(case: Case, axes: str, order: Order) -> None:
    """One stream of one-slice jobs with one relative deadline: first come is first in any order."""
    _, *rest = axes.split("/")
    stream: Dict = {"name": "s", "model": "one", "period_ms": 2, "deadline_ms": 7, "late": "drop"}
    models: Dict = {"one": {name: 3 + 2 * i for i, name in enumerate(_names(case.profile))}}
    alone = Case({**case.profile, "models": models}, {"streams": [stream]}, case.policy)
    first = replace(alone, policy="/".join([Order.FCFS, *rest]))
    assert replace(alone, policy="/".join([order, *rest])).journal() == first.journal()


def _names(profile: Dict) -> tuple[str, ...]:
    backends = profile["backends"]
    assert isinstance(backends, list)
    return BACKENDS[: len(backends)]


# Ways of writing the same thing

SAME: Final[tuple[tuple[Dict, Dict], ...]] = (
    ({"rate_hz": 50}, {"period_ms": 20}),
    ({"rate_hz": "100/3"}, {"period_ms": 30}),
    ({"period_ms": 20}, {"period_ms": 20, "deadline_ms": 20}),
    ({"period_ms": "100/7"}, {"period_ms": "100/7", "deadline_ms": "100/7"}),
    ({"period_ms": 20}, {"period_ms": 20, "on": ["npu", "gpu"]}),
    ({"period_ms": 20}, {"period_ms": 20, "probability": 1}),
    ({"period_ms": 20, "phase_ms": 5}, {"period_ms": 20, "start_s": "0.005"}),
    ({"arrivals_ms": [3, 9]}, {"arrivals_ms": [0, 6], "start_s": "0.003"}),
    (
        {"arrivals_ms": [3, 9], "deadline_ms": 8},
        {"arrivals_ms": [3, 9], "deadlines_ms": [11, 17]},
    ),
)


@pytest.mark.parametrize(("one", "other"), SAME)
@pytest.mark.parametrize("policy", ["edf", "llf", "hybrid"])
def test_two_ways_to_write_a_stream_are_one(one: Dict, other: Dict, policy: str) -> None:
    """Rate or period, implicit or explicit deadline, all backends or none named: all the same."""
    profile: Dict = {"backends": ["npu", "gpu"], "models": {"blur": {"npu": 6, "gpu": 9}}}
    rival: Dict = {"name": "rival", "model": "blur", "period_ms": 7, "late": "drop"}
    journals = [
        Case(profile, {"streams": [{"name": "s", "model": "blur", **release}, rival]}, policy)
        for release in (one, other)
    ]
    first, second = (case.journal() for case in journals)
    assert first == second
