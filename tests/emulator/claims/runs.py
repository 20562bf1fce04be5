"""Runs that are over, for the tests of claims."""

from functools import cache
from typing import Final

from emulator.claims.testing import Rtgen
from emulator.session.replayed import FinishedRun
from emulator.simulation import TimedCommand

CHIP: Final[dict[str, object]] = {
    "name": "chip",
    "backends": ["npu", "gpu", "cpu"],
    "models": {
        "blur": {"npu": 6, "gpu": 14},
        "slow": {"cpu": 70},
        "llm": {"npu": {"prefill_ms": {"per_token": 0.5}, "decode_ms": 20}},
    },
}
APPLICATION: Final[dict[str, object]] = {
    "name": "busy",
    "streams": [
        {"name": "cam", "model": "blur", "rate_hz": 30, "deadline_ms": 12},
        {"name": "v1.5", "model": "blur", "rate_hz": 20},
        {"name": "cpu", "model": "slow", "period_ms": 60, "late": "drop"},
        {
            "name": "chat-box",
            "arrival": {"process": "poisson", "mean_interval_s": "1/2"},
            "stages": [
                {
                    "name": "think",
                    "model": "llm",
                    "prompt_tokens": 40,
                    "output_tokens": [1, 6],
                    "ttft_ms": 60,
                    "tpot_ms": 30,
                },
                {"name": "show", "model": "blur", "after": ["think"], "deadline_ms": 150},
            ],
        },
    ],
}


@cache
def busy(
    policy: str = "fcfs", seed: int = 0, commands: tuple[TimedCommand, ...] = ()
) -> FinishedRun:
    """A run that misses some deadlines of each kind."""
    return (
        Rtgen()
        .simulate(
            CHIP, APPLICATION, policy, duration_s=4, seed=seed, noise=False, commands=commands
        )
        .run
    )
