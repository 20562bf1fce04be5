"""The scenario of a recorded session, saved from its replay."""

from pathlib import Path

import pytest

from emulator.catalog import load_scenario
from rtgen_tui.app import RtgenApp
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.session import ReplayRequest
from tests.rtgen_tui.screens_for_tests import NEVER_HZ
from tests.rtgen_tui.test_replay_goldens import SESSIONS

S = 1_000_000_000


async def test_w_saves_the_streams_of_the_instant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a scenario file that loads again, and says where it came from."""
    monkeypatch.chdir(tmp_path)
    core = InProcessCore()
    session = SESSIONS / "game-npc.rtgen"
    request = ReplayRequest(str(session), at_ns=500_000_000, paused=True)
    app = RtgenApp(lambda: core, request, NEVER_HZ)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        core.tick(S)
        await app.draw_now()
        await pilot.press("w", "enter")
        await app.workers.wait_for_complete()
    written = tmp_path / "game-npc-edited.toml"

    assert "at 00:00:00.5 of it" in written.read_text(encoding="utf-8")
    names = [each.name for each in load_scenario(str(written)).streams]
    assert names == [each.name for each in load_scenario("game-npc").streams]
