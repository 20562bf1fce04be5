"""The policies in one row."""

import pytest

from emulator.snapshot import PolicyView
from rtgen_tui.widgets.policy_strip import PolicyStrip
from tests.rtgen_tui.snapshots_for_tests import hostile_snapshot, make_snapshot
from tests.rtgen_tui.widgets.stage import drawn


async def strip(width: int, **changes: object) -> str:
    """The row for the example at this width."""
    return (await drawn(PolicyStrip(), width, 1, make_snapshot(**changes)))[0].rstrip()


async def test_one_row_says_which_policy_misses_less() -> None:
    """Every policy with its misses, the active one marked, and the trend of the run."""
    assert await strip(80) == (
        " policy  fcfs 8.4 %  static 3.8 % ▶edf 2.1 %  llf -  hybrid -  miss/min 120 60s"
    )


async def test_in_less_room_the_trend_goes_first_then_what_has_no_score() -> None:
    """The active policy stays; how many are missing is said."""
    assert await strip(62) == " policy  fcfs 8.4 %  static 3.8 % ▶edf 2.1 %  llf -  hybrid -"
    assert await strip(52) == " policy  fcfs 8.4 %  static 3.8 % ▶edf 2.1 %  +2"
    assert await strip(30) == " policy ▶edf 2.1 %  +4"


async def test_a_long_name_does_not_push_the_others_out() -> None:
    """It is cut, and the cut is marked."""
    long = PolicyView("edf/earliest-finish/early-drop/chunk-128", "", True, 1, 5.0, 0, 90)
    short = PolicyView("fcfs", "", False, 1, 5.0, 9, 90)

    row = await strip(60, policies=(long, short))

    assert row.startswith(" policy ▶edf/earliest-finish… 0 %  fcfs 10.0 %")


@pytest.mark.parametrize("width", [1, 20, 80])
async def test_hostile_names_do_no_harm(width: int) -> None:
    """Neither escape sequences nor wide characters break the row."""
    row = (await drawn(PolicyStrip(), width, 1, hostile_snapshot()))[0]

    assert "\x1b" not in row


async def test_without_policies_the_row_is_empty() -> None:
    """Nothing is invented."""
    assert await strip(80, policies=()) == ""
