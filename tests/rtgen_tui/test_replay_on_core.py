"""Keys of a replay on the real core: what they promise is what is on the screen afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from textual.pilot import Pilot

from rtgen_tui.app import RtgenApp
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.session import ReplayRequest
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.scrub import ScrubBar
from tests.rtgen_tui.screens_for_tests import NEVER_HZ
from tests.rtgen_tui.test_replay_goldens import SESSIONS

TICK_NS = 100_000_000


@dataclass
class Playing:
    """A session of eight seconds: a swap at 2 s, a stop at 3, a mark at 4.5, a start at 5."""

    app: RtgenApp
    pilot: Pilot[None]
    core: InProcessCore
    times: list[float] = field(default_factory=list)

    @property
    def view(self) -> ViewScreen:
        """The view on screen."""
        assert isinstance(self.app.screen, ViewScreen)
        return self.app.screen

    async def press(self, *keys: str, ticks: int = 2) -> None:
        """Press keys, let wall time pass, draw, and note where the tape is then."""
        await self.pilot.press(*keys)
        await self.app.workers.wait_for_complete()
        await self.wait(ticks)
        snapshot = self.app.monitor.latest
        assert snapshot is not None
        self.times.append(snapshot.t_ns / 1e9)

    async def wait(self, ticks: int) -> None:
        """Let tenths of a second of wall time pass, and draw."""
        now_ns = self.core._clock.now_ns()
        for tick in range(1, ticks + 1):
            self.core.tick(now_ns + tick * TICK_NS)
        await self.view.tick()
        await self.pilot.pause()

    @property
    def head(self) -> str:
        """The top line."""
        return self.view.query("HeaderBar").first().render_line(0).text


@asynccontextmanager
async def playing(*, at_s: float, paused: bool = True) -> AsyncIterator[Playing]:
    """The replay of the example, with its first frame drawn."""
    core = InProcessCore()
    path = str(SESSIONS / "video-call.rtgen")
    app = RtgenApp(lambda: core, ReplayRequest(path, round(at_s * 1e9), paused=paused), NEVER_HZ)
    async with app.run_test(size=(120, 24)) as pilot:
        await app.workers.wait_for_complete()
        await core.send({"t": "rate", "hz": 10.0})
        run = Playing(app, pilot, core)
        await run.wait(1)
        yield run


async def test_steps_go_there_and_back() -> None:
    """To the same instants, and the header shows each of them."""
    async with playing(at_s=4) as run:
        heads = []
        for key in (".", ".", ".", ",", ","):
            await run.press(key)
            heads.append(run.head)

        first, second, third, *back = run.times
        assert 4 < first < second < third
        assert back == [second, first]
        assert heads[3:] == [heads[1], heads[0]]
        assert len(set(heads)) == 3


async def test_incidents_are_gone_to_and_pointed_at() -> None:
    """Forward to the mark, back over it to what was before the stop."""
    async with playing(at_s=4) as run:
        log = run.view.query_one(EventLog)
        kinds = []
        for key in ("n", "N", "n"):
            await run.press(key)
            kinds.append(next(line.kind for line in log.lines if line.seq == log.marked))

        assert run.times[0] == run.times[2]
        assert abs(run.times[0] - 4.5) < 0.001
        assert run.times[1] < 3
        assert kinds[0] == kinds[2] == "marker"


async def test_seeks_and_a_click_land_where_they_should() -> None:
    """Within the tape; the picture is of that time."""
    async with playing(at_s=3) as run:
        for keys in (["right"], ["right"], ["home"], ["t", *"00:02.5", "enter"]):
            await run.press(*keys)
        bar = run.view.query_one(ScrubBar)
        mark = bar.render_line(0).text.index("⚑")
        await run.pilot.click(bar, offset=(mark, 0))
        await run.press()

        *sought, clicked = run.times
        assert sought[:2] == [8.0, 8.0]
        assert sought[2:] == [0.0, 2.5]
        assert abs(clicked - 4.5) < 0.1


async def test_it_plays_to_the_end_and_again() -> None:
    """At the speed asked for; the end ends nothing."""
    async with playing(at_s=7, paused=False) as run:
        await run.press("]", ticks=2)
        assert 7.2 < run.times[-1] < 7.6
        await run.press(ticks=10)
        ended = run.head
        await run.press("space", ticks=5)

        assert run.times[1] == 8.0
        assert "■ REPLAY at the end" in ended
        assert "▶ REPLAY ×2" in run.head
        assert 0.5 < run.times[2] < 1.5
