"""XRBench's runtime, worked by hand (ms)."""

import pytest

from tests.emulator.policies.micro import Micro, job
from tests.emulator.strategies import Dict

POWERED: tuple[Dict, ...] = ({"name": "npu", "active_w": 1}, {"name": "gpu", "active_w": 20})
MODELS: Dict = {"alpha": {"npu": 5, "gpu": 3}, "zeta": {"npu": 4, "gpu": 9}, "beta": {"npu": 1}}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("xrbench", "first gpu 0, other npu 0, first gpu 3"),
        ("xrbench-edp", "first npu 0, other gpu 0, first npu 5"),
        ("fcfs/fastest-idle/drop-late", "other npu 0, first gpu 0, first gpu 3, short npu 4"),
    ],
)
def test_models_take_turns_by_name_and_take_the_cheapest(policy: str, expected: str) -> None:
    """The stream of zeta comes first, but the name of alpha, which has two frames, one a round.

    By latency alpha takes the gpu (3 against 5). By latency x energy it is 5 x 5 x 1 = 25 on the
    npu against 3 x 3 x 20 = 180, and zeta gets the gpu that is left. beta comes at 1 and is due at
    2: it is dropped at the next instant, 3 or 5. Here fcfs starts it at 4, as it is due at 12.
    """
    due_ms = 1 if policy.startswith("xrbench") else 11
    streams = [
        job("other", "zeta", 0, 50),
        job("first", "alpha", [0, 0], 50),
        job("short", "beta", 1, due_ms),
    ]
    micro = Micro(MODELS, *streams, backends=POWERED)
    assert micro.map(policy) == expected
    dropped = [("short", "drop-late", 3 if policy == "xrbench" else 5)]
    assert micro.drops(policy) == (dropped if policy.startswith("xrbench") else [])


def test_without_power_energy_is_time() -> None:
    """Where the profile lists no power for one of the backends, both policies do the same."""
    streams = [job("other", "zeta", 0, 50), job("first", "alpha", [0, 0], 50)]
    micro = Micro(MODELS, *streams, backends=("npu", {"name": "gpu", "active_w": 20}))
    assert (
        micro.map("xrbench-edp") == micro.map("xrbench") == "first gpu 0, other npu 0, first gpu 3"
    )
