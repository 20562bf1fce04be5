"""A paced run is the virtual run: the same journal whatever a user does and however late it is."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from emulator.commands import AddStreams, Command, Mark, StartStream, StopStream, SwapPolicy
from emulator.drivers import PacedDriver
from emulator.engine import Engine
from emulator.journal import Event
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.serving.clock import ManualClock
from emulator.serving.emulation import with_name
from emulator.virtual import run_virtual
from tests.emulator.paced_fakes import MS, FakeMachine, S, run_to

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
