"""The policy files that misbehave, and a small application to try them on."""

from pathlib import Path
from typing import Final

import pytest

from emulator.policies.overtime import TimeLimit
from tests.emulator.strategies import Case, Dict

FOLDER: Final = Path(__file__).parents[2] / "data" / "policies"
CLASS: Final = "Policy"
FAILING: Final = {
    "raise_at_random": "ValueError: bad luck",
    "huge_output": "returned more than 2 decisions for 2 slices that wait",
    "duplicate_run": "it started a slice twice",
    "unknown_backend": "where the slice cannot run",
    "wrong_type": "it returned 'run everything', not a list of Run and Drop",
    "infinite_loop": "took longer than 50 ms in one decision",
}
"""Files whose policy fails, and what is said of it; a loop may take 50 ms."""

PROFILE: Dict = {
    "backends": ["npu", "gpu"],
    "models": {
        "blur": {"npu": 4, "gpu": 6},
        "llm": {"npu": {"prefill_ms": {"per_token": 0.5}, "decode_ms": 4}},
    },
}
SCENARIO: Dict = {
    "name": "call",
    "streams": [
        {"name": "cam", "model": "blur", "period_ms": 10},
        {
            "name": "chat",
            "model": "llm",
            "period_ms": 100,
            "prompt_tokens": 8,
            "output_tokens": 3,
        },
    ],
}


def be_impatient_with_loops(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupts the one that never comes back after 50 ms; a busy machine may delay the others."""
    if file == "infinite_loop":
        monkeypatch.setattr(TimeLimit.__init__, "__defaults__", (50_000_000, "decision"))


def named(file: str) -> str:
    """The policy of one of the files."""
    return f"{FOLDER / file}.py:{CLASS}"


def case(policy: str, duration_ms: int = 1000) -> Case:
    """A run under it."""
    return Case(PROFILE, SCENARIO, policy, duration_ms=duration_ms)
