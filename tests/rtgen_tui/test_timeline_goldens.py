"""The timeline of recorded sessions on the real core, at every size."""

import os
from pathlib import Path

import pytest

from rtgen_tui.app import RtgenApp
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.session import ReplayRequest
from tests.rtgen_tui.screens_for_tests import NEVER_HZ
from tests.rtgen_tui.test_replay_goldens import SESSIONS, settled

GOLDENS = Path(__file__).parent / "goldens" / "timeline"
SIZES = [(120, 40), (80, 24)]
SMALL_SIZES = [(60, 20), (40, 10)]
AT_NS = 6_500_000_000
PICTURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "newest": ("game-npc", ()),
    "miss": ("overload", ("N",)),
    "chain": ("live-translation", ("minus", "minus", "minus", "tab", "h", "h")),
    "minutes": ("call-and-game", ("minus",) * 6),
    "streams": ("call-and-game", ("o", "h")),
}
"""By the name of the picture: of which session, and what is pressed before it is taken."""


async def pictures(
    scenario: str, keys: tuple[str, ...], sizes: list[tuple[int, int]]
) -> dict[str, str]:
    """The timeline of a session, paused, after some keys, at each size."""
    core = InProcessCore()
    request = ReplayRequest(str(SESSIONS / f"{scenario}.rtgen"), at_ns=AT_NS, paused=True)
    app = RtgenApp(lambda: core, request, NEVER_HZ)
    found = {}
    async with app.run_test(size=SIZES[0]) as pilot:
        await app.workers.wait_for_complete()
        core.tick(1_000_000_000)
        await pilot.press("f2", *keys)
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
            found[f"{width}x{height}"] = await settled(app, pilot)
    return found


@pytest.mark.parametrize("name", PICTURES)
async def test_the_timeline_of_a_session_looks_as_it_did(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each equals its golden at every size; UPDATE_GOLDENS=1 writes them anew."""
    monkeypatch.setattr(FrameGovernor, "observe", lambda *_: None)
    monkeypatch.setattr("rtgen_tui.screens.timeline_picture.REDRAW_S", 0)
    sizes = SIZES + SMALL_SIZES if name in {"newest", "miss"} else SIZES
    found = await pictures(*PICTURES[name], sizes)
    if "UPDATE_GOLDENS" in os.environ:
        GOLDENS.mkdir(parents=True, exist_ok=True)
        for size, text in found.items():
            (GOLDENS / f"{name}-{size}.txt").write_text(text, encoding="utf-8")

    for size, text in found.items():
        golden = GOLDENS / f"{name}-{size}.txt"
        assert text == golden.read_text(encoding="utf-8")
