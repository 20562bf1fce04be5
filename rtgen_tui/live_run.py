"""What can be done to a run of the engine: swap its policy, record it, start another one."""

from dataclasses import replace
from typing import Final

from emulator.snapshot import Snapshot
from rtgen_tui.action import Mode
from rtgen_tui.session import RunRequest
from rtgen_tui.transport import ToCore, Transport

FALLBACK: Final = "fcfs"
"""What a run goes on under when a policy breaks, in the engine and here."""
SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Virtual seconds per wall second that ``[`` and ``]`` step through."""


class LiveRun(Transport):
    """The run of a request, and the wishes of the user about it."""

    mode: Mode = "live"

    def __init__(self, core: ToCore, request: RunRequest) -> None:
        super().__init__(core, SPEEDS, request.speed, paused=request.paused)
        self.request = request
        self._policies = _Policies()
        self._asked_to_record: bool | None = None
        self._gave_up = False
        """Whether the next run begins under the fallback."""
        self.what_if_wanted = False
        """Whether the user looks at what other policies would have made of the last minute."""

    def follow(self, snapshot: Snapshot) -> None:
        """Learn of pauses, swaps and recordings."""
        super().follow(snapshot)
        self._policies.follow(snapshot)
        if self._asked_to_record == (self._core.recording is not None):
            self._asked_to_record = None

    def refuse(self) -> None:
        """The core refused something."""
        self._policies.refuse()
        self._asked_to_record = None

    def is_over(self, snapshot: Snapshot) -> bool:
        """Whether the requested duration has passed."""
        end_s = self.request.duration_s
        return end_s is not None and snapshot.t_ns >= end_s * 1e9

    def again(self, snapshot: Snapshot | None) -> RunRequest:
        """The request of a run like this one, with the policy and the speed of now."""
        # Loaded when it is needed: the first frame does without policies.
        from emulator.policies.own_name import without_version

        policy = self._policies.asked or self.request.policy
        if self._gave_up:
            policy = FALLBACK
        return replace(self.request, policy=without_version(policy), speed=self.speed)

    def give_up_own_policy(self) -> str:
        """Have the next run begin under another policy, if this one is somebody's own; its name."""
        from emulator.policies.own_name import is_own

        policy = self._policies.asked or self.request.policy
        if not is_own(policy):
            return ""
        self._gave_up = True
        return policy

    async def swap_number(self, position: int) -> None:
        """Swap to the policy at this position of the pick list, which starts at 1."""
        latest = self._core.latest
        policies = latest.policies if latest else ()
        if position > len(policies):
            self._core.complain(f"there is no policy {position}")
            return
        await self.swap(policies[position - 1].name)

    async def swap(self, policy: str) -> None:
        """Swap the policy while the run goes on, unless it is the one asked for last."""
        self._follow_latest()
        if policy == self._policies.asked:
            return
        if await self._core.send({"t": "swap", "policy": policy}):
            self._policies.ask(policy)

    async def swap_back(self) -> None:
        """Swap to the policy that was asked for before."""
        self._follow_latest()
        if self._policies.before:
            await self.swap(self._policies.before)
        else:
            self._core.complain("no policy was swapped yet")

    async def record(self) -> None:
        """Record from now on into a new file, or close the recording that there is."""
        is_on = self._asked_to_record
        if is_on is None:
            is_on = self._core.recording is not None
        self._asked_to_record = not is_on
        if not is_on:
            await self._core.send({"t": "record", "path": "", "rotate_bytes": 0, "rotate_s": 0})
        else:
            await self._core.send({"t": "stop-recording"})

    async def save_flight(self) -> None:
        """Write what the flight recorder holds to a new file."""
        await self._core.send({"t": "save-flight", "path": ""})

    async def toggle_what_if(self) -> None:
        """Begin, or end, to ask what each policy of the list would have made of the last minute."""
        latest = self._core.latest
        wanted = not self.what_if_wanted
        names = [each.name for each in latest.policies] if latest is not None and wanted else []
        if await self._core.send({"t": "what-if", "policies": names}):
            self.what_if_wanted = wanted

    def _follow_latest(self) -> None:
        if self._core.latest is not None:
            self._policies.follow(self._core.latest)


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
