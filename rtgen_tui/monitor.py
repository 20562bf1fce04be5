"""What all screens share: the run being watched, and what the user did to the view of it.

The monitor turns wishes into commands of ``emulator.protocol`` and keeps no figure of its own: a
screen shows the core's newest snapshot, or the one at which the user froze it. Only the log grows
here, because a snapshot holds the newest lines only and a view may be opened late.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from emulator.protocol import MAX_SNAPSHOT_HZ
from emulator.snapshot import Snapshot
from rtgen_tui.history import History
from rtgen_tui.session import Core, CoreError, CoreFactory, RunRequest

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Virtual seconds per wall second that ``[`` and ``]`` step through."""

MIN_SNAPSHOT_HZ: Final = 0.1
"""The core refuses less."""


class _Policies:
    """The last two policies asked for, which snapshots show only a little later.

    A snapshot counts the swaps made so far: until it counts all that were sent, it is older than
    what the user asked for and corrects nothing.
    """

    def __init__(self) -> None:
        self.asked = ""
        self.before = ""
        self._settled = ("", "")
        """Both, when no swap was on its way the last time."""
        self._run = 0
        self._swaps = 0
        self._on_its_way = 0

    def ask(self, policy: str) -> None:
        """A swap was sent."""
        self.asked, self.before = policy, self.asked
        self._on_its_way += 1

    def refuse(self) -> None:
        """The core refused something; while swaps are on their way, one of them."""
        self._on_its_way = max(0, self._on_its_way - 1)

    def follow(self, snapshot: Snapshot) -> None:
        """Take what the core did, unless the snapshot is older than what was asked for."""
        swaps = sum(each.swaps for each in snapshot.policies)
        if snapshot.run != self._run:
            self._run, self._on_its_way = snapshot.run, 0
            self.asked, self.before = self._settled = snapshot.policy, ""
        else:
            self._on_its_way = max(0, self._on_its_way - (swaps - self._swaps))
        self._swaps = swaps
        if self._on_its_way:
            return
        if snapshot.policy == self._settled[0] != self.asked:
            self.asked, self.before = self._settled
        elif snapshot.policy != self.asked:
            self.asked, self.before = snapshot.policy, self._settled[0]
        self._settled = self.asked, self.before


class Monitor:
    """The run on screen and the commands to its core; knows nothing of widgets."""

    def __init__(
        self, core_factory: CoreFactory, request: RunRequest, running: Core | None = None
    ) -> None:
        self.request = request
        self.problem = ""
        """Why there is no core, in one sentence; empty while one runs."""
        self.complaint = ""
        """The last thing that was refused."""
        self.starting = True
        self.filter_text = ""
        self.frozen: Snapshot | None = None
        self._core_factory = core_factory
        self._core: Core | None = None
        self._running = running
        self._history = History()
        self._speed = request.speed
        self._paused = request.paused
        self._rate_hz = 0.0
        self._policies = _Policies()
        self._errors: list[str] = []

    # --- the core's life ---------------------------------------------------------------------

    async def start(self) -> None:
        """Make a core and start the requested run on it; a failure becomes ``problem``.

        The first time it takes the core on which the run is ``running``, if there is one.
        """
        self.starting, self.problem = True, ""
        self._paused = self.request.paused
        self._history.new_core()
        running, self._running = self._running, None
        core = running or self._core_factory()
        self._core = core
        try:
            await core.start()
            if running is None:
                await core.send(self.request.command())
            await core.send({"t": "rate", "hz": self._rate_hz or MAX_SNAPSHOT_HZ})
        except (CoreError, OSError) as error:
            self.problem = str(error) or "the core cannot be started"
        finally:
            self.starting = False

    async def restart(self) -> None:
        """Replace a core that has ended; policy and speed stay as they were on screen."""
        await self.new_run()

    async def close(self) -> None:
        """End the core; may be called at any time and more than once."""
        if self._core is not None:
            await self._core.close()

    async def new_run(
        self, *, profile: str = "", scenario: str = "", seed: int | None = None
    ) -> None:
        """Start a run that differs in what is given; on a new core when the old one has ended."""
        old = self.request
        self.request = replace(
            old,
            profile=profile or old.profile,
            scenario=scenario or old.scenario,
            seed=old.seed if seed is None else seed,
            policy=self._policies.asked or old.policy,
            speed=self._speed,
        )
        self.frozen = None
        self._paused = self.request.paused
        if self.problem:
            await self.close()
            await self.start()
        else:
            await self.send(self.request.command())

    # --- what the screens read ---------------------------------------------------------------

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot there ever was, with a longer log; it outlives its core."""
        return self._history.take(self._core.latest if self._core is not None else None)

    @property
    def shown(self) -> Snapshot | None:
        """What the screen shows: the newest snapshot unless the screen is frozen."""
        return self.frozen or self.latest

    def collect(self) -> list[str]:
        """Follow the core: learn of swaps and of its death, and hand out what was refused."""
        self._follow()
        if self._core is not None and not self.starting:
            for notice in self._core.messages():
                if notice.kind == "died":
                    self._lose_core(notice.text)
                else:
                    self._policies.refuse()
                    self._complain(notice.text)
            if not self._core.alive:
                self._lose_core("it ended without a word")
        errors, self._errors = self._errors, []
        return errors

    def _lose_core(self, reason: str) -> None:
        if not self.problem:
            self.problem = reason
            self._history.end()

    def _complain(self, sentence: str) -> None:
        self.complaint = sentence
        self._errors.append(sentence)
        self._history.add_error(sentence)

    def _follow(self) -> None:
        latest = self.latest
        if latest is not None:
            self._policies.follow(latest)

    @property
    def is_over(self) -> bool:
        """Whether the requested duration has passed."""
        end_s, latest = self.request.duration_s, self.latest
        return end_s is not None and latest is not None and latest.t_ns >= end_s * 1e9

    # --- what the user does ------------------------------------------------------------------

    async def send(self, message: Mapping[str, object]) -> bool:
        """Send a command, return whether it was sent; if not, the user reads why."""
        if self.problem:
            self._complain("there is no core; enter starts a new one")
            return False
        if self._core is None or self.starting:
            self._complain("the core is still starting")
            return False
        try:
            await self._core.send(message)
        except (CoreError, OSError) as error:
            self._complain(str(error))
            return False
        return True

    def freeze(self) -> None:
        """Hold the shown snapshot, or go back to the newest."""
        self.frozen = None if self.frozen else self.latest

    async def swap_number(self, position: int) -> None:
        """Swap to the policy at this position of the pick list, which starts at 1."""
        policies = self.latest.policies if self.latest else ()
        if position > len(policies):
            self._complain(f"there is no policy {position}")
            return
        await self.swap(policies[position - 1].name)

    async def swap(self, policy: str) -> None:
        """Swap the policy while the run goes on, unless it is the one asked for last."""
        self._follow()
        if policy != self._policies.asked and await self.send({"t": "swap", "policy": policy}):
            self._policies.ask(policy)

    async def swap_back(self) -> None:
        """Swap to the policy that was asked for before."""
        self._follow()
        if self._policies.before:
            await self.swap(self._policies.before)
        else:
            self._complain("no policy was swapped yet")

    async def pause(self) -> None:
        """Pause the engine, or let it go on."""
        self._paused = not self._paused
        await self.send({"t": "pause" if self._paused else "resume"})

    async def step(self) -> None:
        """Go to the next event instant; a running engine is paused first."""
        if not self._paused:
            await self.pause()
        await self.send({"t": "step"})

    async def slower(self) -> None:
        """Go one step down in ``SPEEDS``."""
        await self.set_speed(
            max((each for each in SPEEDS if each < self._speed), default=SPEEDS[0])
        )

    async def faster(self) -> None:
        """Go one step up in ``SPEEDS``."""
        await self.set_speed(
            min((each for each in SPEEDS if each > self._speed), default=SPEEDS[-1])
        )

    async def set_speed(self, speed: float) -> None:
        """Let this many virtual seconds pass per wall second."""
        self._speed = speed
        await self.send({"t": "speed", "speed": speed})

    async def set_rate(self, hz: float) -> None:
        """Ask for as many snapshots as the screen draws."""
        hz = min(max(hz, MIN_SNAPSHOT_HZ), MAX_SNAPSHOT_HZ)
        if hz == self._rate_hz:
            return
        self._rate_hz = hz
        if not self.problem and not self.starting:
            await self.send({"t": "rate", "hz": hz})
