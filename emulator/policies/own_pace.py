"""Somebody's own policy must keep pace: one that takes longer than the run is of no use to it.

For runs in virtual time that nobody watches. Whoever wants to try a slow policy all the same calls
``emulator.simulate``, which waits for it.
"""

from collections.abc import Callable
from typing import Final

from emulator.policies.base import NamedPolicy
from emulator.policies.overtime import OvertimeError
from emulator.policies.own import guard_of

GRACE_NS: Final = 10_000_000_000
"""How far the wall time of all decisions may be ahead of the run."""


def watch_pace(policy: NamedPolicy, tell: Callable[[int], None]) -> None:
    """Fails the policy once its decisions take longer than the run so far and the grace.

    Args:
        policy: nothing is done about one that is not somebody's own.
        tell: is told each instant at which it is about to decide, in virtual ns.
    """
    guarded = guard_of(policy)
    if guarded is None:
        return
    times = guarded.times

    def watch(now_ns: int) -> None:
        tell(now_ns)
        if times.total_ns > now_ns + GRACE_NS:
            raise OvertimeError(
                f"too slow: {times.count:,} decisions took {times.total_ns / 1e9:.1f} s, "
                f"and the run is at {now_ns / 1e9:.1f} s"
            )

    guarded.watchers.append(watch)
