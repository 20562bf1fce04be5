"""Band's schedulers, worked by hand (ms)."""

import pytest

from tests.emulator.policies.micro import Micro, job


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("sel", "B npu 0, A gpu 0, X npu 6, Y npu 8"),
        ("heft", "B npu 0, A gpu 0, Y npu 6, X npu 9"),
        ("fcfs/earliest-finish", "A npu 0, B npu 2, X npu 8, Y npu 10"),
    ],
)
def test_sel_places_the_longest_first_and_keeps_its_place(policy: str, expected: str) -> None:
    """A takes 2 on the npu or 3, B 6 or 9; at 4 and 5 come X and Y, 2 and 3, for the npu alone.

    Best finishes at 0: A 2, B 6, both npu, so B is first; then A ends at 8 there or at 3 on the
    gpu. X is put behind B at 4 and stays before Y; heft puts nothing behind: at 6 Y would end at 9,
    X at 8, so Y is first. Without that rule A is first, and B waits for 2 + 6 rather than 9.
    """
    models = {
        "a": {"npu": 2, "gpu": 3},
        "b": {"npu": 6, "gpu": 9},
        "x": {"npu": 2},
        "y": {"npu": 3},
    }
    streams = [job("A", "a", 0), job("B", "b", 0), job("X", "x", 4), job("Y", "y", 5)]
    assert Micro(models, *streams).map(policy) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("heft", "Z npu 0, Q gpu 1, P npu 5"),
        ("fcfs/earliest-finish", "Z npu 0, P npu 5, Q npu 9"),
    ],
)
def test_in_heft_a_slice_that_yields_is_reckoned_with(policy: str, expected: str) -> None:
    """Z holds the npu until 5. At 1 come P (npu 4, gpu 9) and Q (npu 3, gpu 9).

    Best finishes: P 5 + 4 = 9, Q 8. P is first, yields, and makes the npu busy until 9; so Q would
    end at 12 there and at 10 on the gpu: it starts. Without a reservation Q waits for the npu, and
    at 5 loses it to P.
    """
    models = {"z": {"npu": 5}, "p": {"npu": 4, "gpu": 9}, "q": {"npu": 3, "gpu": 9}}
    streams = [job("Z", "z", 0), job("P", "p", 1), job("Q", "q", 1)]
    assert Micro(models, *streams).map(policy) == expected


@pytest.mark.parametrize(
    ("policy", "drops"), [("band-lst", [("P", "policy", 1)]), ("llf", [("P", "early-drop", 6)])]
)
def test_band_gives_up_what_the_wait_makes_late(policy: str, drops: list[object]) -> None:
    """Z holds the npu until 6; P (4, due at 9) comes at 1 and would end at 10.

    Band counts the wait and drops P at once. Alone P could start until 5, so early-drop keeps it
    until the next instant after that.
    """
    models = {"z": {"npu": 6}, "p": {"npu": 4}}
    streams = [job("Z", "z", 0, 20), job("P", "p", 1, 8)]
    micro = Micro(models, *streams)
    assert micro.drops(policy) == drops
    assert micro.order(policy) == "Z0"


def test_band_counts_the_wait_in_the_slack() -> None:
    """P has less laxity, but Q's backend is busy, so Q's slack is less: it is first on the gpu.

    At 1 the npu is busy until 9. P (gpu 4) is due at 12: laxity 7, expected 4, slack 12 - 1 - 4 =
    7. Q (npu 2, gpu 9) is due at 13: laxity 13 - 1 - 2 = 10, but it ends at 11 on the npu and at
    10 on the gpu, so it is expected after 9 and its slack is 3. Q starts on the gpu, 1-10. Then P
    would end at 14, after its deadline, and is given up. Under llf P is first, 1-5, and Q waits
    for the npu, 9-11: both are met.
    """
    models = {"z": {"npu": 9}, "p": {"gpu": 4}, "q": {"npu": 2, "gpu": 9}}
    streams = [job("Z", "z", 0, 50), job("P", "p", 1, 11), job("Q", "q", 1, 12)]
    micro = Micro(models, *streams)
    assert micro.map("band-lst") == "Z npu 0, Q gpu 1"
    assert micro.drops("band-lst") == [("P", "policy", 1)]
    assert micro.map("llf") == "Z npu 0, P gpu 1, Q npu 9"
