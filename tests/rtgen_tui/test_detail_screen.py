"""The detail of a stream on the real core, live and in replays, at every size."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from rtgen_tui.app import RtgenApp
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.screens.dashboard import DashboardScreen
from rtgen_tui.screens.detail import DetailScreen
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.timeline import TimelineScreen
from rtgen_tui.session import ReplayRequest, RunRequest
from tests.rtgen_tui.screens_for_tests import NEVER_HZ, screen_text
from tests.rtgen_tui.test_replay_goldens import SESSIONS

GOLDENS = Path(__file__).parent / "goldens" / "detail"
SIZES = [(120, 40), (80, 24), (60, 20), (40, 10)]
AT_NS = 6_500_000_000
S = 1_000_000_000
PICTURES = {
    "frames": ("overload", "enlarge-first"),
    "stages": ("overload", "eye-contact"),
    "answers": ("live-overload", "summary"),
    "chain": ("live-translation", "outgoing"),
}
"""By the name of the picture: of which session, and of which stream."""


@asynccontextmanager
async def shown(
    request: RunRequest | ReplayRequest,
) -> AsyncIterator[tuple[RtgenApp, Pilot[None], InProcessCore]]:
    """The application on one core after four seconds of wall time."""
    core = InProcessCore()
    app = RtgenApp(lambda: core, request, NEVER_HZ)
    async with app.run_test(size=SIZES[0]) as pilot:
        await app.workers.wait_for_complete()
        core.tick(4 * S)
        await app.draw_now()
        yield app, pilot, core


async def drawn(app: RtgenApp, pilot: Pilot[None]) -> str:
    """The screen once all answers have come."""
    for _ in range(3):
        await app.draw_now()
        await pilot.pause()
    return screen_text(app)


async def press(app: RtgenApp, pilot: Pilot[None], *keys: str) -> None:
    """Press keys, and draw what comes of each."""
    for key in keys:
        await pilot.press(key)
        await app.workers.wait_for_complete()
        await drawn(app, pilot)


async def open_detail(app: RtgenApp, pilot: Pilot[None], stream: str) -> DetailScreen:
    """The detail of this stream."""
    board = app.screen
    assert isinstance(board, DashboardScreen)
    board.select_stream(
        next(each.index for each in board.table.shown_streams if each.name == stream)
    )
    await press(app, pilot, "enter")
    assert isinstance(app.screen, DetailScreen)
    return app.screen


def replay(scenario: str) -> ReplayRequest:
    """A session, paused after its swap and its mark."""
    return ReplayRequest(str(SESSIONS / f"{scenario}.rtgen"), at_ns=AT_NS, paused=True)


@pytest.mark.parametrize("name", PICTURES)
async def test_the_detail_of_a_session_looks_as_it_did(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each equals its golden at every size; UPDATE_GOLDENS=1 writes them anew."""
    monkeypatch.setattr(FrameGovernor, "observe", lambda *_: None)
    scenario, stream = PICTURES[name]
    found = {}
    async with shown(replay(scenario)) as (app, pilot, _):
        await open_detail(app, pilot, stream)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            found[f"{width}x{height}"] = await drawn(app, pilot)
    if "UPDATE_GOLDENS" in os.environ:
        GOLDENS.mkdir(parents=True, exist_ok=True)
        for size, text in found.items():
            (GOLDENS / f"{name}-{size}.txt").write_text(text, encoding="utf-8")

    for size, text in found.items():
        assert text == (GOLDENS / f"{name}-{size}.txt").read_text(encoding="utf-8")


async def test_a_live_run_is_followed_and_left_with_escape() -> None:
    """New jobs come in; j shows the next stream; the dashboard is below."""
    async with shown(RunRequest("ryzen-ai-9-hx-370", "overload", "fcfs")) as (app, pilot, core):
        screen = await open_detail(app, pilot, "blur")
        first = screen.main_box.view
        core.tick(6 * S)
        screen._asked_s = 0.0
        await drawn(app, pilot)
        later = screen.main_box.view
        await press(app, pilot, "j")
        other = screen.main_box.view
        await press(app, pilot, "escape")

        assert first is not None
        assert later is not None
        assert other is not None
        assert len(later.jobs) > len(first.jobs)
        assert (first.name, later.name, other.name) == ("blur", "blur", "eye-contact")
        assert isinstance(app.screen, DashboardScreen)


async def test_the_worst_miss_is_explained_and_opened_in_the_timeline() -> None:
    """The panel tells of it by whom it was blocked; enter goes to its instant."""
    async with shown(replay("overload")) as (app, pilot, _):
        screen = await open_detail(app, pilot, "enlarge-first")
        view, story = screen.main_box.view, screen.panel.story
        assert view is not None
        assert view.worst is not None
        assert story is not None
        assert story.record.job == view.worst[0]
        assert story.record.outcome in {"late", "dropped"}
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TimelineScreen)
        assert app.screen.chart.job == (view.stream, view.worst[0])


async def test_nobody_is_asked_twice_for_one_instant() -> None:
    """While a tape stands still, frames cost the core nothing."""
    async with shown(replay("overload")) as (app, pilot, core):
        screen = await open_detail(app, pilot, "blur")
        before = screen._journal._asked
        await drawn(app, pilot)
        assert screen._journal._asked == before
        assert core.alive
