"""A running application on a fake core, and what it shows as plain text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from unittest.mock import patch

from textual.pilot import Pilot
from textual.widgets import Input

from emulator.snapshot import Snapshot
from rtgen_tui.app import RtgenApp
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.session import FakeCore, RunRequest
from rtgen_tui.widgets.streams import StreamTable
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

REQUEST = RunRequest("ryzen-ai-9-hx-370", "video-call", "edf", seed=42)
NEVER_HZ = 0.001
"""A clock that does not tick during a test: frames are drawn when the test says so."""


@dataclass
class Running:
    """An application under test."""

    app: RtgenApp
    pilot: Pilot[None]
    cores: list[FakeCore]

    @property
    def core(self) -> FakeCore:
        """The core that is in use."""
        return self.cores[-1]

    @property
    def view(self) -> ViewScreen:
        """The view on screen, under any dialog."""
        base = self.app.screen_stack[0]
        assert isinstance(base, ViewScreen)
        return base

    async def press(self, *keys: str) -> None:
        """Press keys and let the application come to rest."""
        await self.pilot.press(*keys)
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text into the dialog at once, and take what it offers first."""
        self.app.screen.query_one(Input).value = text
        await self.pilot.pause()
        await self.press("enter")

    async def frame(self, snapshot: Snapshot | None = None) -> None:
        """Draw one frame, of this snapshot if given."""
        if snapshot is not None:
            self.core.latest = snapshot
        await self.view.tick()
        await self.pilot.pause()

    @property
    def table(self) -> StreamTable:
        """The dashboard's streams."""
        return self.view.query_one(StreamTable)

    def text(self) -> str:
        """The screen as a person reads it, without trailing blanks."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips) + "\n"

    def toasts(self) -> list[str]:
        """The texts that popped up."""
        return [str(each.message) for each in self.app._notifications]


@asynccontextmanager
async def running(
    snapshot: Snapshot | None = None,
    size: tuple[int, int] = (120, 40),
    request: RunRequest = REQUEST,
    refuses_to_start: str = "",
) -> AsyncIterator[Running]:
    """The application on fake cores, with its first frame drawn; a later core has no snapshot.

    What frames cost on this machine is not observed, so that it shows nowhere.
    """
    cores: list[FakeCore] = []

    def factory() -> FakeCore:
        first = (snapshot or make_snapshot()) if not cores else None
        cores.append(FakeCore(first, refuses_to_start=refuses_to_start if not cores else ""))
        return cores[-1]

    app = RtgenApp(factory, request, NEVER_HZ)
    with patch.object(FrameGovernor, "observe"):
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            run = Running(app, pilot, cores)
            await run.frame()
            run.core.sent.clear()
            yield run
