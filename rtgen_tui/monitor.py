"""What all screens share: the run being watched, and what the user did to the view of it.

The monitor keeps no figure of its own: a screen shows the core's newest snapshot, or the one at
which the user froze it. Only the log grows here, because a snapshot holds the newest lines only and
a view may be opened late. What can be done to the run is the affair of ``LiveRun`` and ``Replay``.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

from emulator.protocol import MAX_SNAPSHOT_HZ
from emulator.snapshot import Snapshot
from rtgen_tui.fallback import Fallback
from rtgen_tui.live_run import LiveRun
from rtgen_tui.reconnect import Reconnect
from rtgen_tui.recordings import Recordings
from rtgen_tui.session import (
    Core,
    CoreError,
    CoreFactory,
    Notice,
    ReplayRequest,
    RunRequest,
)
from rtgen_tui.watched import Watched

if TYPE_CHECKING:
    from rtgen_tui.beside import Beside
    from rtgen_tui.replay import Replay

Request: TypeAlias = RunRequest | ReplayRequest

MIN_SNAPSHOT_HZ: Final = 0.1
"""The core refuses less."""
FIRST_FRAME_S: Final = 0.2
"""How long an empty screen is put off while a core loads beside it."""


class Monitor(Watched):
    """The run on screen and the way to its core; knows nothing of widgets."""

    def __init__(
        self,
        core_factory: CoreFactory,
        request: Request,
        running: Core | None = None,
        begun: "asyncio.Task[None] | None" = None,
    ) -> None:
        super().__init__(self._run_of(request))
        self.complaint = ""
        """The last thing that was refused."""
        self.starting = True
        self.filter_text = ""
        self.recordings = Recordings()
        self.reconnect = Reconnect(monotonic)
        """Plans tries while the connection to a core elsewhere is broken."""
        self.beside: Beside | None = None
        """The second session while two are compared."""
        self._core_factory = core_factory
        self._running = running
        self._begun = begun
        self.on_sent: Callable[[], None] | None = None
        """Told of each command that was sent: its effect need not wait for the frame clock."""
        self._rate_hz = 0.0
        self._followed: Snapshot | None = None
        self._fallback = Fallback()
        self._errors: list[str] = []

    def _run_of(self, request: Request) -> "LiveRun | Replay":
        if isinstance(request, RunRequest):
            return LiveRun(self, request)
        from rtgen_tui.replay import Replay

        return Replay(self, request)

    # --- the core's life ---------------------------------------------------------------------

    async def start(self) -> None:
        """Make a core and start the requested run on it; a failure becomes ``problem``.

        The first time it takes the core on which the run is ``running``, if there is one.
        """
        self.starting, self.problem = True, ""
        self.reconnect.trying()
        self._history.new_core()
        running, self._running = self._running, None
        core = running or self._core_factory()
        self._core = core
        try:
            await core.start()
            if running is None:
                await core.send(self.run.request.command())
            await core.send({"t": "rate", "hz": self._rate_hz or MAX_SNAPSHOT_HZ})
        except (CoreError, OSError) as error:
            self.problem = str(error) or "the core cannot be started"
            self._plan_reconnect()
        else:
            self.reconnect.connected()
            if core.mismatch:
                self.complain(core.mismatch)
        finally:
            self.starting = False

    async def begun(self) -> None:
        """Wait a moment for a run that has begun before the screen, to draw it in the first frame.

        A frame without it would take as long to draw, and show nothing.
        """
        if self._begun is not None:
            await asyncio.wait([self._begun], timeout=FIRST_FRAME_S)
            self._begun = None

    async def restart(self) -> None:
        """Replace a core that has ended; policy and speed stay as they were on screen."""
        await self._begin(self.run.again(self.latest))

    async def new_run(
        self, *, profile: str = "", scenario: str = "", seed: int | None = None
    ) -> None:
        """Start a run that differs in what is given; on a new core when the old one has ended."""
        old, latest = self.live.again(self.latest), self.latest
        if old.attach and latest is not None:
            old = replace(old, profile=latest.profile, scenario=latest.scenario, attach=False)
        request = replace(
            old,
            profile=profile or old.profile,
            scenario=scenario or old.scenario,
            seed=old.seed if seed is None else seed,
        )
        await self._begin(request)

    async def _begin(self, request: Request) -> None:
        self.run = self._run_of(request)
        self.frozen = None
        if self.problem:
            await self._close_core()
            await self.start()
        else:
            await self.send(request.command())

    async def replay_another(self, request: ReplayRequest) -> None:
        """Replay another session on the core of this one."""
        if self.beside is not None:
            await self.beside.close()
            self.beside = None
        await self._begin(request)

    async def exchange(self, core: Core, request: Request) -> Core:
        """Go on with another core, on which that runs already; returns the one before.

        Raises:
            CoreError: there is none to give away.
        """
        if self._core is None:
            raise CoreError("there is no core yet")
        before, self._core = self._core, core
        self.problem = ""
        self._history.new_core()
        self.run = self._run_of(request)
        await self.send({"t": "rate", "hz": self._rate_hz or MAX_SNAPSHOT_HZ})
        return before

    async def close(self) -> None:
        """End all cores; may be called at any time and more than once."""
        if self.beside is not None:
            await self.beside.close()
        await self._close_core()

    async def _close_core(self) -> None:
        if self._core is None:
            return
        self.recordings.follow(self._core.recording)
        await self._core.close()
        # A recording is closed as the last thing that a core does.
        for notice in self._core.messages():
            if notice.kind == "saved":
                self.recordings.saved(notice.text)

    # --- what the core says -------------------------------------------------------------------

    def collect(self) -> list[str]:
        """Follow the core: learn what it did and of its death, and hand out what was refused."""
        latest = self.latest
        if latest is not None and latest is not self._followed:
            is_new = self._followed is None or latest.run != self._followed.run
            self._followed = latest
            self.run.follow(latest)
            if is_new and (story := self._fallback.take()):
                self.complain(story)
        if self._core is not None and not self.starting:
            for notice in self._core.messages():
                self._take(notice)
            self.recordings.follow(self.recording)
            if not self._core.alive:
                self._lose_core("it ended without a word")
        errors, self._errors = self._errors, []
        return errors

    def _take(self, notice: Notice) -> None:
        if notice.kind == "died":
            self._lose_core(notice.text)
        elif notice.kind == "saved":
            self.recordings.saved(notice.text)
        elif notice.kind == "warning":
            self.complain(notice.text)
        else:
            self.run.refuse()
            self.complain(notice.text)

    def _lose_core(self, reason: str) -> None:
        if not self.problem:
            self.problem = reason
            self._history.end()
            self._plan_reconnect()
            self._plan_fallback(reason)

    def _plan_reconnect(self) -> None:
        """A connection may come back by itself; a core of ours that died is the user's to start."""
        if self._core is not None and self._core.may_return:
            self.problem = f"connection to {self._core.where} lost: {self.problem}"
            self.reconnect.lost()

    def _plan_fallback(self, reason: str) -> None:
        """Start again without a policy that is the user's own."""
        core, run = self._core, self.run
        if core is None or core.where or not isinstance(run, LiveRun):
            return
        if self._fallback.plan(run, reason, core.recording):
            self.reconnect.lost()

    def complain(self, sentence: str) -> None:
        """Tell the user why something does not happen; it stays in the log of a live run."""
        self.complaint = sentence
        self._errors.append(sentence)
        if self.mode == "live":
            self._history.add_error(sentence)

    # --- what the user does ------------------------------------------------------------------

    async def send(self, message: Mapping[str, object]) -> bool:
        """Send a command, return whether it was sent; if not, the user reads why."""
        if self.problem:
            self.complain("there is no core; enter starts a new one")
            return False
        if self._core is None or self.starting:
            self.complain("the core is still starting")
            return False
        try:
            await self._core.send(message)
        except (CoreError, OSError) as error:
            self.complain(str(error))
            return False
        if self.on_sent is not None and message["t"] != "rate":
            self.on_sent()
        return True

    def freeze(self) -> None:
        """Hold the shown snapshot, or go back to the newest."""
        self.frozen = None if self.frozen else self.latest

    async def set_rate(self, hz: float) -> None:
        """Ask for as many snapshots as the screen draws."""
        hz = min(max(hz, MIN_SNAPSHOT_HZ), MAX_SNAPSHOT_HZ)
        if hz == self._rate_hz:
            return
        self._rate_hz = hz
        if not self.problem and not self.starting:
            await self.send({"t": "rate", "hz": hz})
