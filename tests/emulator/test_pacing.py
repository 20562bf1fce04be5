"""Lateness figures: percentiles of the last ten seconds, never flattering."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.serving.pacing import PaceHealth
from tests.emulator.paced_fakes import MS, S


@given(st.lists(st.integers(0, 400 * MS), min_size=1, max_size=300))
def test_percentiles_bound_the_true_ones(lateness: list[int]) -> None:
    """p50 and p99 are at most an eighth above the true percentile and never below; max is exact."""
    health = PaceHealth()
    for value in lateness:
        health.record(0, value)
    pace = health.pace(0, 0, asked_speed=1.0)
    ordered = sorted(lateness)
    for shown_ms, share in ((pace.lateness_p50_ms, 50), (pace.lateness_p99_ms, 99)):
        true_ms = ordered[-(-len(ordered) * share // 100) - 1] / 1e6
        assert true_ms <= shown_ms <= true_ms * 1.125 + 1e-9
    assert pace.lateness_max_ms == ordered[-1] / 1e6


def test_lateness_is_forgotten_after_ten_seconds() -> None:
    """One bad moment is gone from the figures eleven seconds later."""
    health = PaceHealth()
    health.record(0, 300 * MS)
    assert health.pace(9 * S, 0, asked_speed=1.0).lateness_max_ms == 300
    assert health.pace(11 * S, 0, asked_speed=1.0).lateness_max_ms == 0


def test_one_hiccup_is_no_loss_of_pace() -> None:
    """Pace is lost when the median of the last second is over the tolerance, not for one event."""
    health = PaceHealth()
    for value in (1 * MS, 1 * MS, 90 * MS):
        health.record(0, value)
    assert health.pace(0, 0, asked_speed=1.0).keeps_pace
    for _ in range(3):
        health.record(0, 21 * MS)
    assert not health.pace(0, 0, asked_speed=1.0).keeps_pace
    assert health.pace(3 * S, 0, asked_speed=1.0).keeps_pace


def test_speed_is_that_of_the_last_second() -> None:
    """Virtual time over wall time, with what came before the last second left out."""
    health = PaceHealth()
    for wall_ms in range(0, 2000, 50):
        health.progress(wall_ms * MS, wall_ms * MS)
    for wall_ms in range(2000, 4000, 50):
        health.progress(wall_ms * MS, 2 * S + 5 * (wall_ms - 2000) * MS)
    pace = health.pace(4 * S, 12 * S, asked_speed=8.0)
    assert pace.achieved_speed == 5.0
    assert health.pace(4 * S, 12 * S, asked_speed=8.0) == pace
    health.forget_progress()
    assert health.pace(4 * S, 12 * S, asked_speed=8.0).achieved_speed == 8.0
