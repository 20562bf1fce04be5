"""XSched's policies, worked by hand (ms)."""

import pytest

from tests.emulator.policies.micro import Micro, job


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("lax", "U0 V5 F10 W12"), ("fcfs", "U0 V5 W10 F15"), ("edf", "F0 U2 V7 W12")],
)
def test_lax_lets_a_frame_overtake_once_a_quarter_of_its_time_is_gone(
    policy: str, expected: str
) -> None:
    """Three long jobs of 5, due in 3,000, and a frame of 2, due in 40: critical from 10 on.

    At 5 the frame is not critical and V came before it; at 10 it is, and W has to wait.
    """
    streams = [*(job(name, "long", 0, 3_000) for name in "UVW"), job("F", "frame", 0, 40)]
    models = {"long": {"npu": 5}, "frame": {"npu": 2}}
    assert Micro(models, *streams, backends=("npu",)).order(policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("kedf", "A npu 0, B npu 5, C gpu 5"), ("edf", "A npu 0, C gpu 0, B npu 5")],
)
def test_kedf_suspends_all_but_the_k_earliest(policy: str, expected: str) -> None:
    """C (gpu, due at 30) may not run at 0, though its device is idle.

    A and B (npu, due at 10 and 20) are the two earliest. At 5 A is gone and C is among the two.
    """
    models = {"n": {"npu": 5}, "g": {"gpu": 5}}
    streams = [job("A", "n", 0, 10), job("B", "n", 0, 20), job("C", "g", 0, 30)]
    assert Micro(models, *streams).map(policy) == expected
