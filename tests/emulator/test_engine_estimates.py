"""Estimates and deadlines that policies see: exact instants of small runs."""

from collections.abc import Sequence

import pytest

from emulator.commands import Mark, SwapPolicy
from emulator.journal import DROPPED
from emulator.policies import BackendState, ReadySlice, Run
from tests.emulator.scripted import NAME, Scripted, install, sensible
from tests.emulator.strategies import MS, Case, Dict, started

PROFILE: Dict = {
    "backends": ["npu", "gpu"],
    "models": {
        "block": {"npu": 100, "gpu": 100},
        "a": {"npu": 4, "gpu": 6},
        "b": {"gpu": 5},
        "tts": {"gpu": 3},
        "sliced": {"npu": {"slices_ms": [2, 2]}, "gpu": {"slices_ms": [10, 10]}},
        "rival": {"gpu": 8},
        "llm": {
            "npu": {
                "prefill_ms": {"base": 1, "per_token": 0.5},
                "chunk_overhead_ms": 1,
                "decode_ms": 3,
            },
            "gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": [[8, 2], [18, 4]]},
        },
    },
}
BLOCKS: list[Dict] = [
    {"name": f"block {i}", "model": "block", "arrivals_ms": [0], "deadline_ms": "none"}
    for i in range(2)
]
TOKENS: Dict = {"prompt_tokens": 8, "output_tokens": 5}


def job(stages: list[Dict], **keys: object) -> Dict:
    """One job at 0 with a deadline of 60 ms unless it is said otherwise."""
    return {"name": "job", "arrivals_ms": [0], "deadline_ms": 60, **keys, "stages": stages}


def stage(name: str, model: str, *after: object, **keys: object) -> Dict:
    """A stage; an LLM reads 8 tokens and writes 5."""
    tokens = TOKENS if model == "llm" else {}
    return {"name": name, "model": model, "after": list(after), **tokens, **keys}


def streamed(name: str, after_tokens: int = 1) -> Dict:
    """A streamed edge."""
    return {"stage": name, "stream": True, "after_tokens": after_tokens}


# Remaining best-case work, seen in when a job is given up

LAST_CHANCES: list[tuple[str, Dict, str, float]] = [
    ("one stage, on its fastest backend", job([stage("x", "a")]), "whole", 56),
    ("a chain", job([stage("x", "a"), stage("y", "b", "x")]), "whole", 51),
    ("two at once", job([stage("x", "a"), stage("y", "b")]), "whole", 55),
    (
        "a join after the longer one",
        job([stage("x", "a"), stage("y", "b"), stage("z", "a", "x", "y")]),
        "whole",
        51,
    ),
    ("a stage's own deadline", job([stage("x", "a", deadline_ms=20), stage("y", "b", "x")]),
     "whole", 16),
    ("a later stage's deadline", job([stage("x", "a"), stage("y", "b", "x", deadline_ms=20)]),
     "whole", 11),
    ("what may be skipped counts", job([stage("x", "a"), stage("y", "b", "x", probability=0.5)]),
     "whole", 51),
    # Prefill 1 + 8 x 0.5 on npu, then 2, 2.2, 2.4, 2.6 ms on gpu at contexts 9 to 12: 2.2 + 2.4 +
    # 2.6 + 2.8 = 10 ms.
    ("prefill and decode, each where fastest", job([stage("x", "llm")]), "whole", 45),
    # Two chunks on npu cost 1 ms more, and still less than 8 ms on gpu.
    ("chunks cost their overheads", job([stage("x", "llm")]), "chunk-4", 44),
    # Eight chunks on npu would cost 12 ms, on gpu 8 ms.
    ("another backend when chunks are small", job([stage("x", "llm")]), "chunk-1", 42),
    # Five inferences of 3 ms, as the last of them cannot overlap more than the maximum says.
    (
        "the maximum over a streamed edge: the longer successor",
        job([stage("x", "llm"), stage("y", "tts", streamed("x"), slices_per_tokens="5/6")]),
        "whole",
        42,
    ),
    (
        "the maximum over a streamed edge: the longer source",
        job([stage("x", "llm"), stage("y", "tts", streamed("x"), slices_per_tokens=5)]),
        "whole",
        45,
    ),
    # The first inference needs two tokens: 5 ms of prefill and 2.2 ms of decode.
    (
        "the first output needs its tokens only",
        job([
            stage("x", "llm"),
            stage("y", "tts", streamed("x"), slices_per_tokens=2, first_output_deadline_ms=40),
        ]),
        "whole",
        32.8,
    ),
    (
        "after_tokens may be more than an inference takes",
        job([
            stage("x", "llm"),
            stage("y", "tts", streamed("x", 3), slices_per_tokens=2, first_output_deadline_ms=40),
        ]),
        "whole",
        30.4,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("stream", "granularity", "last_ms"),
    [each[1:] for each in LAST_CHANCES],
    ids=[each[0] for each in LAST_CHANCES],
)
def test_early_drop_gives_up_when_the_best_case_is_too_late(
    stream: Dict, granularity: str, last_ms: float
) -> None:
    """A job is kept at deadline - work and given up 1 ns later."""
    last_ns = round(last_ms * MS)
    marks = ((last_ns, Mark("kept")), (last_ns + 1, Mark("given up")))
    policy = f"fcfs/first-idle/early-drop/{granularity}"
    events = Case(PROFILE, {"streams": [*BLOCKS, stream]}, policy, marks).journal()
    drops = [event[:5] for event in events if event[0] == DROPPED]
    assert drops == [(DROPPED, last_ns + 1, 2, 0, "early-drop")]


def test_an_inference_that_began_on_a_slow_backend_is_given_up_sooner() -> None:
    """Its rest must run where it began: 10 ms on the gpu, though 4 ms on the npu were the best."""
    block: Dict = {"name": "block", "model": "block", "arrivals_ms": [0], "on": ["npu"]}
    slow: Dict = {"name": "slow", "model": "sliced", "arrivals_ms": [1], "deadline_ms": 23}
    rival: Dict = {"name": "rival", "model": "rival", "arrivals_ms": [5], "deadline_ms": 18}
    marks = ((14 * MS, Mark("kept")), (14 * MS + 1, Mark("given up")))
    case = Case(
        PROFILE, {"streams": [block, slow, rival]}, "edf/first-idle/early-drop/whole", marks
    )
    events = case.journal()
    assert started(events) == [(0, 0, 0, 0), (1, 1, 0, 1), (11, 2, 0, 1)]
    drops = [event[:5] for event in events if event[0] == DROPPED]
    assert drops == [(DROPPED, 14 * MS + 1, 1, 0, "early-drop")]


@pytest.mark.parametrize(
    ("policy", "reason"), [("fcfs", "late-rule"), ("fcfs//drop-late", "drop-late")]
)
def test_a_late_job_is_dropped_after_its_deadline(policy: str, reason: str) -> None:
    """Kept at the deadline, dropped 1 ns later, by the stream's rule or by the policy's."""
    late = {"late": "drop"} if reason == "late-rule" else {}
    waiting = {"name": "job", "model": "a", "arrivals_ms": [0], "deadline_ms": 20, **late}
    marks = ((20 * MS, Mark("kept")), (20 * MS + 1, Mark("dropped")))
    events = Case(PROFILE, {"streams": [*BLOCKS, waiting]}, policy, marks).journal()
    drops = [event[:5] for event in events if event[0] == DROPPED]
    assert drops == [(DROPPED, 20 * MS + 1, 2, 0, reason)]


# Keys


@pytest.mark.parametrize("swapped", [False, True])
def test_the_key_of_what_waits_follows_what_started(swapped: bool) -> None:
    """A stage beside it began on a slow backend: the rest of the job is 20 ms now, not 5 ms.

    So a shorter job goes first, whether or not a swap lets all keys be computed anew.
    """
    models: Dict = {
        "a": {"gpu": 2, "cpu": 20}, "b": {"npu": 5}, "k": {"npu": 10}, "n": {"npu": 4},
        "g": {"gpu": 4},
    }  # fmt: skip
    streams: list[Dict] = [
        {"name": "n", "model": "n", "arrivals_ms": [0]},
        {"name": "g", "model": "g", "arrivals_ms": [0]},
        job([stage("x", "a"), stage("y", "b")], arrivals_ms=[1]),
        {"name": "k", "model": "k", "arrivals_ms": [1]},
    ]
    policy = "sjf/fastest-idle/keep/whole"
    swaps = ((2 * MS, SwapPolicy(policy)),) if swapped else ()
    profile: Dict = {"backends": ["npu", "gpu", "cpu"], "models": models}
    events = Case(profile, {"streams": streams}, policy, swaps).journal()
    assert started(events)[2:] == [(1, 2, 0, 2), (4, 3, 0, 0), (14, 2, 1, 0)]


def test_the_deadline_of_a_slice_is_the_earliest_that_it_can_miss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prefill has ask + TTFT, token j TPOT more each; what comes after may be due earlier."""
    seen: dict[tuple[str, str, int], int | None] = {}

    def watch(
        now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Run]:
        for each in ready:
            seen.setdefault((each.stream, each.stage, each.ready_ns // MS), each.deadline_ns)
        return sensible(now_ns, ready, backends)

    install(monkeypatch, Scripted(watch))
    think = stage("think", "llm", "hear", ttft_ms=7, tpot_ms=3, output_tokens=4)
    speak = stage(
        "speak", "tts", streamed("think"), slices_per_tokens=4, first_output_deadline_ms=21
    )
    npc = job([stage("hear", "b", deadline_ms=30), think, speak], name="npc")
    Case(PROFILE, {"streams": [npc]}, NAME).journal()
    # hear 0-5 on gpu; the ask is at 5; prefill 5-10 on npu; tokens there at 13, 16 and 19.
    assert seen == {
        ("npc", "hear", 0): 21 * MS,
        ("npc", "think", 5): 12 * MS,
        ("npc", "think", 10): 15 * MS,
        ("npc", "think", 13): 18 * MS,
        ("npc", "think", 16): 21 * MS,
        ("npc", "speak", 19): 21 * MS,
    }
