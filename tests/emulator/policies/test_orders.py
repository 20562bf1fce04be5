"""Policies that are points of the four axes, worked by hand (ms)."""

import pytest

from tests.emulator.policies.micro import Micro, job

ONE = ("npu",)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("round-robin", "chat0 cam2 chat5 chat7"), ("fcfs", "chat0 chat2 chat4 cam6")],
)
def test_round_robin_gives_every_slice_its_turn(policy: str, expected: str) -> None:
    """A frame that came at 1 runs before the token that became ready at 2, not after the answer.

    Chat reads 2 tokens in 2 and writes 2 more in 2 each; the frame takes 3. In turn: prefill 0-2,
    frame 2-5, tokens 5-7 and 7-9. By release: prefill, tokens 2-4 and 4-6, frame 6-9.
    """
    llm = {"npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 2}}
    micro = Micro(
        {"llm": llm, "m": {"npu": 3}},
        job("chat", "llm", 0, prompt_tokens=2, output_tokens=3),
        job("cam", "m", 1),
        backends=ONE,
    )
    assert micro.order(policy) == expected


@pytest.mark.parametrize(("policy", "expected"), [("rm", "A0 B3"), ("edf", "B0 A4")])
def test_rm_looks_at_periods_only(policy: str, expected: str) -> None:
    """A has the shorter period (10,000 against 20,000), B the earlier deadline (5 against 10).

    A takes 3 and B 4: under rm A 0-3 and B 3-7, too late; under edf B 0-4 and A 4-7.
    """
    streams = [
        {"name": "A", "model": "a", "period_ms": 10_000, "deadline_ms": 10},
        {"name": "B", "model": "b", "period_ms": 20_000, "deadline_ms": 5},
    ]
    micro = Micro({"a": {"npu": 3}, "b": {"npu": 4}}, *streams, backends=ONE)
    assert micro.order(policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"), [("sjf", "B0 C2 A6"), ("edf", "C0 A4 B10"), ("fcfs", "A0 B6 C8")]
)
def test_sjf_looks_at_work_only(policy: str, expected: str) -> None:
    """Work 6, 2 and 4, deadlines 10, 20 and 8: sjf runs 2, 4, 6 and misses A's deadline by 2."""
    models = {"a": {"npu": 6}, "b": {"npu": 2}, "c": {"npu": 4}}
    streams = [job("A", "a", 0, 10), job("B", "b", 0, 20), job("C", "c", 0, 8)]
    assert Micro(models, *streams, backends=ONE).order(policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("fcfs", "A npu 0, B gpu 0, C gpu 5"),
        ("static", "A npu 0, C gpu 0, B npu 4"),
        ("edf", "C gpu 0, B npu 0, A npu 4"),
    ],
)
def test_static_waits_for_the_backend_where_a_model_is_fastest(policy: str, expected: str) -> None:
    """At 0 come A (npu 4, gpu 6), B (npu 4, gpu 5) and C (gpu 3), due at 20, 10 and 4.

    In order of arrival A takes the npu, B the gpu that is idle, and C waits for it. Static leaves
    the gpu to C, and B waits for the npu. By deadline C is first, B takes the npu, and A would end
    at 8 there and at 3 + 6 = 9 on the gpu: it waits for the npu.
    """
    models = {"a": {"npu": 4, "gpu": 6}, "b": {"npu": 4, "gpu": 5}, "c": {"gpu": 3}}
    streams = [job("A", "a", 0, 20), job("B", "b", 0, 10), job("C", "c", 0, 4)]

    assert Micro(models, *streams).map(policy) == expected
