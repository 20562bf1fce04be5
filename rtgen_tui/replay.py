"""What can be done to a recorded session: go to any time of it, and play it at any speed."""

from dataclasses import replace
from typing import Final, Literal

from emulator.snapshot import LogLine, Snapshot
from rtgen_tui.action import Mode
from rtgen_tui.session import ReplayRequest
from rtgen_tui.transport import ToCore, Transport
from rtgen_tui.widgets.log import INCIDENTS

AS_FAST_AS_IT_CAN: Final = 0.0
SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, AS_FAST_AS_IT_CAN)
"""Virtual seconds per wall second that ``[`` and ``]`` step through."""

_NS: Final = 1_000_000_000
_PATIENCE: Final = 3
"""Snapshots after which a place that was asked for has been reached or never will be."""


class Replay(Transport):
    """The tape of a session, and where the user wants it to be."""

    mode: Mode = "replay"

    def __init__(self, core: ToCore, request: ReplayRequest) -> None:
        super().__init__(core, SPEEDS, request.speed, paused=request.paused)
        self.request = request
        self._left_ns = 0
        self._wanted_ns: int | None = None
        self._patience = 0
        self._direction = 0
        """Of the incident that was asked for; 0 when it has been found."""

    def follow(self, snapshot: Snapshot) -> None:
        """Learn where the tape is."""
        super().follow(snapshot)
        if self._wanted_ns is None:
            return
        self._patience -= 1
        is_there = abs(snapshot.t_ns - self._wanted_ns) < abs(snapshot.t_ns - self._left_ns)
        if is_there or self._patience <= 0:
            self._wanted_ns = None

    def refuse(self) -> None:
        """The core refused something: nothing is on its way any more."""
        self._wanted_ns, self._direction = None, 0

    def is_over(self, snapshot: Snapshot) -> bool:
        """The end of a tape ends nothing."""
        return False

    def again(self, snapshot: Snapshot | None) -> ReplayRequest:
        """The request of a replay that goes on where this one is."""
        at_ns = self.request.at_ns if snapshot is None else snapshot.t_ns
        return replace(self.request, at_ns=at_ns, speed=self.speed, paused=self.paused)

    # --- places --------------------------------------------------------------------------------

    async def seek(self, t_ns: int) -> None:
        """Go to a time; beyond the ends of the tape, to its end."""
        tape, latest = self._core.tape, self._core.latest
        if tape is not None:
            t_ns = min(max(t_ns, tape.t_begin_ns), tape.t_end_ns)
        self._left_ns = latest.t_ns if latest is not None else t_ns
        self._wanted_ns, self._direction, self._patience = t_ns, 0, _PATIENCE
        await self._core.send({"t": "seek", "t_ns": t_ns})

    async def seek_by(self, seconds: int) -> None:
        """Go so far from here; from the place asked for last, while the tape is on its way."""
        latest = self._core.latest
        here_ns = self._wanted_ns if self._wanted_ns is not None else latest.t_ns if latest else 0
        await self.seek(here_ns + seconds * _NS)

    async def to_start(self) -> None:
        """Go to the start of the tape."""
        tape = self._core.tape
        await self.seek(0 if tape is None else tape.t_begin_ns)

    async def to_end(self) -> None:
        """Go to the end of the tape."""
        tape = self._core.tape
        if tape is not None:
            await self.seek(tape.t_end_ns)

    async def step(self) -> None:
        """Go to the next event instant; the core pauses there."""
        self.expect(paused=True)
        await self._core.send({"t": "step"})

    async def step_back(self) -> None:
        """Go to the event instant before; the core pauses there."""
        self.expect(paused=True)
        await self._core.send({"t": "step-back"})

    async def incident(self, direction: Literal[1, -1]) -> None:
        """Go to the next or the previous incident of the session."""
        latest = self._core.latest
        self._left_ns = latest.t_ns if latest is not None else 0
        self._wanted_ns, self._direction, self._patience = None, direction, _PATIENCE
        await self._core.send({"t": "incident", "direction": direction})

    def arrival(self, snapshot: Snapshot) -> LogLine | None:
        """The log's line on the incident that was asked for, once, when the tape is there."""
        if not self._direction:
            return None
        lines = [line for line in snapshot.log if line.kind in INCIDENTS]
        if self._direction > 0:
            found = next((line for line in lines if line.t_ns > self._left_ns), None)
        else:
            found = lines[-1] if lines and snapshot.t_ns < self._left_ns else None
        self._patience -= 1
        if found is not None or self._patience <= 0:
            self._direction = 0
        return found

    # --- time ----------------------------------------------------------------------------------

    async def play(self) -> None:
        """Play or pause; at the end of the tape play it again from its start."""
        latest, tape = self._core.latest, self._core.tape
        at_end = latest is not None and latest.state == "ended" and self._wanted_ns is None
        if at_end and tape is not None and not tape.growing:
            await self.to_start()
            self.expect(paused=False)
            await self._core.send({"t": "resume"})
        else:
            await self.pause()

    async def follow_edge(self) -> None:
        """Stay at the end of a file that is still being written, or stop following it."""
        tape = self._core.tape
        if tape is None or not (tape.growing or tape.follows):
            self._core.complain("nobody writes this session any more: it has no live edge")
            return
        self._wanted_ns = None
        if not tape.follows:
            self.expect(paused=False)
        await self._core.send({"t": "follow", "on": not tape.follows})
