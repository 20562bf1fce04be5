"""What a policy is told of a waiting slice, worked by hand (ms)."""

from collections.abc import Sequence

import pytest

from emulator.policies import BackendState, ReadySlice, Run
from tests.emulator.scripted import NAME, Scripted, install, sensible
from tests.emulator.strategies import MS, Case, Dict

PROFILE: Dict = {
    "backends": [{"name": "npu", "active_w": 2}, {"name": "gpu", "active_w": 10}],
    "models": {
        "ears": {"npu": {"latency_ms": 4, "active_w": 1}, "gpu": 6},
        "llm": {
            "npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 5},
            "gpu": {"prefill_ms": {"per_token": 2}, "decode_ms": 3},
        },
    },
}
STAGES: list[Dict] = [
    {"name": "hear", "model": "ears"},
    {"name": "think", "model": "llm", "after": ["hear"], "prompt_tokens": 8, "output_tokens": 3,
     "ttft_ms": 10},
    {"name": "watch", "model": "ears"},
]  # fmt: skip
TURN: Dict = {"name": "turn", "arrivals_ms": [1], "deadline_ms": 30, "stages": STAGES}


def told(monkeypatch: pytest.MonkeyPatch, streams: list[Dict]) -> dict[tuple[str, int], ReadySlice]:
    """What a policy was first told of each (stage, slices done)."""
    seen: dict[tuple[str, int], ReadySlice] = {}

    def script(
        now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Run]:
        for each in ready:
            seen.setdefault((each.stage, each.done), each)
        return sensible(now_ns, ready, backends)

    policy = Scripted(script)
    install(monkeypatch, policy)
    Case(PROFILE, {"streams": streams}, NAME).journal()
    return seen


def test_work_and_urgency_follow_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hear takes 4, think 8 to read and 2 x 3 to write: 18 in all; the turn is due at 31.

    It has to start by 31 - 18 = 13. Hear runs on the npu, 1-5, and watch on the gpu, 1-7. At 5 the
    prompt becomes ready and 14 are left: by 17 for the deadline, by 5 + 10 - 8 = 7 for the target
    of the first token. It is read by 13, when 6 are left: by 25.
    """
    seen = told(monkeypatch, [TURN])
    hear, read, write = seen["hear", 0], seen["think", 0], seen["think", 1]
    assert (hear.job_whole_ns, hear.job_rest_ns) == (18 * MS, 18 * MS)
    assert (hear.latest_start_ns, hear.doom_ns) == (13 * MS, 13 * MS)
    assert (read.job_whole_ns, read.job_rest_ns) == (18 * MS, 14 * MS)
    assert (read.latest_start_ns, read.doom_ns) == (7 * MS, 17 * MS)
    assert (write.job_whole_ns, write.job_rest_ns) == (18 * MS, 6 * MS)
    assert (write.latest_start_ns, write.doom_ns) == (25 * MS, 25 * MS)


def test_home_and_power_are_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """512 read and 128 written: 512 + 640 ms on the npu, 1024 + 384 on the gpu.

    A model's own power comes before that of the backend.
    """
    seen = told(monkeypatch, [TURN])
    assert [seen[key].home for key in (("hear", 0), ("think", 0), ("think", 1))] == [0, 0, 0]
    assert seen["hear", 0].power_uw == (1_000_000, 10_000_000)
    assert seen["think", 0].power_uw == (2_000_000, 10_000_000)
    assert [seen[key].model for key in (("hear", 0), ("think", 0))] == ["ears", "llm"]


def test_a_job_that_runs_elsewhere_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watch still runs when the prompt becomes ready at 5, and has ended when the answer begins."""
    seen = told(monkeypatch, [TURN])
    assert not seen["hear", 0].job_runs
    assert seen["think", 0].job_runs
    assert not seen["think", 1].job_runs


def test_without_a_deadline_nothing_is_urgent(monkeypatch: pytest.MonkeyPatch) -> None:
    """None stands for an instant that never comes."""
    free: Dict = {"name": "free", "model": "ears", "arrivals_ms": [0]}
    seen = told(monkeypatch, [free])
    assert (seen["free", 0].latest_start_ns, seen["free", 0].doom_ns) == (None, None)
    assert seen["free", 0].job_rest_ns == seen["free", 0].job_whole_ns == 4 * MS
