"""The top line in its states and widths."""

import pytest

from emulator.snapshot import Pace, Snapshot
from rtgen_tui.widgets.header import HeaderBar
from tests.rtgen_tui.snapshots_for_tests import make_snapshot
from tests.rtgen_tui.widgets.stage import drawn, picture, staged

LONG = " rtgen ● LIVE 00:02:14.3 │ scenario video-call │ ryzen-ai-9-hx-370 │ 3 edf │ seed 42"
SLOW = Pace(1.0, 9.0, 40.0, 3.2, False)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (120, f"{LONG} │ ×1 │ 10 fps, ui 8 %"),
        (104, f"{LONG} │ ×1 │ ui 8 %"),
        (80, " rtgen ● LIVE 00:02:14.3 │ scenario video-call │ ryzen-ai-9-hx-370 │ 3 edf"),
        (60, " ● LIVE 00:02:14.3 │ scenario video-call │ 3 edf"),
        (40, " ● LIVE 00:02:14.3 │ video-call │ 3 edf"),
        (20, " ● LIVE 00:02:14.3"),
        (12, " ● 02:14.3"),
        (5, " ● 0…"),
    ],
)  # fmt: skip
async def test_figures_leave_in_order_of_importance(width: int, expected: str) -> None:
    """State and time stay to the end."""
    header = HeaderBar()

    async with staged(header, width, 1, make_snapshot()):
        header.fps, header.ui_percent = 10, 8

        assert picture(header) == [expected]


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        (make_snapshot(state="paused"), "‖ PAUSED 00:02:14.300000"),
        (make_snapshot(state="ended"), "■ ENDED 00:02:14.3"),
        (make_snapshot(speed=10.0, pace=SLOW), "▲ host cannot keep pace: ×3.2 of ×10"),
        (make_snapshot(policy="my/policy", policies=()), "│ my/policy │"),
    ],
)
async def test_states_are_words(snapshot: Snapshot, expected: str) -> None:
    """Glyph and word, so that color is not needed."""
    (line,) = await drawn(HeaderBar(), 160, 1, snapshot)

    assert expected in line


async def test_a_paused_run_is_not_blamed_for_its_pace() -> None:
    """Nobody asks for progress while the engine stands still."""
    (line,) = await drawn(HeaderBar(), 160, 1, make_snapshot(state="paused", pace=SLOW))

    assert "pace" not in line


@pytest.mark.parametrize(("achieved", "warns"), [(97.9, True), (98.0, False), (109.0, False)])
async def test_a_run_at_the_speed_asked_for_is_not_called_slow(
    achieved: float, warns: bool
) -> None:
    """Being behind alone says nothing to the user; running slower than asked does."""
    pace = Pace(1.0, 9.0, 40.0, achieved, False)
    (line,) = await drawn(HeaderBar(), 160, 1, make_snapshot(speed=100.0, pace=pace))

    assert ("host cannot keep pace" in line) is warns


async def test_trouble_of_the_screen_itself_is_shown() -> None:
    """A frozen screen and a dead core appear at once, without a new snapshot."""
    header = HeaderBar()

    async with staged(header, 120, 1, make_snapshot()):
        header.frozen = True
        header.connection = "core died"

        assert picture(header)[0].startswith(
            " rtgen ● LIVE 00:02:14.3 │ ! core died │ ‖ screen frozen │ scenario video-call"
        )


async def test_before_the_first_snapshot_it_says_that_it_waits() -> None:
    """An empty line would look broken."""
    header = HeaderBar()

    async with staged(header, 60, 1):
        assert picture(header) == [" rtgen ○ waiting for the core"]
