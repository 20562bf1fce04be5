"""The drivers: a paced run is the virtual run, and time behaves under commands and overload."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.commands import AddStreams, Command, Mark, StartStream, StopStream, SwapPolicy
from emulator.drivers import MAX_BEHIND_NS, SLICE_NS, PacedDriver
from emulator.engine import Engine
from emulator.errors import UserError
from emulator.journal import Event
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.serving.clock import ManualClock
from emulator.serving.emulation import with_name
from emulator.virtual import run_virtual
from tests.emulator.paced_fakes import MS, FakeMachine, S

PROFILE = Profile.model_validate(
    {
        "backends": ["npu", "gpu"],
        "models": {
            "blur": {"npu": 6.0, "gpu": 9.0},
            "chat": {
                "gpu": {"prefill_ms": {"base": 2, "per_token": 0.1}, "decode_ms": 4},
                "npu": {"prefill_ms": {"base": 1, "per_token": 0.05}, "decode_ms": 7},
            },
        },
    }
)
SCENARIO = Scenario.model_validate(
    {
        "streams": [
            {"name": "cam", "model": "blur", "rate_hz": 60},
            {"name": "screen", "model": "blur", "period_ms": 25, "jitter_ms": 3, "late": "drop"},
            {
                "name": "talk",
                "model": "chat",
                "arrival": {"process": "poisson", "rate_hz": 8},
                "prompt_tokens": 50,
                "output_tokens": [5, 9, 20],
                "deadline_ms": 120,
            },
        ]
    }
)


def make_engine() -> Engine:
    """A busy run of two seconds with deadline misses."""
    return Engine(PROFILE, SCENARIO, "edf", seed=7, duration_ns=2 * S)


@dataclass(frozen=True)
class Act:
    """One thing a user does, so much wall time after the last one."""

    wait_ns: int
    what: Command | float | str


COMMANDS = st.sampled_from(
    [
        SwapPolicy("fcfs"),
        SwapPolicy("llf"),
        SwapPolicy("hybrid"),
        SwapPolicy("edf"),
        StopStream("cam"),
        StartStream("cam"),
        StopStream("talk"),
        StartStream("talk"),
        Mark("here"),
    ]
)
SPEEDS = st.sampled_from([0.1, 0.3, 1.0, 1.7, 10.0, 100.0])
ACTS = st.builds(
    Act,
    st.integers(0, 150 * MS),
    COMMANDS | SPEEDS | st.sampled_from(["pause", "resume", "step", "wait", "add"]),
)


def do(driver: PacedDriver, what: Command | float | str, number: int) -> tuple[int, Command] | None:
    """Act on the driver; returns the command with the virtual time it was given."""
    if isinstance(what, float):
        driver.set_speed(what)
    elif what == "pause":
        driver.pause()
    elif what == "resume":
        driver.resume()
    elif what == "step":
        driver.pause()
        driver.step()
    elif what == "add":
        command = AddStreams((with_name(SCENARIO.streams[0], f"cam-{number}"),))
        return driver.apply(command), command
    elif not isinstance(what, str):
        return driver.apply(what), what
    return None


def run_to(driver: PacedDriver, clock: ManualClock, wall_ns: int) -> None:
    """Let wall time pass as a loop would: turn whenever something is due."""
    while (due_ns := driver.due_ns) is not None and due_ns <= wall_ns:
        clock.move_to(due_ns)
        driver.turn()
    clock.move_to(wall_ns)
    driver.turn()


@given(st.lists(ACTS, max_size=12), st.booleans())
def test_paced_run_is_the_virtual_run(acts: list[Act], coarse: bool) -> None:
    """Under any commands, pauses, steps and speeds, prompt or late, it is the same journal."""
    clock, journal = ManualClock(), list[Event]()
    driver = PacedDriver(make_engine(), journal.extend, clock)
    given_commands = []
    for number, act in enumerate(acts):
        wall_ns = clock.now_ns() + act.wait_ns
        if coarse:
            clock.move_to(wall_ns)
        else:
            run_to(driver, clock, wall_ns)
        if (command := do(driver, act.what, number)) is not None:
            given_commands.append(command)
    driver.resume()
    driver.set_speed(100.0)
    while driver.due_ns is not None:
        run_to(driver, clock, clock.now_ns() + S)

    expected: list[Event] = []
    run_virtual(make_engine(), expected.extend, commands=given_commands)
    assert journal == expected


@given(st.lists(ACTS, max_size=12))
def test_virtual_time_is_monotone(acts: list[Act]) -> None:
    """Whatever a user does, virtual time never goes back, and commands stand in order of it."""
    clock = ManualClock()
    driver = PacedDriver(make_engine(), lambda _: None, clock)
    seen = [driver.now_ns]
    for number, act in enumerate(acts):
        clock.move_to(clock.now_ns() + act.wait_ns)
        if (command := do(driver, act.what, number)) is not None:
            seen.append(command[0])
        seen.append(driver.now_ns)
    assert seen == sorted(seen)


def test_virtual_run_stops_where_told() -> None:
    """Instants up to and including the end are processed, later ones and later commands are not."""
    machine, journal = FakeMachine([0, 5, 10, 11]), list[Event]()
    run_virtual(
        machine, journal.extend, until_ns=10, commands=[(7, Mark("in")), (11, Mark("after"))]
    )
    assert [event[1] for event in journal] == [0, 5, 7, 10]
    assert machine.next_event_ns == 11


def test_virtual_run_hands_over_in_portions() -> None:
    """A long run gives its events away second by second instead of keeping a long list."""
    portions: list[int] = []
    run_virtual(
        FakeMachine(range(0, 100 * S, S // 10)), lambda events: portions.append(len(events))
    )
    assert sum(portions) == 1000
    assert max(portions) <= 11


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
