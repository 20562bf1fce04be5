"""The application takes over a core that was started before it was there."""

from rtgen_tui.monitor import Monitor
from rtgen_tui.session import FakeCore, RunRequest

REQUEST = RunRequest("", "video-call", "fcfs")


async def test_a_core_that_boots_while_the_screen_loads_is_waited_for() -> None:
    """It is not alive yet: that is no problem, and its run is not started a second time."""
    core = FakeCore()
    monitor = Monitor(FakeCore, REQUEST, running=core)
    await monitor.start()

    assert monitor.problem == ""
    assert [message["t"] for message in core.sent] == ["rate"]


async def test_after_its_end_a_new_core_gets_the_request() -> None:
    """Only the first start takes the running core."""
    second = FakeCore()
    monitor = Monitor(lambda: second, REQUEST, running=FakeCore(refuses_to_start="killed"))
    await monitor.start()
    assert monitor.problem == "killed"

    await monitor.restart()
    assert monitor.problem == ""
    assert second.sent[0]["t"] == "start"
