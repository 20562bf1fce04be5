"""Looking again for a core whose connection broke."""

from emulator.protocol import encode
from rtgen_tui.monitor import Monitor
from rtgen_tui.reconnect import Reconnect
from rtgen_tui.session import FakeCore, RunRequest

REQUEST = RunRequest("p", "s", "edf")


class Now:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        """Where it was moved to."""
        return self.s


def test_each_wait_is_twice_the_last_up_to_half_a_minute() -> None:
    """A machine that is off is not asked every second."""
    now = Now()
    reconnect, waits = Reconnect(now), []
    for _ in range(7):
        reconnect.lost()
        waits.append(reconnect.left_s)
        reconnect.trying()
    assert waits == [1, 2, 4, 8, 16, 30, 30]

    reconnect.connected()
    reconnect.lost()
    assert reconnect.left_s == 1


def test_it_is_due_when_the_wait_is_over() -> None:
    """And not while a try is going on."""
    now = Now()
    reconnect = Reconnect(now)
    seen = [reconnect.is_due]
    reconnect.lost()
    for now.s in (0.9, 1.0):
        seen.append(reconnect.is_due)
    reconnect.trying()
    seen.append(reconnect.is_due)

    assert seen == [False, False, True, False]


def elsewhere(refuses_to_start: str = "") -> FakeCore:
    """A core on another machine."""
    core = FakeCore(refuses_to_start=refuses_to_start)
    core.where, core.may_return = "laptop", True
    return core


async def test_a_broken_connection_is_planned_to_be_made_again() -> None:
    """The sentence says which one; the same run is asked for on the next core."""
    cores = [elsewhere(), elsewhere()]
    made = iter(cores)
    monitor = Monitor(lambda: next(made), REQUEST)
    await monitor.start()
    cores[0].die("it ended with status 255")
    monitor.collect()

    assert monitor.problem == "connection to laptop lost: it ended with status 255"
    waits = [monitor.reconnect.left_s is not None]
    await monitor.restart()
    waits.append(monitor.reconnect.left_s is not None)
    assert (monitor.problem, waits) == ("", [True, False])
    assert cores[1].sent[0] == REQUEST.command()


async def test_a_try_that_fails_plans_the_next() -> None:
    """Until the user gives up."""
    first = elsewhere()
    made = iter([first, elsewhere("no route to host")])
    monitor = Monitor(lambda: next(made), REQUEST)
    await monitor.start()
    first.die("it ended")
    monitor.collect()
    await monitor.restart()

    assert monitor.problem == "connection to laptop lost: no route to host"
    assert monitor.reconnect.left_s is not None


async def test_a_core_of_ours_that_dies_is_the_users_to_start() -> None:
    """It will not come back by itself."""
    core = FakeCore()
    monitor = Monitor(lambda: core, REQUEST)
    await monitor.start()
    core.die("it ended with status 1")
    monitor.collect()

    assert monitor.problem == "it ended with status 1"
    assert monitor.reconnect.left_s is None


async def test_another_version_on_the_other_side_is_told() -> None:
    """The run goes on; the user knows."""
    core = elsewhere()
    core.mismatch = "the core on laptop is rtgen-tui 0.2.0, this screen 0.1.0"
    monitor = Monitor(lambda: core, REQUEST)
    await monitor.start()

    assert monitor.collect() == [core.mismatch]


def test_a_run_that_goes_on_is_attached_to() -> None:
    """Nothing is started."""
    assert RunRequest("", "", "", attach=True).command() == {"t": "attach"}
    assert encode({"t": "attach"})
