"""Policies with a score, worked by hand (ms)."""

import pytest

from tests.emulator.policies.micro import Micro, job

ONE = ("npu",)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("dream", "A npu 0, B gpu 0"), ("edf", "B npu 0, A gpu 0")],
)
def test_dream_takes_the_pair_with_the_highest_map_score(policy: str, expected: str) -> None:
    """A: npu 2, gpu 4, due at 20; B: npu 4, gpu 5, due at 10. Power is unknown, so energy is time.

    Urgency: A 3/20 = 0.15, B 4.5/10 = 0.45. Preference = energy score: A 6/2 = 3 and 6/4 = 1.5,
    B 9/4 = 2.25 and 9/5 = 1.8. MapScore: A 0.15 x 3 + 3 = 3.45 and 1.725; B 0.45 x 2.25 + 2.25 =
    3.26 and 2.61. So A gets the npu, then B the gpu. By deadline B is first.
    """
    models = {"a": {"npu": 2, "gpu": 4}, "b": {"npu": 4, "gpu": 5}}
    assert Micro(models, job("A", "a", 0, 20), job("B", "b", 0, 10)).map(policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("prema", "S0 S2 S4 L6 S9 S11"), ("sjf", "S0 S2 S4 S6 S8 L10")],
)
def test_prema_runs_what_was_slowed_down_most(policy: str, expected: str) -> None:
    """Short jobs of 2 come every 2; the long one of 3 has 1 + 6/3 = 3 tokens at 6.

    At 2 it has 1.67, at 4 2.33, and the fresh short job 1: the threshold is 1, the shorter one
    runs. At 6 the threshold is 3, and only the long one reaches it.
    """
    models = {"s": {"npu": 2}, "l": {"npu": 3}}
    streams = [job("L", "l", 0), job("S", "s", [0, 2, 4, 6, 8])]
    assert Micro(models, *streams, backends=ONE).order(policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"), [("planaria", "Z0 B6 C8 A10"), ("edf", "Z0 A6 B8 C10")]
)
def test_planaria_runs_late_jobs_last(policy: str, expected: str) -> None:
    """Z runs until 6. A was due at 4: 1/-2 = -0.5; B is due at 21: 1/15; C has no deadline: 0.

    Only the order differs from EDF.
    """
    models = {"z": {"npu": 6}, "m": {"npu": 2}}
    streams = [job("Z", "z", 0, 100), job("A", "m", 1, 3), job("B", "m", 1, 20), job("C", "m", 1)]
    assert Micro(models, *streams, backends=ONE).order(policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("dysta", "C0 B1 A4"), ("sjf", "C0 A1 B3"), ("edf", "B0 C3 A4")],
)
def test_dysta_corrects_the_shortest_job_by_its_slack(policy: str, expected: str) -> None:
    """Work 2, 3 and 1, due at 202, 13 and 30.

    Scores at 0: A 2 + 0.01 x 200 = 4, B 3 + 0.01 x 10 = 3.1, C 1 + 0.01 x 29 = 1.29. At 1: A 2 +
    0.01 x (199 + 1/2/2) = 3.99, B 3 + 0.01 x (9 + 1/3/2) = 3.09.
    """
    models = {"a": {"npu": 2}, "b": {"npu": 3}, "c": {"npu": 1}}
    streams = [job("A", "a", 0, 202), job("B", "b", 0, 13), job("C", "c", 0, 30)]
    assert Micro(models, *streams, backends=ONE).order(policy) == expected
