"""Keys of the timeline on the real core, live and in a replay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from textual.pilot import Pilot

from rtgen_tui.app import RtgenApp
from rtgen_tui.app_looks import Looks
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.screens.timeline import TimelineScreen
from rtgen_tui.session import ReplayRequest, RunRequest
from rtgen_tui.symbols import ASCII, BLOCK, Symbols
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.timeline_chart import TimelineChart
from tests.rtgen_tui.screens_for_tests import NEVER_HZ, screen_text
from tests.rtgen_tui.test_replay_goldens import SESSIONS

S = 1_000_000_000
LIVE = RunRequest("ryzen-ai-9-hx-370", "overload", "fcfs")


@dataclass
class Shown:
    """The application on one core, whose wall clock goes when it is told to."""

    app: RtgenApp
    pilot: Pilot[None]
    core: InProcessCore
    wall_ns: int = 0

    @property
    def view(self) -> TimelineScreen:
        """The timeline."""
        assert isinstance(self.app.screen, TimelineScreen)
        return self.app.screen

    @property
    def chart(self) -> TimelineChart:
        """Its slices."""
        return self.view.chart

    async def wait(self, seconds: float = 0.2) -> None:
        """Let the wall clock go on, and draw."""
        self.wall_ns += round(seconds * S)
        self.core.tick(self.wall_ns)
        await self.app.draw_now()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, and see what comes of each."""
        for key in keys:
            await self.pilot.press(key)
            await self.app.workers.wait_for_complete()
            await self.wait(0)

    async def zoom(self, *keys: str) -> None:
        """Press keys of which only the last one's picture counts."""
        await self.pilot.press(*keys[:-1])
        await self.press(keys[-1])

    @property
    def job(self) -> tuple[int, int] | None:
        """Stream and number of the job in the panel."""
        story = self.view.panel.story
        return None if story is None else (story.record.stream, story.record.job)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures stand for no time."""
    for name in ("REDRAW_S", "HOLD_S", "HOLD_SHORT_S"):
        monkeypatch.setattr(f"rtgen_tui.screens.timeline_picture.{name}", 0)


@asynccontextmanager
async def timeline(
    request: RunRequest | ReplayRequest = LIVE, symbols: Symbols = BLOCK
) -> AsyncIterator[Shown]:
    """The timeline after two seconds."""
    core = InProcessCore()
    app = RtgenApp(lambda: core, request, NEVER_HZ, looks=Looks(symbols=symbols))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await core.send({"t": "rate", "hz": 10.0})
        run = Shown(app, pilot, core)
        await run.wait(2)
        await run.press("f2")
        yield run


def replay(at_s: float) -> ReplayRequest:
    """A session of eight seconds: a swap at 2 s, a mark at 4.5 s."""
    return ReplayRequest(str(SESSIONS / "overload.rtgen"), round(at_s * S), paused=True)


async def test_a_live_run_is_followed_until_somebody_pans() -> None:
    """The right edge is now; a pan back stands still while the run goes on, G follows again."""
    async with timeline() as run:
        viewport = run.chart.viewport
        edges = []
        for keys in ((), (), ("left",), (), ("G",)):
            await run.wait(0.5)
            await run.press(*keys)
            edges.append((viewport.follows, viewport.to_ns // (S // 10)))

        follows, tenths = zip(*edges, strict=True)
        assert follows == (True, True, False, False, True)
        assert tenths[1] - tenths[0] in {4, 5, 6}
        assert tenths[2] == tenths[3]
        assert tenths[4] > tenths[3] + 8


async def test_the_window_goes_from_a_millisecond_to_ten_minutes() -> None:
    """By + and -, with = back to where it began; slices become sums and slices again."""
    async with timeline() as run:
        seen = []
        for keys in (["plus"] * 8, ["equals_sign", *["minus"] * 13], ["equals_sign"]):
            await run.zoom(*keys)
            view = run.chart.view
            assert view is not None
            seen.append((run.chart.viewport.span_ns / 1e6, view.slices is None))

        assert seen == [(1.0, False), (600_000.0, True), (200.0, False)]


async def test_incidents_are_jumped_to_and_explained() -> None:
    """N goes to the newest miss, then to the one before; the job in the panel is that job."""
    async with timeline() as run:
        times, jobs = [], []
        for key in ("N", "N", "N", "n", "n"):
            await run.press(key)
            chosen = run.chart.chosen
            assert chosen is not None
            times.append(chosen.end_ns)
            jobs.append(run.job)
            assert run.job == (chosen.stream, chosen.job)

        assert times[0] > times[1] > times[2]
        assert times[3:] == [times[1], times[0]]
        assert "blocked by" in screen_text(run.app)
        assert run.view.panel.story is not None
        assert run.view.panel.story.record.outcome in {"late", "dropped"}


async def test_the_cursor_walks_over_slices_and_lanes() -> None:
    """H and l along a lane, j and tab to the next one; each time the job is told."""
    async with timeline() as run:
        await run.press("left", "l")
        first = run.chart.chosen
        await run.press("l")
        second = run.chart.chosen
        await run.press("h")
        assert first is not None
        assert second is not None
        assert run.chart.chosen == first
        assert second.start_ns >= first.end_ns
        assert first.backend == second.backend == 0

        backends = []
        for key in ("j", "tab", "tab", "tab", "k"):
            await run.press(key)
            backends.append(run.chart.lane)
        assert backends == [1, 2, 3, 0, 0]


async def test_a_click_chooses_and_the_wheel_zooms() -> None:
    """What is below the mouse."""
    async with timeline() as run:
        await run.press("left")
        lane = run.chart.slices_on(1)
        inside = [each for each in lane if run.chart.viewport.contains(each.start_ns)]
        wanted = max(inside, key=lambda each: each.end_ns - each.start_ns)
        column = run.chart.viewport.column_of((wanted.start_ns + wanted.end_ns) // 2)
        x = column + 120 - 2 - run.chart.viewport.columns
        y = next(y for y in range(40) if "GPU" in run.chart.render_line(y).text)
        await run.pilot.click(run.chart, offset=(x, y))
        await run.wait(0)

        assert run.chart.chosen == wanted
        assert run.job == (wanted.stream, wanted.job)


async def test_lanes_of_streams_and_the_filter() -> None:
    """O shows the streams of each backend; a filter keeps misses of others out of the way."""
    async with timeline() as run:
        before = len(run.chart.lanes)
        await run.press("o")
        assert len(run.chart.lanes) > before
        await run.press("slash", *"enlarge", "enter")
        assert run.chart.wanted is not None
        await run.press("N")
        assert run.job is not None
        assert run.job[0] in run.chart.wanted


async def test_the_tape_is_taken_to_the_cursor_and_followed() -> None:
    """P seeks there; who moves the tape sees where it is."""
    async with timeline(replay(6)) as run:
        await run.press("N", "N", "p")
        await run.wait(0.5)
        chosen, latest = run.chart.chosen, run.app.monitor.latest
        assert latest is not None
        assert latest.t_ns < 6 * S
        assert chosen is None, "it follows the tape, which was moved"
        assert run.chart.viewport.follows
        await run.press(".")
        assert run.chart.viewport.contains(latest.t_ns)


async def test_swaps_and_marks_are_incidents_too() -> None:
    """The mark of the session is found, and told in the edge of the box."""
    async with timeline(replay(6)) as run:
        run.view.monitor.filter_text = "no such stream"
        await run.view.tick()
        run.view.redraw()
        await run.press("N")
        assert "somebody else joins" in screen_text(run.app)
        await run.press("N")
        assert "policy: edf to" in screen_text(run.app) or "policy:" in screen_text(run.app)


async def test_the_job_fills_the_screen_and_can_be_copied() -> None:
    """Enter and enter again; y copies it in words."""
    async with timeline() as run:
        maximized = []
        for keys in (["N", "enter"], ["enter", "y"]):
            await run.press(*keys)
            maximized.append(run.view.maximized)
        assert maximized == [run.view.panel, None]
        assert run.app.clipboard.startswith("Job  ")
        assert "blocked by" in run.app.clipboard


async def test_an_event_opens_the_timeline_at_its_instant() -> None:
    """Enter in the log: the cursor is there, and the job is that of the line."""
    async with timeline() as run:
        await run.press("f4", "up", "up")
        log = run.app.screen.query_one(EventLog)
        line = log.pointed
        assert line is not None
        await run.press("enter")

        assert run.chart.viewport.contains(line.t_ns)
        assert run.job is not None
        assert f"#{run.job[1]} " in line.text


async def test_every_size_is_drawn() -> None:
    """No terminal is too small, nor too large."""
    async with timeline() as run:
        await run.press("N")
        for size in ((200, 60), (120, 20), (12, 3), (1, 1), (120, 40)):
            await run.pilot.resize_terminal(*size)
            await run.wait(0.1)
        assert "enlarge" in screen_text(run.app)


async def test_it_needs_neither_colors_nor_glyphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR and the ASCII set: slices, sums, lanes of streams and jobs are plain text."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with timeline(symbols=ASCII) as run:
        for keys in (("N",), ("minus",) * 5, ("o",)):
            await run.zoom(*keys)
            boxes = [*run.chart._rows, *run.view.panel._rows]
            assert all(row.text.isascii() for row in boxes)
        assert any(set("=*%#") & set(row.text) for row in run.chart._rows[3:-1])
