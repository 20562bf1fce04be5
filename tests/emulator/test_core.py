"""The core's state machine: commands, refusals, runs one after the other, and its loop."""

import asyncio

import pytest

from emulator.commands import AddStreams, Mark, StartStream, StopStream, SwapPolicy
from emulator.protocol import Message
from emulator.scenario import Scenario
from emulator.serving.emulation import free_name, with_name
from tests.emulator.desk import SCENARIO, START, Desk
from tests.emulator.paced_fakes import MS, FakeMachine, S


def test_messages_become_commands() -> None:
    """Each command of the protocol reaches the engine as its command, in order."""
    desk = Desk()
    desk.say(
        START,
        {"t": "swap", "policy": "fcfs"},
        {"t": "stop-stream", "stream": "cam"},
        {"t": "start-stream", "stream": "cam"},
        {"t": "marker", "text": "now"},
    )
    assert [command for _, command in desk.machine.commands] == [
        SwapPolicy("fcfs"),
        StopStream("cam"),
        StartStream("cam"),
        Mark("now"),
    ]


def test_streams_added_have_unique_names() -> None:
    """A scenario added twice becomes name-2 and name-3, its single stages renamed with it."""
    desk = Desk()
    add: Message = {"t": "add-scenario", "scenario": SCENARIO}
    desk.say(START, add, add, {"t": "add-stream", "scenario": SCENARIO, "stream": "cam"})
    added = [
        (stream.name, stream.stages[0].name)
        for _, command in desk.machine.commands
        if isinstance(command, AddStreams)
        for stream in command.streams
    ]
    assert added == [("cam-2", "cam-2"), ("cam-3", "cam-3"), ("cam-4", "cam-4")]


def test_a_renamed_stream_can_be_written_and_read() -> None:
    """The journal's spec of a renamed stream loads again to the same stream."""
    (stream,) = Scenario.model_validate(SCENARIO).streams
    renamed = Scenario(streams=(with_name(stream, "cam-2"),))
    assert Scenario.model_validate(renamed.to_dict()) == renamed


def test_a_free_name_fits_the_limit() -> None:
    """A name of the greatest length makes room for its number."""
    long = "x" * 100
    assert free_name(long, {long}) == "x" * 98 + "-2"


def test_only_the_named_stream_is_added() -> None:
    """Of a scenario with two streams the named one is added, an unknown one is refused."""
    two = {
        "name": "two",
        "streams": [
            {"name": "a", "model": "blur", "rate_hz": 1},
            {"name": "b", "model": "blur", "rate_hz": 1},
        ],
    }
    desk = Desk()
    desk.say(START, {"t": "add-stream", "scenario": two, "stream": "b"})
    (_, command) = desk.machine.commands[-1]
    assert isinstance(command, AddStreams)
    assert [stream.name for stream in command.streams] == ["b"]
    desk.say({"t": "add-stream", "scenario": two, "stream": "c"})
    assert desk.errors == ["add-stream: scenario 'two' has no stream 'c'; it has a, b"]


@pytest.mark.parametrize("command", ["add-scenario", "add-stream"])
def test_a_scenario_that_does_not_fit_is_named(command: str) -> None:
    """The refusal names the scenario that was asked for, and the run goes on."""
    other = {"name": "lab", "streams": [{"name": "a", "model": "no-such", "rate_hz": 1}]}
    desk = Desk(real=True)
    desk.say(START, {"t": command, "scenario": other, "stream": "a"})
    (error,) = desk.errors
    assert error.startswith("scenario 'lab' on profile ")
    assert "stream 'a': model: " in error


def test_stopping_the_last_stream_does_not_end_the_run() -> None:
    """Time goes on while the only stream is stopped by hand, and it can be started again."""
    desk = Desk(real=True)
    desk.say(START)
    desk.run_to(S)
    desk.say({"t": "stop-stream", "stream": "cam"})
    desk.run_to(3 * S)
    assert desk.snapshots[-1].state == "running"
    assert desk.snapshots[-1].t_ns > 2900 * MS


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"t": "dance"}, "unknown command 'dance'; known are add-scenario, "),
        ({"t": "swap"}, "swap: 'policy' must be a text"),
        ({"t": "swap", "policy": 3}, "swap: 'policy' must be a text"),
        ({"t": "swap", "policy": "nonsense"}, "policy 'nonsense' does not exist"),
        ({"t": "marker", "text": "a\x1b[2J"}, "printable characters"),
        ({"t": "marker", "text": "x" * 10_001}, "at most 10000"),
        ({"t": "speed", "speed": "fast"}, "speed: 'speed' must be a number"),
        ({"t": "speed", "speed": True}, "speed: 'speed' must be a number"),
        ({"t": "speed", "speed": float("nan")}, "speed: 'speed' must be a number"),
        ({"t": "speed", "speed": 1000.0}, "outside 0.1 to 100"),
        ({"t": "rate", "hz": 0}, "outside 0.1 to 30"),
        ({"t": "rate", "hz": 31}, "outside 0.1 to 30"),
        ({"t": "step"}, "only a paused run"),
        ({"t": "add-scenario", "scenario": 5}, "'scenario' must be a name, a path or a table"),
        ({"t": "add-scenario", "scenario": "no-such"}, "no-such"),
        ({**START, "seed": -1}, "start: 'seed' must be a whole number"),
        ({**START, "seed": 2**70}, "start: 'seed' must be a whole number"),
        ({**START, "paused": 1}, "start: 'paused' must be true or false"),
        ({**START, "speed": 0.01}, "outside 0.1 to 100"),
        ({**START, "profile": None}, "start: 'profile' must be"),
    ],
)
def test_a_wrong_command_gets_a_sentence(message: Message, sentence: str) -> None:
    """A command that cannot be is answered with one sentence, and the run goes on."""
    desk = Desk()
    desk.say(START)
    desk.say(message)
    (error,) = desk.errors
    assert sentence in error
    desk.run_to(S)
    assert desk.snapshots[-1].t_ns > 900 * MS
    assert desk.core.finished is None


def test_an_integer_beyond_floats_is_refused() -> None:
    """A number that no float can hold is a wrong number, not a crash."""
    desk = Desk()
    desk.say(START, {"t": "speed", "speed": 2**64 - 1})
    assert "outside 0.1 to 100" in desk.errors[0]


def test_commands_before_a_start_are_refused() -> None:
    """Without a run there is nothing to swap, and the sentence says so."""
    desk = Desk()
    desk.say({"t": "swap", "policy": "edf"})
    assert desk.errors == ["swap: no run has been started"]


def test_the_engine_names_the_valid_policies() -> None:
    """A swap to an unknown policy is refused with the known ones; the old one goes on."""
    desk = Desk(real=True)
    desk.say(START, {"t": "swap", "policy": "xyzzy"})
    assert "'xyzzy'" in desk.errors[0]
    assert "fcfs" in desk.errors[0]
    assert desk.core.finished is None
    desk.run_to(S)
    assert [each.name for each in desk.snapshots[-1].policies if each.active] == ["edf"]


def test_a_second_start_is_a_new_run() -> None:
    """Runs are counted; one that cannot start leaves the old one and the count alone."""
    desk = Desk(real=True)
    desk.say(START)
    desk.run_to(S)
    desk.say({**START, "policy": "xyzzy"})
    desk.run_to(2 * S)
    assert (desk.snapshots[-1].run, desk.snapshots[-1].t_ns > S) == (1, True)
    desk.say({**START, "seed": 5})
    desk.run_to(2 * S + 200 * MS)
    assert (desk.snapshots[-1].run, desk.snapshots[-1].t_ns < S) == (2, True)


def test_quit_finishes() -> None:
    """After quit the core wants no more turns."""
    desk = Desk()
    desk.say(START, {"t": "quit"})
    assert desk.core.finished == "quit"
    assert not desk.core.failed


async def test_the_loop_sleeps_until_something_is_due() -> None:
    """Served by a loop, the core turns at due times and when woken, and ends when told."""
    desk = Desk(FakeMachine([5 * S, 10 * S]))
    desk.inbox.put(START)
    serving = asyncio.create_task(desk.core.serve())
    for second in range(7):
        desk.clock.move_to(second * S)
        for _ in range(20):
            await asyncio.sleep(0)
    assert [event[1] for event in desk.meter.events] == [5 * S]
    desk.core.finish("enough")
    await serving
    assert desk.sent[0]["t"] == "hello"
    assert desk.core.finished == "enough"
