"""Runs of consecutive misses."""

from typing import Final

from emulator.metrics.checkpoint import State, flag, whole

MAX_EARLY: Final = 1000
"""So many fates wait for the job before them; then that job is passed over."""


class Streaks:
    """The longest run of consecutive misses of one stream, in the order of job numbers.

    Fates become known in another order (a late job may end after its successor), so those that
    come early wait for the jobs before them. A job that has no fate, or none yet, neither counts
    nor ends a run. Every job is reported at most once, and all that is kept is bounded.
    """

    __slots__ = ("_current", "_early", "_longest", "_next")

    def __init__(self) -> None:
        self._longest = 0
        self._current = 0
        self._next = 0
        self._early: dict[int, bool | None] = {}

    @property
    def longest(self) -> int:
        """The longest run so far."""
        current, longest = self._current, self._longest
        for job in sorted(self._early):
            current = _continued(current, self._early[job])
            longest = max(longest, current)
        return longest

    def report(self, job: int, *, missed: bool | None) -> None:
        """The fate of a job; None for one that does not count (skipped, or without a deadline)."""
        if job != self._next:
            if job > self._next:
                self._early[job] = missed
            if len(self._early) <= MAX_EARLY:
                return
            self._next = min(self._early)
            missed = self._early.pop(self._next)
        self._count(missed)
        while self._early and self._next in self._early:
            self._count(self._early.pop(self._next))

    def state(self) -> State:
        """Longest and current run, the next job, and (job, fate) of those that came early."""
        return self._longest, self._current, self._next, tuple(self._early.items())

    @classmethod
    def restored(cls, state: State) -> "Streaks":
        """The same from its state."""
        longest, current, next_job, early = state
        streaks = cls()
        streaks._longest, streaks._current = whole(longest), whole(current)
        streaks._next = whole(next_job)
        streaks._early = {
            whole(job): None if missed is None else flag(missed) for job, missed in early
        }
        return streaks

    def _count(self, missed: bool | None) -> None:  # noqa: FBT001 - private
        self._next += 1
        self._current = _continued(self._current, missed)
        self._longest = max(self._longest, self._current)


def _continued(run: int, missed: bool | None) -> int:  # noqa: FBT001 - private
    if missed is None:
        return run
    return run + 1 if missed else 0
