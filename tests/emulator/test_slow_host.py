"""The paced driver on a host that is too slow, or just fast enough: slices, pace, lost time."""

import pytest

from emulator.commands import Mark
from emulator.drivers import MAX_BEHIND_NS, SLICE_NS, PacedDriver
from emulator.journal import Event
from emulator.serving.clock import ManualClock
from tests.emulator.paced_fakes import MS, FakeMachine, S, run_to


def test_a_slow_host_works_in_slices() -> None:
    """A burst of work is cut after a slice of wall time, so that the loop gets its turn."""
    clock = ManualClock()
    machine = FakeMachine(range(0, S, MS), clock, cost_ns=MS)
    driver = PacedDriver(machine, lambda _: None, clock, speed=100.0)
    clock.move_to(10 * MS)
    driver.turn()
    assert clock.now_ns() == 10 * MS + SLICE_NS
    assert driver.now_ns == machine.now_ns == 4 * MS


def test_a_slow_host_is_reported_not_hidden() -> None:
    """A host at half the asked speed shows that speed and says that it does not keep pace."""
    clock = ManualClock()
    machine = FakeMachine(range(0, 60 * S, MS), clock, cost_ns=MS)
    driver = PacedDriver(machine, lambda _: None, clock, speed=2.0)
    while clock.now_ns() < 20 * S:
        driver.turn()
    pace = driver.pace()
    assert not pace.keeps_pace
    assert pace.achieved_speed == pytest.approx(1.0, rel=0.02)
    assert pace.lateness_p50_ms > 20
    assert driver.now_ns == pytest.approx(20 * S, rel=0.02)


def test_a_slow_host_gives_up_lost_time() -> None:
    """However long a host was overloaded, it is at most a quarter of a second behind."""
    clock = ManualClock()
    driver = PacedDriver(FakeMachine(range(0, 60 * S, MS)), lambda _: None, clock)
    driver.turn()
    slow = FakeMachine(range(0, 60 * S, MS), clock, cost_ns=2 * MS)
    driver = PacedDriver(slow, lambda _: None, clock)
    while clock.now_ns() < 10 * S:
        driver.turn()
    due_ns = driver.due_ns
    assert due_ns is not None
    assert clock.now_ns() - due_ns <= MAX_BEHIND_NS


def test_a_command_gets_through_a_backlog() -> None:
    """A command to an overloaded run takes effect where the run is, before the work that waits."""
    clock, journal = ManualClock(), list[Event]()
    machine = FakeMachine(range(0, 60 * S, MS), clock, cost_ns=2 * MS)
    driver = PacedDriver(machine, journal.extend, clock)
    clock.move_to(200 * MS)
    t_ns = driver.apply(Mark("now"))
    assert t_ns == machine.commands[0][0]
    assert clock.now_ns() <= 200 * MS + SLICE_NS + 2 * MS
    assert journal[-1][2] == "now"


def test_a_prompt_host_keeps_pace() -> None:
    """Events handled when due have no lateness, and the achieved speed is the asked one."""
    clock = ManualClock()
    driver = PacedDriver(FakeMachine(range(0, 60 * S, 7 * MS)), lambda _: None, clock, speed=3.0)
    run_to(driver, clock, 5 * S)
    pace = driver.pace()
    assert pace.keeps_pace
    assert pace.lateness_max_ms <= 1e-6
    assert pace.achieved_speed == pytest.approx(3.0, rel=1e-6)
