"""The effect of a key is drawn when the core tells of it, not when the frame clock comes round."""

from collections.abc import Mapping

from rtgen_tui.app import RtgenApp
from rtgen_tui.session import FakeCore, RunRequest
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

SLOW_FPS = 0.2


class AnsweringCore(FakeCore):
    """Shows a swap as soon as it is told to make it."""

    async def send(self, message: Mapping[str, object]) -> None:
        """Take the command, and show what came of it."""
        await super().send(message)
        if message["t"] == "swap" and self.latest is not None:
            self.latest = self.latest._replace(policy="a-new-policy")


async def test_a_command_is_answered_before_the_next_frame() -> None:
    """At one picture in five seconds the swap is on screen at once."""
    core = AnsweringCore(make_snapshot())
    app = RtgenApp(lambda: core, RunRequest("p", "s", "edf"), SLOW_FPS)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await app.draw_now()
        app.monitor.on_sent = app.hurry
        await pilot.press("1")
        await app.workers.wait_for_complete()
        header = "".join(segment.text for segment in app.screen._compositor.render_strips()[0])

        assert core.sent[-1] == {"t": "swap", "policy": "fcfs"}
        assert "a-new-policy" in header


async def test_the_rate_is_no_command() -> None:
    """The screen sets it by itself."""
    core = FakeCore(make_snapshot())
    app = RtgenApp(lambda: core, RunRequest("p", "s", "edf"), SLOW_FPS)
    async with app.run_test(size=(80, 24)):
        sent: list[None] = []
        app.monitor.on_sent = lambda: sent.append(None)
        await app.monitor.send({"t": "rate", "hz": 3.0})
        assert sent == []
        await app.monitor.send({"t": "pause"})
        assert sent == [None]
