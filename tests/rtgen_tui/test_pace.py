"""The frame rate follows what frames cost."""

from rtgen_tui.screens.pace import BLURRED_HZ, SLOWEST_HZ, WINDOW_S, FrameGovernor


def observe(governor: FrameGovernor, busy: float, windows: int = 1) -> None:
    """Let whole windows pass at this share of a core."""
    for _ in range(windows):
        governor.observe(busy * WINDOW_S, WINDOW_S)


def warm() -> FrameGovernor:
    """A governor whose start-up is over."""
    governor = FrameGovernor(10.0)
    observe(governor, 0.9)
    return governor


def test_the_cost_of_starting_changes_nothing() -> None:
    """The first window holds imports and the first layout."""
    assert warm().hz == 10.0


def test_dear_frames_halve_the_rate() -> None:
    """Above 40 % of a core the rate is halved, window by window."""
    governor = warm()
    observe(governor, 0.41)
    assert governor.hz == 5.0
    observe(governor, 0.41)
    assert governor.hz == 2.5


def test_the_rate_never_falls_below_one_a_second() -> None:
    """A slow picture is better than none."""
    governor = warm()
    observe(governor, 2.0, windows=20)

    assert governor.hz == SLOWEST_HZ


def test_a_wish_below_the_slowest_rate_is_respected() -> None:
    """Halving never makes it faster."""
    governor = FrameGovernor(0.5)
    observe(governor, 2.0, windows=3)

    assert governor.hz == 0.5


def test_cheap_frames_win_the_rate_back_up_to_the_wish() -> None:
    """After a resize or a busy moment the rate recovers, and never goes beyond."""
    governor = warm()
    observe(governor, 0.9, windows=2)
    observe(governor, 0.05, windows=5)

    assert governor.hz == 10.0


def test_affordable_frames_change_nothing() -> None:
    """Between the two limits the rate stays, so that it does not swing."""
    governor = warm()
    observe(governor, 0.9)
    observe(governor, 0.3, windows=5)

    assert governor.hz == 5.0


def test_a_blurred_terminal_is_drawn_twice_a_second() -> None:
    """Nobody looks; the rate is back with the focus."""
    governor = warm()
    governor.blurred = True
    assert governor.hz == BLURRED_HZ
    governor.blurred = False
    assert governor.hz == 10.0


def test_the_share_of_a_core_is_averaged_over_a_window() -> None:
    """One slow frame is not the figure in the header."""
    governor = FrameGovernor(10.0)
    governor.observe(0.3, WINDOW_S / 2)
    assert governor.busy == 0.0
    governor.observe(0.0, WINDOW_S / 2)
    assert governor.busy == 0.3 / WINDOW_S
