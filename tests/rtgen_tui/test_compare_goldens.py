"""Two recorded sessions of one scenario and seed are compared on the screen, on real cores."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from rtgen_tui.app import RtgenApp
from rtgen_tui.beside import Pair
from rtgen_tui.compare_files import whole_files
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.session import ReplayRequest
from rtgen_tui.whole_files import WholeFiles
from tests.rtgen_tui.screens_for_tests import NEVER_HZ
from tests.rtgen_tui.test_replay_goldens import settled

SESSIONS = Path(__file__).parents[1] / "data" / "session" / "compare"
"""Written by tools/make_compare_sessions.py."""
GOLDENS = Path(__file__).parent / "goldens" / "compare"
SIZES = [(120, 40), (80, 24), (60, 20), (40, 10)]
AT_NS = 6_500_000_000


class AtOnce:
    """Compares the whole files without a process."""

    def __init__(self, a: str, b: str) -> None:
        self._found = whole_files(a, b)

    def wait(self) -> WholeFiles:
        """What it found."""
        return self._found

    def stop(self) -> None:
        """Nothing is going on."""


@dataclass
class Both:
    """Two sessions on real cores, whose wall clock goes when it is told to."""

    app: RtgenApp
    pilot: Pilot[None]
    cores: list[InProcessCore]
    wall_ns: int = 0

    async def wait(self, tenths: int = 6) -> Pair:
        """Let tenths of a second pass with a frame in each; both sessions are then seen."""
        for _ in range(tenths):
            self.wall_ns += 100_000_000
            for core in self.cores:
                core.tick(self.wall_ns)
            await self.app.draw_now()
            await self.pilot.pause()
        assert self.app.monitor.beside is not None
        pair = self.app.monitor.beside.pair
        assert pair is not None
        return pair

    async def press(self, key: str) -> Pair:
        """Press a key, and see what comes of it."""
        await self.pilot.press(key)
        await self.app.workers.wait_for_complete()
        return await self.wait()


@asynccontextmanager
async def both(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    """The same scenario and seed under fcfs and edf, paused in the middle."""
    monkeypatch.setattr(FrameGovernor, "observe", lambda *_: None)
    monkeypatch.setattr("rtgen_tui.beside.Comparison", AtOnce)
    cores: list[InProcessCore] = []

    def factory() -> InProcessCore:
        cores.append(InProcessCore())
        return cores[-1]

    request = ReplayRequest(str(SESSIONS / "fcfs.rtgen"), at_ns=AT_NS, paused=True)
    app = RtgenApp(factory, request, NEVER_HZ, beside=str(SESSIONS / "edf.rtgen"))
    async with app.run_test(size=size) as pilot:
        await app.workers.wait_for_complete()
        run = Both(app, pilot, cores)
        await run.wait()
        yield run


async def test_two_sessions_look_as_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each size equals its golden; UPDATE_GOLDENS=1 writes them anew."""
    found = {}
    async with both(SIZES[0], monkeypatch) as run:
        for width, height in SIZES:
            await run.pilot.resize_terminal(width, height)
            found[f"{width}x{height}"] = await settled(run.app, run.pilot)
    if "UPDATE_GOLDENS" in os.environ:
        GOLDENS.mkdir(parents=True, exist_ok=True)
        for name, text in found.items():
            (GOLDENS / f"{name}.txt").write_text(text, encoding="utf-8")

    for name, text in found.items():
        assert text == (GOLDENS / f"{name}.txt").read_text(encoding="utf-8")


async def test_every_key_moves_both_to_one_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps, seeks, incidents, the divergence; swapped sides stay where they are, and go on."""
    async with both(SIZES[0], monkeypatch) as run:
        pairs = [await run.press(key) for key in (".", "left", "n", "d", "right", "tab", ".")]
        swapped = pairs[5:]
        # The clock of the screen stands still, so a core was told to show next to nothing.
        for core in run.cores:
            await core.send({"t": "rate", "hz": 10.0})
        playing = await run.press("space")

        assert [a.t_ns for a, _ in pairs] == [b.t_ns for _, b in pairs]
        assert [a.t_ns / 1e9 for a, _ in pairs[3:6]] == [0.0, 5.0, 5.0]
        assert len({a.t_ns for a, _ in pairs}) == len(pairs) - 1
        assert {(a.policy, b.policy) for a, b in pairs[:5]} == {("fcfs", "edf")}
        assert {(a.policy, b.policy) for a, b in swapped} == {("edf", "fcfs")}
        assert playing.a.t_ns == playing.b.t_ns > swapped[-1].a.t_ns
