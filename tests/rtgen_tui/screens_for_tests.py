"""A running application on a fake core, and what it shows as plain text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from unittest.mock import patch

from textual.pilot import Pilot
from textual.widgets import Input

from emulator.snapshot import Snapshot
from rtgen_tui.app import RtgenApp
from rtgen_tui.app_looks import Looks
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.session import (
    FakeCore,
    ReplayRequest,
    RunRequest,
    Tape,
    Timeline,
    TimelineMark,
    TimelineSpan,
)
from rtgen_tui.symbols import BLOCK, Symbols
from rtgen_tui.widgets.streams import StreamTable
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

REQUEST = RunRequest("ryzen-ai-9-hx-370", "video-call", "edf", seed=42)
REPLAY = ReplayRequest("/home/me/calls/monday.rtgen")
S = 1_000_000_000
NEVER_HZ = 0.001
"""A clock that does not tick during a test: frames are drawn when the test says so."""


def make_tape(**changes: object) -> Tape:
    """Five minutes that begin at 10 s."""
    tape = Tape(REPLAY.path, 10 * S, 310 * S, growing=False, follows=False)
    return tape._replace(**changes)  # type: ignore[arg-type]


def make_timeline(problems: tuple[str, ...] = ()) -> Timeline:
    """A span a second; a miss in most of them, a burst at 100 s, swaps at 60 and 200 s, a mark."""
    spans = tuple(
        TimelineSpan(
            t * S,
            (t + 1) * S,
            misses=(t % 3 > 0) + 20 * (100 <= t < 106),
            swaps=int(t + 1 in {60, 200}),
            marks=int(t == 250),
        )
        for t in range(10, 310)
    )
    return Timeline(spans, (TimelineMark(250 * S, "second speaker"),), problems)


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
        return screen_text(self.app)

    def toasts(self) -> list[str]:
        """The texts that popped up."""
        return [str(each.message) for each in self.app._notifications]


def screen_text(app: RtgenApp) -> str:
    """The screen as a person reads it, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


@asynccontextmanager
async def running(
    snapshot: Snapshot | None = None,
    size: tuple[int, int] = (120, 40),
    request: RunRequest | ReplayRequest = REQUEST,
    refuses_to_start: str = "",
    tape: Tape | None = None,
    timeline: Timeline | None = None,
    symbols: Symbols = BLOCK,
    looks: Looks | None = None,
) -> AsyncIterator[Running]:
    """The application on fake cores, with its first frame drawn; a later core has no snapshot.

    What frames cost on this machine is not observed, so that it shows nowhere.
    """
    cores: list[FakeCore] = []

    def factory() -> FakeCore:
        first = (snapshot or make_snapshot()) if not cores else None
        core = FakeCore(first, refuses_to_start=refuses_to_start if not cores else "")
        core.tape, core.timeline = tape, timeline
        cores.append(core)
        return core

    app = RtgenApp(factory, request, NEVER_HZ, looks=looks or Looks(symbols=symbols))
    with patch.object(FrameGovernor, "observe"):
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            run = Running(app, pilot, cores)
            await run.frame()
            run.core.sent.clear()
            yield run


@asynccontextmanager
async def replaying(
    snapshot: Snapshot | None = None,
    size: tuple[int, int] = (120, 40),
    request: ReplayRequest = REPLAY,
    tape: Tape | None = None,
    timeline: Timeline | None = None,
    symbols: Symbols = BLOCK,
) -> AsyncIterator[Running]:
    """The application on a fake core that replays a session of five minutes, now at 02:14.3."""
    async with running(
        snapshot,
        size,
        request,
        tape=tape or make_tape(),
        timeline=timeline or make_timeline(),
        symbols=symbols,
    ) as run:
        yield run
