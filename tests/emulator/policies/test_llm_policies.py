"""Policies for language models, worked by hand (ms)."""

import pytest

from emulator.policies import find_policy
from tests.emulator.policies.micro import Micro, job
from tests.emulator.strategies import Dict

LLM: Dict = {
    "npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 3},
    "gpu": {"prefill_ms": {"per_token": 2}, "decode_ms": 2},
}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("npu-only", "chat npu 0, cam npu 4, chat npu 7"),
        ("amd-hybrid", "chat npu 0, cam npu 4, chat gpu 4"),
        ("hybrid", "cam npu 0, chat npu 3, chat gpu 7"),
    ],
)
def test_phases_run_on_their_kind_of_backend(policy: str, expected: str) -> None:
    """A prompt of 4 tokens, due at 5, and a token; a frame (npu 3) is due at 6.

    The prompt is due first and takes the npu until 4; the frame is late at 7. ``npu-only`` lets the
    token wait for it, ``amd-hybrid`` writes it on the gpu. Only ``hybrid`` sees that the frame
    would miss and runs it first.
    """
    chat = job("chat", "llm", 0, prompt_tokens=4, output_tokens=2, ttft_ms=5)
    micro = Micro({"llm": LLM, "m": {"npu": 3}}, chat, job("cam", "m", 0, 6))
    assert micro.map(policy) == expected


def test_amd_reads_in_chunks_of_2048() -> None:
    """``chunk_size`` of its long-context mode: 3,000 tokens are 2,048 and 952."""
    assert find_policy("amd-hybrid").rule.chunk == 2048
    chat = job("chat", "llm", 0, prompt_tokens=3_000, output_tokens=1)
    micro = Micro({"llm": LLM}, chat)
    assert micro.map("amd-hybrid") == "chat npu 0, chat npu 2048"
    assert micro.map("npu-only") == "chat npu 0"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("sarathi", "R0 R4 P6 R10 P12 R16 Q18"),
        ("fcfs-slice/first-idle/keep/chunk-512", "R0 P4 Q8 R12 P14 R18 R20"),
        ("fcfs/first-idle/keep/chunk-512", "R0 R4 R6 R8 P10 P14 Q18"),
    ],
)
def test_sarathi_never_stalls_a_running_answer(policy: str, expected: str) -> None:
    """R reads 512 tokens (4) and writes 3 more (2 each); at 1 come P (1,024 to read) and Q (512).

    Each iteration takes R's token and one chunk, P's second one before Q: token 4-6, P 6-10, token
    10-12, P 12-16, token 16-18, Q 18-22. In turns R waits for P and Q at 4; in order of release P
    waits for the whole answer.
    """
    model: Dict = {"npu": {"prefill_ms": {"per_token": "1/128"}, "decode_ms": 2}}
    streams = [
        job("R", "llm", 0, prompt_tokens=512, output_tokens=4),
        job("P", "llm", 1, prompt_tokens=1024, output_tokens=1),
        job("Q", "llm", 1, prompt_tokens=512, output_tokens=1),
    ]
    assert Micro({"llm": model}, *streams, backends=("npu",)).order(policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("agent-xpu", "Z npu 0, R npu 6, P gpu 6"),
        ("hybrid", "Z npu 0, P gpu 1, R npu 6"),
        ("edf", "Z npu 0, P gpu 1, R npu 6"),
    ],
)
def test_proactive_work_has_to_fit_in_the_slack(policy: str, expected: str) -> None:
    """Z holds the npu until 6; at 1 come R (npu 3, gpu 10, due at 12) and P (gpu 4, no deadline).

    R would end at 9 on the npu and at 11 on the gpu: it waits. It could start on the gpu until 12 -
    10 = 2, and P would hold the gpu until 5: P waits as well, until R has started at 6.
    """
    models = {"z": {"npu": 6}, "r": {"npu": 3, "gpu": 10}, "p": {"gpu": 4}}
    streams = [job("Z", "z", 0, 50), job("R", "r", 1, 11), job("P", "p", 1)]
    assert Micro(models, *streams).map(policy) == expected
