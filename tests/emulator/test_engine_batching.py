"""Requests that decode together, worked out by hand.

1 ms for each token of a prompt, 10 ms for one of an answer and 2.5 for each further request; slices
in the order in which they became ready, unless another policy is named.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.commands import BackendDown, SwapPolicy
from emulator.engine import Engine
from emulator.errors import ProfileError, UserError
from emulator.journal import (
    BACKEND_DOWN,
    DECODE,
    DROPPED,
    FINISHED,
    POLICY_FAILED,
    STARTED,
    as_dict,
)
from tests.emulator.batched import BATCHING, together
from tests.emulator.strategies import MS, Case, Dict

GPU: Final[Dict] = {
    "prefill_ms": {"per_token": 1},
    "decode_ms": 10,
    "batch_max": 8,
    "batch_overhead": "0.25",
}


def chat(name: str, at_ms: int, tokens: int = 3, **more: object) -> Dict:
    """One request with a prompt of one token."""
    return {
        "name": name,
        "model": "llm",
        "arrivals_ms": [at_ms],
        "prompt_tokens": 1,
        "output_tokens": tokens,
        **more,
    }


def run(
    *streams: Dict,
    gpu: Dict = GPU,
    profile: Dict | None = None,
    policy: str = "fcfs-slice/first-idle",
) -> Case:
    """A second without noise."""
    given = profile or {"backends": ["gpu"], "models": {"llm": {"gpu": gpu}}}
    scenario: Dict = {"streams": list(streams)}
    return Case(given, scenario, policy, duration_ms=1000, effects=BATCHING)


def decodes(case: Case) -> list[tuple[float, float, int]]:
    """(start, end in ms, stream) of the decode slices, as they end."""
    slices = [as_dict(event) for event in case.journal() if event[0] == FINISHED]
    return [
        (_ms(each["start_ns"]), _ms(each["t_ns"]), _whole(each["stream"]))
        for each in slices
        if each["phase"] == DECODE
    ]


def _ms(t_ns: object) -> float:
    return _whole(t_ns) / MS


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def test_two_requests_decode_together() -> None:
    """Prefills to 1 and 2, then a token each at 14.5 and 27."""
    case = run(chat("a", 0), chat("b", 0))
    assert decodes(case) == [(2, 14.5, 0), (2, 14.5, 1), (14.5, 27, 0), (14.5, 27, 1)]
    places = [
        (as_dict(event)["rank"], as_dict(event)["batch"])
        for event in case.journal()
        if event[0] == STARTED
    ]
    assert places == [(0, 1), (0, 1), (0, 2), (1, 2), (0, 2), (1, 2)]


def test_who_comes_while_a_batch_runs_joins_the_next() -> None:
    """A third comes at 5, reads its prompt from 14.5 and decodes with the others for 15 ms."""
    case = run(chat("a", 0), chat("b", 0), chat("c", 5))
    assert decodes(case) == [
        (2, 14.5, 0),
        (2, 14.5, 1),
        (15.5, 30.5, 0),
        (15.5, 30.5, 1),
        (15.5, 30.5, 2),
        (30.5, 40.5, 2),
    ]


def test_no_more_join_than_fit() -> None:
    """Of three two at a time: those whose turn it is by the order of the policy."""
    case = run(*(chat(name, 0, 2) for name in "abc"), gpu={**GPU, "batch_max": 2})
    assert decodes(case) == [(3, 15.5, 0), (3, 15.5, 1), (15.5, 25.5, 2)]


def test_the_key_of_the_policy_says_who_joins() -> None:
    """Under edf c, whose deadline is before b's, decodes with a."""
    deadlines = {"a": 40, "b": 90, "c": 60}
    streams = [
        chat(name, 0, 2, ttft_ms=1 if name == "b" else 2, tpot_ms=deadline)
        for name, deadline in deadlines.items()
    ]
    case = run(*streams, gpu={**GPU, "batch_max": 2}, policy="edf/first-idle")
    assert [(each[0], each[2]) for each in decodes(case)] == [(3, 0), (3, 2), (15.5, 1)]


def test_a_general_policy_has_those_join_that_waited_longest() -> None:
    """Under round-robin too, requests that became ready first are taken along first."""
    case = run(*(chat(name, 0, 2) for name in "abc"), gpu={**GPU, "batch_max": 2})
    found = decodes(replace(case, policy="round-robin"))
    assert sorted(each[2] for each in found) == [0, 1, 2]
    assert found[0][:2] == found[1][:2] == (3, 15.5)


def test_one_answer_after_the_other_leaves_nothing_to_batch() -> None:
    """Under fcfs the first is answered before the prompt of the second is read."""
    case = run(chat("a", 0, 2), chat("b", 0, 2), policy="fcfs")
    assert decodes(case) == [(1, 11, 0), (12, 22, 1)]
    assert together(case.journal()) == 0


def test_an_answer_of_one_token_joins_nothing() -> None:
    """Its token is the end of its prefill."""
    case = run(chat("a", 0, 2), chat("b", 0, 1))
    assert decodes(case) == [(2, 12, 0)]


def test_prompts_in_chunks_are_read_between_batches() -> None:
    """Chunks of b's two tokens end at 2 and 3; then both decode, for 12.5 ms."""
    case = run(
        chat("a", 0, 2),
        chat("b", 0, 2, prompt_tokens=2),
        policy="fcfs-slice/first-idle/keep/chunk-1",
    )
    # a is ready to decode at 1, before b's second chunk is ready at 2.
    assert decodes(case) == [(2, 12, 0), (13, 23, 1)]
    longer = run(
        chat("a", 0, 3),
        chat("b", 0, 3, prompt_tokens=2),
        policy="fcfs-slice/first-idle/keep/chunk-1",
    )
    assert decodes(longer) == [(2, 12, 0), (13, 25.5, 0), (13, 25.5, 1), (25.5, 35.5, 1)]


def test_other_models_and_other_backends_stay_out() -> None:
    """Requests decode together with the same weights in the same place only."""
    profile: Dict = {
        "backends": ["gpu", "npu"],
        "models": {"llm": {"gpu": GPU, "npu": GPU}, "other": {"gpu": GPU}},
    }
    case = run(
        chat("a", 0, 2),
        chat("b", 0, 2, on=["npu"]),
        chat("c", 0, 2, model="other"),
        profile=profile,
    )
    assert together(case.journal()) == 0


def test_a_cache_that_is_elsewhere_leads_its_first_token() -> None:
    """Prompts are read on the npu: b brings its cache to the gpu itself, and a joins it there."""
    profile: Dict = {
        "backends": ["npu", "gpu"],
        "models": {
            "llm": {
                "npu": {"prefill_ms": {"per_token": 1}},
                "gpu": {"decode_ms": 10, "batch_max": 8, "batch_overhead": "0.25"},
            }
        },
        "memory": {"kv_transfer": {"fixed_us": 1000}},
    }
    case = run(chat("a", 0), chat("b", 0), profile=profile)
    # b waits since 2, a since 12: b leads, and pays 1 ms for its cache.
    assert decodes(case) == [(1, 12, 0), (12, 25.5, 1), (12, 25.5, 0), (25.5, 35.5, 1)]


def test_the_overheads_are_paid_once() -> None:
    """A dispatch of 1 ms, whatever the number of requests; only the table value grows."""
    profile: Dict = {
        "backends": [{"name": "gpu", "dispatch_us": 1000}],
        "models": {"llm": {"gpu": GPU}},
    }
    case = run(chat("a", 0, 2), chat("b", 0, 2), profile=profile)
    assert decodes(case) == [(4, 17.5, 0), (4, 17.5, 1)]


def test_a_job_is_not_dropped_while_its_batch_runs() -> None:
    """From 10 on b is late: it is given up at 14.5, with its token, and a decodes alone."""
    late = chat("b", 0, deadline_ms=10, late="drop")
    third = chat("c", 12, 1)
    case = run(chat("a", 0), late, third)
    assert decodes(case) == [(2, 14.5, 0), (2, 14.5, 1), (15.5, 25.5, 0)]
    dropped = [event[1:4] for event in case.journal() if event[0] == DROPPED]
    assert dropped == [(int(14.5 * MS), 1, 0)]


def test_a_swap_lets_the_batch_end() -> None:
    """At 5 the policy changes; the batch ends at 14.5 all the same."""
    case = run(chat("a", 0), chat("b", 0))
    swapped = replace(case, commands=((5 * MS, SwapPolicy("edf")),))
    assert decodes(swapped) == decodes(case)


def test_all_caches_of_a_batch_go_with_their_backend() -> None:
    """At 5 the gpu is gone, and with it both requests; a third goes on elsewhere."""
    profile: Dict = {
        "backends": ["gpu", "cpu"],
        "models": {"llm": {"gpu": GPU, "cpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 10}}},
    }
    case = run(
        chat("a", 0, on=["gpu", "cpu"]),
        chat("b", 0),
        chat("c", 3),
        profile=profile,
        policy="static",
    )
    gone = replace(case, commands=((5 * MS, BackendDown(0, "gone")),))
    events = gone.journal()
    ended = [
        (event[0], event[1], event[2]) for event in events if event[0] in (BACKEND_DOWN, DROPPED)
    ]
    assert ended == [(BACKEND_DOWN, 5 * MS, 0), (DROPPED, 5 * MS, 0), (DROPPED, 5 * MS, 1)]
    assert [event[2] for event in events if event[0] == "completed"] == [2]


def test_policies_know_when_the_batch_will_end() -> None:
    """The backend counts as busy until start + the time of the batch, what waits as if alone."""
    engine = run(chat("a", 0), chat("b", 0)).engine()
    engine.advance(2 * MS)
    running = engine.running(0)
    assert running is not None
    assert (running.stream, running.expected_ns) == ("a", int(12.5 * MS))
    assert engine.next_event_ns == int(14.5 * MS)


def test_backends_that_somebody_else_runs_are_left_alone() -> None:
    """A real backend decodes one request at a time."""
    given = run(chat("a", 0), chat("b", 0))
    engine = Engine(
        load_profile(given.profile),
        load_scenario(given.scenario),
        given.policy,
        external=frozenset(("gpu",)),
        effects=BATCHING,
    )
    for end_ms in (1, 2, 12):
        engine.advance((end_ms - 1) * MS)
        engine.complete(0, end_ms * MS)
    engine.advance(20 * MS)
    assert together(engine.drain()) == 0


def test_what_cannot_be_is_refused() -> None:
    """A profile that does not say what it costs, or says half of it, or of no decode."""
    bare = {"prefill_ms": {"per_token": 1}, "decode_ms": 10}
    with pytest.raises(UserError, match="batching needs batch_max and batch_overhead"):
        run(chat("a", 0), gpu=bare).engine()
    with pytest.raises(ProfileError, match="give batch_max and batch_overhead together"):
        run(chat("a", 0), gpu={**bare, "batch_max": 2}).engine()
    prefill = {"prefill_ms": {"per_token": 1}, "batch_max": 2, "batch_overhead": 0.5}
    with pytest.raises(ProfileError, match="needs a decode cost"):
        run(chat("a", 0), gpu=prefill).engine()
    with pytest.raises(ProfileError, match="batch_overhead"):
        run(chat("a", 0), gpu={**GPU, "batch_overhead": 1.5}).engine()


OWN: Final = """
from emulator.policies import Admission, Run

class Mover:
    name = "mover"
    description = "from 5 ms on, starts what waits on one backend after the other"
    admission = Admission.KEEP
    chunk = 0

    def decide(self, now_ns, ready, backends):
        idle = [each.index for each in backends if each.idle]
        runs = []
        for each in ready:
            places = [place for place in idle if place in each.backends]
            if places and (not each.done or now_ns >= 5_000_000):
                idle.remove(places[0])
                runs.append(Run(each, places[0]))
        return runs
"""


def test_what_a_policy_decides_about_itself_does_not_join(tmp_path: Path) -> None:
    """At 5 it starts a on the gpu and b, whose cache is there too, on the npu: so it happens."""
    file = tmp_path / "mover.py"
    file.write_text(OWN, encoding="utf-8")
    npu = {"decode_ms": 10}
    profile: Dict = {"backends": ["gpu", "npu"], "models": {"llm": {"gpu": GPU, "npu": npu}}}
    streams = [chat("a", 0, 2), chat("b", 0, 2), chat("c", 5, 1)]
    case = run(*streams, profile=profile, policy=f"{file}:Mover")
    assert decodes(case) == [(5, 15, 0), (5, 15, 1)]
    assert not [event for event in case.journal() if event[0] == POLICY_FAILED]
