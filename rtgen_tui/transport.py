"""How time passes in a run, live or from a tape: pause, step and speed, as they were asked for."""

from collections.abc import Mapping
from math import inf
from typing import Protocol

from emulator.snapshot import LogLine, Snapshot
from rtgen_tui.session import Recording, Tape


class ToCore(Protocol):
    """The way to the core, as a run sees it."""

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot."""

    @property
    def recording(self) -> Recording | None:
        """The file that the run is recorded into, None while there is none."""

    @property
    def tape(self) -> Tape | None:
        """The session that is replayed, None in a live run."""

    async def send(self, message: Mapping[str, object]) -> bool:
        """Send a command, return whether it was sent; if not, the user reads why."""

    def complain(self, sentence: str) -> None:
        """Tell the user why nothing happens."""


class Transport:
    """Turns keys into commands about time.

    Snapshots come a tenth of a second late: until one agrees with what the user asked for last, the
    wish counts, so that every key means what it would mean if the core had answered at once.

    Args:
        core: the way to the core.
        speeds: virtual seconds per wall second to step through, rising; 0 is as fast as it can.
        speed: the first of them.
        paused: whether the run begins paused.
    """

    def __init__(
        self, core: ToCore, speeds: tuple[float, ...], speed: float, *, paused: bool
    ) -> None:
        self.speed = speed
        self._core = core
        self._speeds = speeds
        self._asked: bool | None = None
        self._paused = paused

    @property
    def paused(self) -> bool:
        """Whether time stands still, as soon as the core has done what it was asked for."""
        return self._paused if self._asked is None else self._asked

    def follow(self, snapshot: Snapshot) -> None:
        """Take in what a new snapshot says."""
        self._paused = snapshot.state == "paused"
        if self._asked == self._paused or snapshot.state == "ended":
            self._asked = None

    def expect(self, *, paused: bool) -> None:
        """Something was asked for that pauses the run or lets it go on."""
        self._asked = paused

    def arrival(self, snapshot: Snapshot) -> LogLine | None:
        """A line of the log that the user asked to be taken to; a live run goes nowhere."""
        return None

    async def pause(self) -> None:
        """Pause the run, or let it go on."""
        self.expect(paused=not self.paused)
        await self._core.send({"t": "pause" if self.paused else "resume"})

    async def step(self) -> None:
        """Go to the next event instant; a run that is not paused is paused first."""
        if not self.paused:
            await self.pause()
        await self._core.send({"t": "step"})

    async def slower(self) -> None:
        """Go one step down in the speeds."""
        below = [each for each in self._speeds if _rank(each) < _rank(self.speed)]
        await self.set_speed(below[-1] if below else self._speeds[0])

    async def faster(self) -> None:
        """Go one step up in the speeds."""
        above = [each for each in self._speeds if _rank(each) > _rank(self.speed)]
        await self.set_speed(above[0] if above else self._speeds[-1])

    async def set_speed(self, speed: float) -> None:
        """Let this many virtual seconds pass per wall second."""
        self.speed = speed
        await self._core.send({"t": "speed", "speed": speed})


def _rank(speed: float) -> float:
    return speed or inf
