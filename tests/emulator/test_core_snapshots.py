"""When the core builds a snapshot: at the asked rate, in quiet moments, for a client that reads."""

from itertools import pairwise

from emulator.serving.core import HEARTBEAT_NS, SNAPSHOT_DELAY_NS
from emulator.serving.quiet import QUIET_NS
from tests.emulator.desk import START, Desk
from tests.emulator.paced_fakes import MS, FakeMachine, S


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
