"""The core's state machine: commands, refusals, and when snapshots are built."""

import asyncio
import queue
from itertools import pairwise

import pytest

from emulator.commands import AddStreams, Mark, StartStream, StopStream, SwapPolicy
from emulator.protocol import Message
from emulator.scenario import Scenario
from emulator.serving.clock import ManualClock, WallClock
from emulator.serving.core import HEARTBEAT_NS, QUIET_NS, SNAPSHOT_DELAY_NS, Core
from emulator.serving.emulation import build, free_name, with_name
from emulator.snapshot import Snapshot
from tests.emulator.paced_fakes import MS, FakeMachine, FakeMeter, S, fake_builder

PROFILE = {"backends": ["cpu"], "models": {"blur": {"cpu": 12.0}}}
SCENARIO = {"name": "call", "streams": [{"name": "cam", "model": "blur", "rate_hz": 30}]}
START: Message = {"t": "start", "profile": PROFILE, "scenario": SCENARIO, "policy": "edf"}


class Desk:
    """A core with a client's side to it: what was sent, and whether the client reads."""

    def __init__(
        self, machine: FakeMachine | None = None, *, snapshot_cost_ns: int = 0, real: bool = False
    ) -> None:
        self.clock = ManualClock()
        self.inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.sent: list[Message] = []
        self.ready = True
        self.machine = machine or FakeMachine([100 * S])
        self.meter = FakeMeter(clock=self.clock, cost_ns=snapshot_cost_ns)
        builder = build if real else fake_builder(self.machine, self.meter)
        self.core = Core(self.clock, self.inbox, self, builder=builder)

    def send(self, message: Message) -> None:
        """As an outbox."""
        self.sent.append(message)

    def say(self, *messages: Message) -> None:
        """Send commands and let the core take them."""
        for message in messages:
            self.inbox.put(message)
        self.core.turn()

    def run_to(self, wall_ns: int) -> None:
        """Let wall time pass as the loop would."""
        while (due_ns := self.core.turn()) is not None and due_ns <= wall_ns:
            self.clock.move_to(due_ns)
        self.clock.move_to(wall_ns)
        self.core.turn()

    @property
    def errors(self) -> list[str]:
        """Sentences of the error frames."""
        return [str(each["message"]) for each in self.sent if each["t"] == "error"]

    @property
    def snapshots(self) -> list[Snapshot]:
        """Snapshots, oldest first."""
        return [each["s"] for each in self.sent if isinstance(each.get("s"), Snapshot)]  # type: ignore[misc]


def test_a_start_shows_at_once() -> None:
    """The first snapshot follows the start without waiting for its turn."""
    desk = Desk()
    desk.say(START)
    assert [snapshot.state for snapshot in desk.snapshots] == ["running"]


def test_a_run_that_starts_paused_shows_its_streams() -> None:
    """Before the first instant the streams of the scenario are on the screen, at time 0."""
    desk = Desk(real=True)
    desk.say({**START, "paused": True})
    (snapshot,) = desk.snapshots
    assert (snapshot.state, snapshot.t_ns) == ("paused", 0)
    assert [stream.name for stream in snapshot.streams] == ["cam"]


def test_building_a_run_costs_it_no_time() -> None:
    """However long the housekeeping after a start takes, the first event is not late for it."""

    class Slow:
        def settle(self) -> None:
            desk.clock.move_to(desk.clock.now_ns() + 400 * MS)

        def idle(self, now_ns: int, gap_ns: int | None) -> None:
            pass

    desk = Desk(FakeMachine([0, 100 * S]))
    desk.core._housekeeping = Slow()
    desk.say(START)
    assert desk.meter.events == [("tick", 0)]
    assert desk.snapshots[-1].pace.lateness_max_ms == 0


def test_snapshots_come_at_the_asked_rate() -> None:
    """At 20 per second a second has twenty snapshots."""
    desk = Desk()
    desk.say(START, {"t": "rate", "hz": 20.0})
    desk.run_to(100 * MS)
    before = len(desk.snapshots)
    desk.run_to(1100 * MS)
    assert len(desk.snapshots) - before == 20


def test_a_snapshot_waits_for_a_quiet_moment() -> None:
    """A snapshot that is due just before an event is built after it."""
    event_ns = 100 * MS + QUIET_NS // 2
    desk = Desk(FakeMachine([event_ns, 100 * S]), snapshot_cost_ns=QUIET_NS // 4)
    desk.say(START)
    desk.run_to(event_ns - 1)
    assert len(desk.snapshots) == 1
    desk.run_to(event_ns)
    assert desk.snapshots[-1].t_ns == event_ns
    assert desk.snapshots[-1].missed == 1
    assert desk.snapshots[-1].pace.lateness_max_ms == 0


def test_a_costly_snapshot_waits_for_a_longer_quiet() -> None:
    """Where the last snapshot took 8 ms, the next is not begun 4 ms before an event."""
    desk = Desk(FakeMachine([104 * MS, 100 * S]), snapshot_cost_ns=8 * MS)
    desk.say(START)
    desk.run_to(104 * MS - 1)
    assert len(desk.snapshots) == 1
    desk.run_to(120 * MS)
    assert len(desk.snapshots) == 2
    assert desk.snapshots[-1].pace.lateness_max_ms == 0


def test_a_snapshot_does_not_wait_forever() -> None:
    """With an event every millisecond it is built within its delay all the same."""
    desk = Desk(FakeMachine(range(0, 10 * S, MS)))
    desk.say(START)
    desk.run_to(S)
    times = [snapshot.t_ns for snapshot in desk.snapshots]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) <= 100 * MS + SNAPSHOT_DELAY_NS


def test_a_slow_client_gets_fewer_snapshots() -> None:
    """While an earlier frame is on its way no snapshot is built; the next one is a new one."""
    desk = Desk()
    desk.say(START)
    desk.ready = False
    desk.run_to(2 * S)
    assert len(desk.snapshots) == 1
    desk.ready = True
    desk.run_to(2 * S + 200 * MS)
    assert desk.snapshots[1].t_ns > 2 * S


def test_a_paused_run_sends_a_heartbeat() -> None:
    """While nothing moves a snapshot comes once a second, and at once after a command."""
    desk = Desk()
    desk.say(START, {"t": "pause"})
    desk.run_to(200 * MS)
    before = len(desk.snapshots)
    desk.run_to(200 * MS + 3 * HEARTBEAT_NS)
    assert len(desk.snapshots) - before == 3
    desk.say({"t": "marker", "text": "look"})
    assert desk.snapshots[-1].missed == 1
    assert desk.snapshots[-1].state == "paused"


def test_the_end_of_a_run_shows_at_once() -> None:
    """A run that has ended says so in the next snapshot, not a heartbeat later."""
    desk = Desk(FakeMachine([50 * MS]))
    desk.say(START)
    desk.run_to(90 * MS)
    assert desk.snapshots[-1].state == "ended"


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
        ({"t": "swap", "policy": "nonsense"}, "it is one of fcfs, edf"),
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


async def test_a_wall_clock_can_be_woken() -> None:
    """A wait without end returns when woken, also when woken before it began."""
    clock = WallClock()
    clock.wake()
    await clock.wait_until(None)
    asyncio.get_running_loop().call_soon(clock.wake)
    await clock.wait_until(None)


async def test_a_wall_clock_does_not_return_early() -> None:
    """A wait without a wake ends at its time or later."""
    clock = WallClock()
    t_ns = clock.now_ns() + MS
    while clock.now_ns() < t_ns:
        await clock.wait_until(t_ns)
    assert clock.now_ns() >= t_ns
