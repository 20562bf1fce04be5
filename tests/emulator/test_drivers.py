"""The paced driver: absolute times, pause, speed, step, commands and the end of a run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.commands import Mark, StartStream, SwapPolicy
from emulator.drivers import PacedDriver
from emulator.errors import UserError
from emulator.journal import Event
from emulator.serving.clock import ManualClock
from tests.emulator.paced_fakes import MS, FakeMachine, S


def test_each_event_waits_for_its_absolute_time() -> None:
    """At speed 2, an event at virtual 40 ms is due 20 ms after the start, not a moment sooner."""
    clock, journal = ManualClock(100), list[Event]()
    driver = PacedDriver(FakeMachine([40 * MS, 50 * MS]), journal.extend, clock, speed=2.0)
    assert driver.due_ns == 100 + 20 * MS
    clock.move_to(99 + 20 * MS)
    driver.turn()
    assert journal == []
    clock.move_to(100 + 20 * MS)
    driver.turn()
    assert journal == [("tick", 40 * MS)]
    assert driver.due_ns == 100 + 25 * MS


@given(st.floats(0.1, 100.0), st.integers(0, 10**15))
def test_an_event_that_is_due_is_processed(speed: float, event_ns: int) -> None:
    """At any speed the time named by ``due_ns`` is late enough, so a loop never spins on it."""
    clock, journal = ManualClock(12_345), list[Event]()
    driver = PacedDriver(FakeMachine([event_ns]), journal.extend, clock, speed=speed)
    due_ns = driver.due_ns
    assert due_ns is not None
    clock.move_to(due_ns)
    driver.turn()
    assert journal == [("tick", event_ns)]


def test_pause_stops_time_and_resume_goes_on_from_there() -> None:
    """A pause of an hour costs no virtual time and brings no burst of events."""
    clock, journal = ManualClock(), list[Event]()
    driver = PacedDriver(FakeMachine([10 * MS, 30 * MS]), journal.extend, clock)
    clock.move_to(20 * MS)
    driver.pause()
    assert (driver.state, driver.now_ns, driver.due_ns) == ("paused", 20 * MS, None)
    clock.move_to(3600 * S)
    driver.turn()
    driver.resume()
    assert (driver.state, driver.now_ns, len(journal)) == ("running", 20 * MS, 1)
    assert driver.due_ns == 3600 * S + 10 * MS


def test_a_change_of_speed_keeps_the_time() -> None:
    """Virtual time goes on from where it is at the new rate; nothing jumps."""
    clock = ManualClock()
    driver = PacedDriver(FakeMachine([100 * S]), lambda _: None, clock)
    clock.move_to(4 * S)
    driver.set_speed(0.5)
    assert driver.now_ns == 4 * S
    clock.move_to(6 * S)
    driver.turn()
    assert driver.now_ns == 5 * S


@pytest.mark.parametrize("speed", [0.0, 0.09, 100.1, -1.0, float("nan"), float("inf")])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    """Speeds outside 0.1 to 100 are refused with the range, and the old one stays."""
    driver = PacedDriver(FakeMachine([S]), lambda _: None, ManualClock())
    with pytest.raises(UserError, match=r"outside 0\.1 to 100"):
        driver.set_speed(speed)
    assert driver.speed == 1.0


def test_step_goes_to_the_next_instant() -> None:
    """A step of a paused run processes one instant, and resuming goes on from it."""
    clock, journal = ManualClock(), list[Event]()
    driver = PacedDriver(FakeMachine([7 * MS, 9 * MS]), journal.extend, clock, paused=True)
    driver.step()
    assert (driver.now_ns, driver.state) == (7 * MS, "paused")
    assert journal == [("tick", 7 * MS)]
    driver.resume()
    assert driver.due_ns == 2 * MS


def test_step_of_a_moving_run_is_refused() -> None:
    """Stepping needs a pause; the sentence says so."""
    driver = PacedDriver(FakeMachine([7]), lambda _: None, ManualClock())
    with pytest.raises(UserError, match="only a paused run"):
        driver.step()


def test_commands_of_a_paused_run_show_at_once() -> None:
    """While paused a command is journalled now, and two of them are one nanosecond apart."""
    clock, journal = ManualClock(), list[Event]()
    driver = PacedDriver(FakeMachine([0, S]), journal.extend, clock)
    clock.move_to(300 * MS)
    driver.pause()
    times = [driver.apply(Mark("one")), driver.apply(Mark("two"))]
    assert times == [300 * MS, 300 * MS + 1]
    assert [event[2] for event in journal[1:]] == ["one", "two"]


def test_a_refused_command_changes_nothing() -> None:
    """A policy that does not exist leaves journal and time as they are."""
    clock, journal = ManualClock(), list[Event]()
    driver = PacedDriver(FakeMachine([S]), journal.extend, clock)
    with pytest.raises(UserError, match="nonsense"):
        driver.apply(SwapPolicy("nonsense"))
    assert journal == []
    assert driver.state == "running"


def test_a_run_with_nothing_left_ends_where_it_happened() -> None:
    """After the last event the run has ended at its time, however long the wall clock goes on."""
    clock = ManualClock()
    driver = PacedDriver(FakeMachine([5 * MS]), lambda _: None, clock)
    clock.move_to(10 * S)
    driver.turn()
    assert (driver.state, driver.now_ns, driver.due_ns) == ("ended", 5 * MS, None)


def test_an_ended_run_can_be_taken_up_again() -> None:
    """A command after the end goes on at the time of the end, not at that of the wall clock."""
    clock, journal = ManualClock(), list[Event]()
    driver = PacedDriver(FakeMachine([5 * MS]), journal.extend, clock)
    clock.move_to(10 * S)
    driver.turn()
    t_ns = driver.apply(StartStream("cam"))
    assert (t_ns, driver.state, driver.due_ns) == (5 * MS + 1, "running", 10 * S + 5 * MS)


def test_time_goes_on_while_a_command_is_awaited() -> None:
    """A run whose last stream was stopped by hand has not ended."""
    clock = ManualClock()
    driver = PacedDriver(FakeMachine([5 * MS]), lambda _: None, clock)
    driver.waits_for_commands = True
    clock.move_to(10 * S)
    driver.turn()
    assert (driver.state, driver.now_ns) == ("running", 10 * S)
