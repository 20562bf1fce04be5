"""Looks after a policy of somebody's own while it runs: reloads its file, and sees how slow it is.

Both at a low rate, in the core's loop and not in the engine's. What a slow policy makes of a run
depends on the wall clock, so its end is a command, and the journal holds it as a failure.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.commands import SwapPolicy
from emulator.errors import UserError
from emulator.policies import find_policy
from emulator.policies.overtime import CallTimes
from emulator.policies.own import times_of
from emulator.policies.own_name import own_name, without_version
from emulator.protocol import Message
from emulator.serving.clock import Clock
from emulator.serving.emulation import Emulation

if TYPE_CHECKING:
    from emulator.policies.trial import Trial
    from emulator.serving.trial_inbox import TryOut

LOOK_NS: Final = 500_000_000
"""Wall time between two looks."""
BUDGET_NS: Final = 5_000_000
"""A policy whose decisions take longer than this, in the mean of a look, is slow."""
PATIENCE: Final = 4
"""Looks in a row at which a slow policy may keep the run from keeping pace."""
_MOST: Final = 0.5
"""Share of the wall time beyond which it is the policy that does."""


class PolicyCare:
    """Of one run; ``watch`` says which policy it is about."""

    def __init__(
        self, emulation: Emulation, clock: Clock, name: str, try_out: "TryOut | None" = None
    ) -> None:
        self._emulation = emulation
        self._clock = clock
        self._try_out = try_out
        self._trial: Trial | None = None
        self._news: list[Message] = []
        self.watch(name)

    def watch(self, name: str) -> None:
        """Another policy was asked for; a file is watched until the next one is."""
        self._watched = own_name(name)
        self._trial = None
        self._times: CallTimes | None = times_of(find_policy(name))
        self._told_slow = False
        self._lagging = 0
        self._seen = self._settling = _stamp(self._watched.path)
        self._begin_look()

    @property
    def due_ns(self) -> int:
        """Wall time of the next look."""
        return self._looked_ns + LOOK_NS

    def tend(self) -> None:
        """Looks, if it is time."""
        if self._clock.now_ns() < self.due_ns:
            return
        self._look_at_times()
        self._begin_look()
        self._look_at_trial()
        if self._watched.is_file:
            self._look_at_file()

    def frames(self) -> Sequence[Message]:
        """Warnings for the client."""
        news, self._news = self._news, []
        return news

    def _begin_look(self) -> None:
        self._looked_ns = self._clock.now_ns()
        times = self._times
        self._count, self._total_ns = (0, 0) if times is None else (times.count, times.total_ns)

    def _look_at_times(self) -> None:
        times = self._times
        if times is None or times.count == self._count:
            self._lagging = 0
            return
        took_ns = times.total_ns - self._total_ns
        mean_ns = took_ns / (times.count - self._count)
        if mean_ns <= BUDGET_NS:
            self._lagging = 0
            return
        name = self._emulation.policy
        took = f"{mean_ns / 1e6:.1f} ms per decision"
        if not self._told_slow:
            self._told_slow = True
            self._warn(f"policy {name} is slow: {took}, more than {BUDGET_NS / 1e6:g} ms")
        share = took_ns / max(1, self._clock.now_ns() - self._looked_ns)
        keeps_pace = self._emulation.driver.pace().keeps_pace
        self._lagging = 0 if keeps_pace or share < _MOST else self._lagging + 1
        if self._lagging >= PATIENCE:
            self._lagging = 0
            self._emulation.fail_policy(
                f"too slow: {took}, {share:.0%} of the time, and the run could not keep pace"
            )

    def _look_at_file(self) -> None:
        """Swaps to a new version, once it has not changed any more from one look to the next."""
        stamp = _stamp(self._watched.path)
        is_settled, self._settling = stamp == self._settling, stamp
        if stamp is None or stamp == self._seen or not is_settled:
            return
        self._seen = stamp
        if self._try_out is None:
            self._take_over()
        else:
            self._trial = self._try_out(without_version(self._watched.plain))

    def _look_at_trial(self) -> None:
        """Whether a new version loads elsewhere, where it may do what it likes."""
        trial = self._trial
        if trial is None or trial.problem is None:
            return
        self._trial = None
        if trial.problem:
            self._warn(f"{trial.problem}; {self._emulation.policy} goes on")
        else:
            self._take_over()

    def _take_over(self) -> None:
        going_on = self._emulation.policy
        try:
            name = find_policy(without_version(self._watched.plain)).name
            if name == f"{self._watched.plain}@{self._watched.digest}":
                return
            self._emulation.apply(SwapPolicy(name))
        except UserError as error:
            self._warn(f"{error}; {going_on} goes on")
            return
        self.watch(name)

    def _warn(self, sentence: str) -> None:
        self._news.append({"t": "warning", "message": sentence})


def _stamp(path: str) -> tuple[int, int] | None:
    """What changes when a file is saved; None while there is none."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
