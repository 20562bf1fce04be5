"""What only a replay asks of the driver: jumping to another time, and waiting for nothing."""

import pytest

from emulator.drivers import UNPACED, PacedDriver
from emulator.errors import UserError
from emulator.journal import Event
from emulator.serving.clock import ManualClock
from tests.emulator.paced_fakes import MS, FakeMachine, S


def test_after_a_jump_time_goes_on_from_there() -> None:
    """Backwards as well; wall time that has passed before does not count."""
    clock = ManualClock()
    driver = PacedDriver(FakeMachine([5 * S, 100 * S]), lambda _: None, clock)
    clock.move_to(3 * S)
    driver.turn()
    driver.jump(S)
    assert driver.now_ns == S
    assert driver.due_ns == 3 * S + 4 * S
    clock.move_to(4 * S)
    driver.turn()
    assert driver.now_ns == 2 * S


def test_a_driver_that_races_does_everything_at_once() -> None:
    """No wall time passes, nothing is late, and the end is the last instant."""
    journal: list[Event] = []
    clock = ManualClock()
    driver = PacedDriver(
        FakeMachine([S, 2 * S, 500 * S]), journal.extend, clock, speed=UNPACED, may_race=True
    )
    assert driver.due_ns == 0
    driver.turn()
    assert [event[1] for event in journal] == [S, 2 * S, 500 * S]
    assert (driver.now_ns, driver.state, driver.speed) == (500 * S, "ended", 0.0)
    assert driver.pace().lateness_max_ms == 0


def test_a_race_leaves_room_for_others() -> None:
    """One turn works no longer than a slice of wall time."""
    clock = ManualClock()
    machine = FakeMachine(range(0, 1000 * MS, MS), clock, cost_ns=MS)
    driver = PacedDriver(machine, lambda _: None, clock, speed=UNPACED, may_race=True)
    driver.turn()
    assert driver.now_ns == 4 * MS
    assert driver.due_ns is not None
    assert driver.due_ns <= clock.now_ns()


def test_from_a_race_back_to_a_speed() -> None:
    """It goes on from where it is."""
    clock = ManualClock()
    machine = FakeMachine(range(0, 1000 * MS, MS), clock, cost_ns=MS)
    driver = PacedDriver(machine, lambda _: None, clock, speed=UNPACED, may_race=True)
    driver.turn()
    reached_ns = driver.now_ns
    driver.pause()
    driver.set_speed(2.0)
    driver.resume()
    clock.move_to(clock.now_ns() + MS)
    driver.turn()
    assert reached_ns < driver.now_ns <= reached_ns + 20 * MS


def test_only_a_replay_may_race() -> None:
    """For a run the speed 0 is refused."""
    with pytest.raises(UserError, match=r"0 is outside 0\.1 to 100"):
        PacedDriver(FakeMachine([S]), lambda _: None, ManualClock(), speed=UNPACED)
