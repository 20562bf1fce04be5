"""A recorded session of every bundled scenario is replayed on the screen, on the real core."""

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from emulator import catalog
from rtgen_tui.app import RtgenApp
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.session import ReplayRequest
from tests.rtgen_tui.screens_for_tests import NEVER_HZ, screen_text

SESSIONS = Path(__file__).parents[1] / "data" / "session" / "screens"
"""Written by tools/make_screen_sessions.py."""
GOLDENS = Path(__file__).parent / "goldens" / "replay"
SIZES = [(120, 40), (80, 24)]
SMALL_SIZES = [(60, 20), (40, 10)]
AT_NS = 6_500_000_000
"""After the swap, the stop, the mark and the start."""


async def pictures(scenario: str, sizes: list[tuple[int, int]]) -> dict[str, str]:
    """The dashboard on the session of a scenario, paused, at each size."""
    core = InProcessCore()
    path = SESSIONS / f"{scenario}.rtgen"
    request = ReplayRequest(str(path), at_ns=AT_NS, paused=True)
    app = RtgenApp(lambda: core, request, NEVER_HZ)
    found = {}
    async with app.run_test(size=sizes[0]) as pilot:
        await app.workers.wait_for_complete()
        core.tick(1_000_000_000)
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
            found[f"{scenario}-{width}x{height}"] = await settled(app, pilot)
    return found


async def settled(app: RtgenApp, pilot: Pilot[None]) -> str:
    """The screen once boxes have found their heights, which follow what is drawn in them."""
    before, text = "", screen_text(app)
    while text != before:
        assert isinstance(app.screen, ViewScreen)
        await app.screen.tick()
        await pilot.pause()
        app.screen.redraw()
        await pilot.pause()
        before, text = text, screen_text(app)
    return text


@pytest.mark.parametrize("scenario", catalog.scenario_names())
async def test_the_session_of_a_scenario_looks_as_it_did(
    scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each equals its golden at every size; UPDATE_GOLDENS=1 writes them anew."""
    monkeypatch.setattr(FrameGovernor, "observe", lambda *_: None)
    sizes = SIZES + SMALL_SIZES if scenario in {"video-call", "game-npc"} else SIZES
    found = await pictures(scenario, sizes)
    if "UPDATE_GOLDENS" in os.environ:
        GOLDENS.mkdir(parents=True, exist_ok=True)
        for name, text in found.items():
            (GOLDENS / f"{name}.txt").write_text(text, encoding="utf-8")

    for name, text in found.items():
        assert text == (GOLDENS / f"{name}.txt").read_text(encoding="utf-8")
