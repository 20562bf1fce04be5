"""The admission ``skip``: optional jobs of (m, k)-firm streams, worked by hand."""

import pytest

from emulator.catalog import load_scenario
from emulator.commands import SwapPolicy
from emulator.errors import UserError
from emulator.journal import COMPLETED, DROPPED, STARTED
from tests.emulator.audit import audited
from tests.emulator.strategies import MS, Case, Dict

PROFILE: Dict = {"backends": ["npu"], "models": {"m": {"npu": 6}, "long": {"npu": 9}}}


def stream(**more: object) -> Dict:
    """A frame of 6 ms every 5 ms: more than the chip can do."""
    return {"name": "cam", "model": "m", "period_ms": 5, "deadline_ms": 10, **more}


def numbers(case: Case, kind: str) -> list[object]:
    """Job numbers of the events of one kind."""
    return [event[3] for event in case.journal() if event[0] == kind]


@pytest.mark.parametrize(
    ("firm", "kept"),
    [
        ([1, 2], [0, 2, 4, 6]),
        ([1, 3], [0, 3, 6]),
        ([2, 3], [0, 1, 3, 4, 6, 7]),
        ([3, 5], [0, 1, 3, 5, 6]),
        ([2, 2], [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_m_of_k_jobs_are_mandatory_and_spread_evenly(firm: list[int], kept: list[int]) -> None:
    """Job a is mandatory if a = floor(ceil(a m / k) k / m).

    For 3 of 5: a = 1: ceil(0.6) = 1, floor(1.67) = 1, mandatory; a = 2: ceil(1.2) = 2, floor(3.33)
    = 3, optional; a = 3: ceil(1.8) = 2, 3, mandatory; a = 4: ceil(2.4) = 3, 5, optional.
    """
    case = Case(
        PROFILE, {"streams": [stream(firm=firm)]}, "edf/earliest-finish/skip", duration_ms=40
    )
    assert numbers(case, STARTED) == kept
    audited(case, case.journal())


@pytest.mark.parametrize(
    ("admission", "outcomes", "dropped"),
    [
        ("skip", ["met", "met", "met", "met"], [1, 3, 5, 7]),
        ("keep", ["met", "met", "met", "met", "met", "late", "late", "late"], []),
    ],
)
def test_skipping_keeps_the_others_in_time(
    admission: str, outcomes: list[str], dropped: list[int]
) -> None:
    """Six of every five ms are asked for: job n ends at 6 (n + 1), due at 5 n + 10.

    Every second one alone ends at 10 n + 6, in time. Kept, jobs 5, 6 and 7 end at 36, 42 and 48
    and were due at 35, 40 and 45.
    """
    case = Case(
        PROFILE,
        {"streams": [stream(firm=[1, 2])]},
        f"edf/earliest-finish/{admission}",
        duration_ms=40,
    )
    events = case.journal()
    assert [event[4] for event in events if event[0] == COMPLETED] == outcomes
    assert numbers(case, DROPPED) == dropped
    assert {event[4] for event in events if event[0] == DROPPED} <= {"skip"}


def test_a_job_is_skipped_when_it_is_released() -> None:
    """At once, so that it never waits; a stream without ``firm`` loses nothing."""
    streams = [stream(firm=[1, 2]), {"name": "x", "model": "long", "period_ms": 20}]
    case = Case(PROFILE, {"streams": streams}, "edf/earliest-finish/skip", duration_ms=40)
    dropped = [event[1:5] for event in case.journal() if event[0] == DROPPED]
    assert dropped == [
        (at * MS, 0, number, "skip") for at, number in ((5, 1), (15, 3), (25, 5), (35, 7))
    ]


def test_what_has_begun_is_not_skipped() -> None:
    """A swap to ``skip`` finds job 1 between two slices: it goes on."""
    profile: Dict = {"backends": ["npu"], "models": {"m": {"npu": {"slices_ms": [1, 3]}}}}
    swap = (6 * MS, SwapPolicy("edf/earliest-finish/skip"))
    case = Case(profile, {"streams": [stream(firm=[1, 2])]}, "edf", (swap,), duration_ms=15)
    assert numbers(case, DROPPED) == []
    assert numbers(case, COMPLETED) == [0, 1, 2]


@pytest.mark.parametrize(
    ("firm", "words"),
    [
        ([3, 2], "firm: expected [m, k], m of any k jobs in a row, not [3, 2]"),
        ([2], "firm: expected [m, k], m of any k jobs in a row, not [2]"),
        ([0, 2], "firm[0]: expected a whole number from 1 to 1000, not 0"),
        ("1/2", "firm: expected a list, not '1/2'"),
    ],
)
def test_a_wrong_firm_gets_one_sentence(firm: object, words: str) -> None:
    """It names the key and what would be right."""
    with pytest.raises(UserError) as error:
        load_scenario({"streams": [stream(firm=firm)]})
    assert str(error.value) == f"<dict>: stream 'cam': {words}"
