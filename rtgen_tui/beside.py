"""A second session beside the replay on screen, held at the same instant.

The replay on screen is the one clock: this session stands still on a core of its own, and is sent
to each instant that the first one shows. So every way to move the first moves both, and what is
compared was at the same virtual time.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from emulator.protocol import MAX_SNAPSHOT_HZ
from emulator.snapshot import Snapshot
from rtgen_tui.session import Core, CoreError, CoreFactory, ReplayRequest, Tape
from rtgen_tui.whole_files import Comparison, WholeFiles

if TYPE_CHECKING:
    from rtgen_tui.monitor import Monitor

_RATE: Final = {"t": "rate", "hz": MAX_SNAPSHOT_HZ}


class Pair(NamedTuple):
    """Both sessions at one instant."""

    a: Snapshot
    b: Snapshot


class Beside:
    """Session B, while session A is the replay of a monitor.

    Args:
        monitor: of the replay on screen.
        core_factory: makes the core of the second session.
        path: of its file.
    """

    def __init__(self, monitor: "Monitor", core_factory: CoreFactory, path: str) -> None:
        self.problem = ""
        """Why there is no second session, in one sentence; empty while there is."""
        self.pair: Pair | None = None
        """The newest instant at which both are known."""
        self.whole: WholeFiles | str = ""
        """What the whole files are, why that is not known, or empty: it is being found out."""
        self.path = path
        self._monitor = monitor
        self._core: Core = core_factory()
        self._asked: Snapshot | None = None
        self._target_ns = -1
        self._comparison: Comparison | None = None
        self._is_closed = False
        self._is_swapped = False

    @property
    def tape(self) -> Tape | None:
        """The second session, None until its core has opened it."""
        return self._core.tape

    # --- its life ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the session on its core; a failure becomes ``problem``."""
        try:
            await self._core.start()
            await self._core.send(ReplayRequest(self.path, paused=True).command())
            await self._core.send(_RATE)
        except (CoreError, OSError) as error:
            self.problem = str(error) or "its core cannot be started"

    async def compare_whole(self) -> None:
        """Compare the whole files, once."""
        if self._is_closed:
            return
        self._is_swapped = False
        try:
            self._comparison = Comparison(self._monitor.replay.request.path, self.path)
        except OSError as error:
            self.whole = f"the whole files cannot be compared: {error}"
            return
        found = await asyncio.to_thread(self._comparison.wait)
        if self._is_swapped and isinstance(found, WholeFiles):
            found = found.swapped()
        self.whole = found

    async def close(self) -> None:
        """End its core and the comparison; may be called more than once."""
        self._is_closed = True
        if self._comparison is not None:
            self._comparison.stop()
        await self._core.close()

    # --- one clock ---------------------------------------------------------------------------

    async def follow(self) -> None:
        """Go where the first session is; to be called once a frame."""
        self._hear()
        ahead, here = self._monitor.latest, self._core.latest
        if self.problem or ahead is None or here is None:
            return
        if self._asked is not None:
            if here.t_ns != self._target_ns:
                return
            self._meet(self._asked, here)
        self._asked, self._target_ns = ahead, self._reachable_ns(ahead.t_ns)
        if here.t_ns == self._target_ns:
            self._meet(ahead, here)
            self._asked = None
        else:
            await self._send({"t": "seek", "t_ns": self._target_ns})

    def _meet(self, a: Snapshot, b: Snapshot) -> None:
        if self.pair is None or self.pair.a is not a or self.pair.b is not b:
            self.pair = Pair(a, b)

    def _reachable_ns(self, t_ns: int) -> int:
        """The instant, or the nearest that the second session has."""
        tape = self.tape
        return t_ns if tape is None else min(max(t_ns, tape.t_begin_ns), tape.t_end_ns)

    def _hear(self) -> None:
        """Learn what the core refused, and of its death."""
        for notice in self._core.messages():
            if notice.kind == "died" or (notice.kind == "error" and self._core.latest is None):
                self.problem = notice.text
            elif notice.kind == "error":
                self._asked = None
                self._monitor.complain(f"B: {notice.text}")

    async def _send(self, message: Mapping[str, object]) -> None:
        try:
            await self._core.send(message)
        except (CoreError, OSError) as error:
            self.problem = str(error)

    async def change_over(self) -> None:
        """Make the second session the one on screen, at this instant, and the first the second."""
        monitor, latest = self._monitor, self._monitor.latest
        if self.problem or monitor.problem or latest is None or self._core.latest is None:
            monitor.complain("both sessions must be there to be swapped")
            return
        was = monitor.replay.again(latest)
        rests = was.paused or latest.state == "ended"
        now = ReplayRequest(self.path, latest.t_ns, was.speed, paused=rests)
        await monitor.send({"t": "pause"})
        self._core, self.path = await monitor.exchange(self._core, now), was.path
        await self._send(_RATE)
        await monitor.send({"t": "speed", "speed": now.speed})
        await monitor.replay.seek(latest.t_ns)
        if not rests:
            monitor.replay.expect(paused=False)
            await monitor.send({"t": "resume"})
        self._asked, self.pair = None, self.pair and Pair(self.pair.b, self.pair.a)
        self._is_swapped = not self._is_swapped
        if isinstance(self.whole, WholeFiles):
            self.whole = self.whole.swapped()
