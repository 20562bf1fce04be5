"""The policy of our own, worked by hand (ms)."""

import pytest

from emulator.policies.adaptive import Adaptive, Ingredients
from emulator.policies.own import own_policy
from tests.emulator.policies.micro import Micro, job
from tests.emulator.strategies import Dict

CHAT: Dict = {"npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 3}}
CAM = job("A", "a", [0, 10, 20, 30], 4)
"""A frame of 2 ms every 10 ms, due 4 ms after its release."""


def without(**switches: bool) -> str:
    """Adaptive without an ingredient, by a name that cases can be run under."""
    return own_policy(Adaptive(Ingredients(**switches)))  # type: ignore[return-value]


def long_frame() -> Micro:
    """L takes 8 and comes at 15, when the npu is idle; the gpu is held until 100."""
    models = {"a": {"npu": 2}, "l": {"npu": 8}, "z": {"gpu": 100}}
    return Micro(models, CAM, job("Z", "z", 0), job("L", "l", 15, 60))


def test_it_holds_a_long_frame_back_for_one_that_is_not_there_yet() -> None:
    """Two releases of A tell its period, so A is expected at 20 and due at 24.

    Begun at 15, L would end at 23 and A at 25. After A, 22-30, L does no harm.
    """
    assert long_frame().map("adaptive") == (
        "A npu 0, Z gpu 0, A npu 10, A npu 20, L npu 22, A npu 30"
    )
    for other in ("hybrid", "llf"):
        assert long_frame().map(other) == "A npu 0, Z gpu 0, A npu 10, L npu 15, A npu 30"


def test_without_the_forecast_it_does_not() -> None:
    """What it is not told of cannot be waited for."""
    started = long_frame().map(without(forecast=False))
    assert started == "A npu 0, Z gpu 0, A npu 10, L npu 15, A npu 30"


def test_with_nothing_running_something_is_started() -> None:
    """Nobody would ask again if A never came: L starts at 15 where the whole chip is idle."""
    micro = Micro({"a": {"npu": 2}, "l": {"npu": 8}}, CAM, job("L", "l", 15, 60))
    assert micro.order("adaptive") == "A0 A10 L15 A30"


def test_a_prompt_is_read_in_pieces_that_fit_between_frames() -> None:
    """A prompt of 24 tokens, 1 ms each, is asked at 12; A is due at 24, 34.

    16 tokens would end at 28 and A at 30: 8 tokens, 12-20. After A another 8, 22-30, and again. A
    fixed chunk of 8 does the same here and pays for it where there are no frames.
    """
    chat = job("chat", "llm", 12, prompt_tokens=24, output_tokens=1, ttft_ms=100)
    micro = Micro({"a": {"npu": 2}, "llm": CHAT}, CAM, chat, backends=("npu",))
    assert micro.order("adaptive") == "A0 A10 chat12 A20 chat22 A30 chat32"
    assert micro.order("hybrid") == "A0 A10 chat12"
    alone = Micro({"llm": CHAT}, chat, backends=("npu",))
    assert alone.order("adaptive") == "chat12"


def test_without_pieces_the_prompt_waits_or_does_harm() -> None:
    """Whole, it fits nowhere between frames; with nothing running it is started all the same."""
    chat = job("chat", "llm", 12, prompt_tokens=24, output_tokens=1, ttft_ms=100)
    micro = Micro({"a": {"npu": 2}, "llm": CHAT}, CAM, chat, backends=("npu",))
    assert micro.order(without(chunks=False)) == "A0 A10 chat12"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("adaptive", "chat0 F8"),
        ("hybrid", "F0 chat4"),
        ("edf", "F0 chat4"),
        ("agent-xpu", "F0 chat4"),
    ],
)
def test_a_prompt_takes_the_slack_of_a_frame(policy: str, expected: str) -> None:
    """F takes 4 and is due at 20, the prompt takes 8 and should be read by 50: both orders do.

    Nobody sees a frame that is early, but somebody waits for the first token.
    """
    chat = job("chat", "llm", 0, prompt_tokens=8, output_tokens=1, ttft_ms=50)
    micro = Micro({"f": {"npu": 4}, "llm": CHAT}, job("F", "f", 0, 20), chat, backends=("npu",))
    assert micro.order(policy) == expected
    if policy == "adaptive":
        assert micro.order(without(prompts_first=False)) == "F0 chat4"


def test_a_frame_leaves_the_backend_that_an_answer_wants() -> None:
    """An answer is written on the gpu (5 a token) and nowhere else; its prompt is read at 4.

    F comes at 4 and takes 2 there or 6 on the cpu, due at 24. It goes to the cpu, and the tokens
    follow each other; without that, and under hybrid, a token waits for it.
    """
    llm: Dict = {"gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 5}}
    models = {"f": {"gpu": 2, "cpu": 6}, "llm": llm}
    chat = job("chat", "llm", 0, prompt_tokens=4, output_tokens=3, ttft_ms=50, tpot_ms=50)
    micro = Micro(models, job("F", "f", 4, 20), chat, backends=("gpu", "cpu"))
    assert micro.map("adaptive") == "chat gpu 0, F cpu 4, chat gpu 4, chat gpu 9"
    expected = "chat gpu 0, F gpu 4, chat gpu 6, chat gpu 11"
    assert micro.map(without(room=False)) == expected
    assert micro.map("hybrid") == expected


def test_what_costs_more_misses_than_it_saves_is_given_up() -> None:
    """L takes 28 and is due at 50. Begun at 12 it would end at 40, and A of 20 and 30 be lost.

    From 22 on it can be met no more and is dropped. llf meets L and loses two frames.
    """
    models = {"a": {"npu": 2}, "l": {"npu": 28}, "z": {"gpu": 100}}
    micro = Micro(models, CAM, job("Z", "z", 0), job("L", "l", 12, 38))
    assert micro.drops("adaptive") == [("L", "policy", 30)]
    assert micro.map("adaptive") == "A npu 0, Z gpu 0, A npu 10, A npu 20, A npu 30"
    assert micro.map("llf") == "A npu 0, Z gpu 0, A npu 10, L npu 12"


def test_of_two_that_cannot_both_be_met_one_is() -> None:
    """Two frames of 6 are due at 10: one runs, the other is given up when it is too late."""
    streams = [job("P", "m", 0, 10), job("Q", "m", 0, 10)]
    micro = Micro({"m": {"npu": 6}}, *streams, backends=("npu",))
    assert micro.order("adaptive") == "P0"
    assert micro.drops("adaptive") == [("Q", "policy", 6)]
    assert micro.order(without(give_up=False)) == "P0 Q6"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("adaptive", "Z npu 0, P npu 5"),
        ("sjf", "Z npu 0, P gpu 1"),
        ("fcfs", "Z npu 0, P gpu 1"),
    ],
)
def test_a_token_waits_for_the_faster_backend_no_longer_than_it_loses(
    policy: str, expected: str
) -> None:
    """Z holds the npu until 5; a prompt that takes 2 there or 12 on the gpu is asked at 1."""
    llm: Dict = {
        "npu": {"prefill_ms": {"per_token": 2}},
        "gpu": {"prefill_ms": {"per_token": 12}},
    }
    chat = job("P", "llm", 1, prompt_tokens=1, output_tokens=1, ttft_ms=50)
    micro = Micro({"z": {"npu": 5}, "llm": llm}, job("Z", "z", 0, 50), chat)
    assert micro.map(policy) == expected


def test_a_token_takes_the_slower_backend_if_it_ends_there_first() -> None:
    """G holds the gpu from 4 to 12; a token takes 3 there or 4 on the npu, which is idle.

    On the gpu the second token would end at 15, on the npu it ends at 8, and the third at 12.
    """
    llm: Dict = {"npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 4}, "gpu": {"decode_ms": 3}}
    chat = job("chat", "llm", 0, prompt_tokens=1, output_tokens=5, ttft_ms=50, tpot_ms=50)
    micro = Micro({"g": {"gpu": 8}, "llm": llm}, job("G", "g", 4, 20), chat)
    assert micro.map("adaptive") == (
        "chat npu 0, chat gpu 1, G gpu 4, chat npu 4, chat npu 8, chat gpu 12"
    )


def prompt_beside_frames(**frame: int) -> Micro:
    """A frame every 10 ms, due 8 ms after its release; a prompt of 16 tokens is asked at 12."""
    llm: Dict = {
        "npu": {"prefill_ms": {"per_token": "1.5"}},
        "gpu": {"prefill_ms": {"per_token": 1}},
    }
    frames = job("A", "a", [0, 10, 20, 30, 40], 8)
    chat = job("chat", "llm", 12, prompt_tokens=16, output_tokens=1, ttft_ms=100)
    return Micro({"a": frame, "llm": llm}, frames, chat, backends=("gpu", "npu", "cpu"))


def test_a_prompt_goes_where_all_of_it_is_read_first() -> None:
    """The gpu is held until 16; frames of 6 come at 20, 30, 40: read there by 50, on the npu by 36.

    By the cost alone it is the gpu, 32. But no piece fits there, so that nothing would run at 16
    and 28: a piece of 8 tokens is started where it does no harm.
    """
    micro = prompt_beside_frames(gpu=6)
    frames = "A gpu 20, A gpu 30, A gpu 40"
    assert micro.map("adaptive") == f"A gpu 0, A gpu 10, chat npu 12, {frames}"
    started = micro.map(without(whole_prompts=False))
    pieces = "chat npu 16, A gpu 20, chat npu 28, A gpu 30, A gpu 40"
    assert started == f"A gpu 0, A gpu 10, {pieces}"


def test_frames_that_can_go_elsewhere_do_not_hold_a_prompt_up() -> None:
    """Frames may take 7 on the cpu: from 16 on the gpu is the prompt's, read by 32."""
    micro = prompt_beside_frames(gpu=6, cpu=7)
    started = micro.map("adaptive")
    assert started == "A gpu 0, A gpu 10, chat gpu 16, A cpu 20, A cpu 30, A gpu 40"


def test_a_prompt_goes_elsewhere_than_the_one_that_is_read() -> None:
    """P reads 200 tokens on the gpu, in pieces of 128 and 72. Q, 40 tokens, is asked at 100.

    The gpu is free at 128, but P goes on until 200: Q would be read by 240, on the npu by 180.
    """
    llm: Dict = {
        "npu": {"prefill_ms": {"per_token": 2}},
        "gpu": {"prefill_ms": {"per_token": 1}},
    }
    p = job("P", "llm", 0, prompt_tokens=200, output_tokens=1, ttft_ms=500)
    q = job("Q", "llm", 100, prompt_tokens=40, output_tokens=1, ttft_ms=500)
    micro = Micro({"llm": llm}, p, q)
    assert micro.map("adaptive") == "P gpu 0, Q npu 100, P gpu 128"
    assert micro.map(without(whole_prompts=False)) == "P gpu 0, P gpu 128, Q npu 128"
