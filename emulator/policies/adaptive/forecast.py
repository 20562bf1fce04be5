"""What is released next: periodic work, learned from the releases so far."""

from collections.abc import Iterator
from typing import Final

from emulator.policies.adaptive.lookahead import Item, Way
from emulator.policies.base import ReadySlice

_STEADY: Final = 8
"""A stream is periodic if gap after gap differs by less than 1 / so much."""
_FORGOTTEN: Final = 3
"""Periods without a release after which a stream counts as stopped."""
_AHEAD_NS: Final = 200_000_000
"""How far releases are laid out at a time, so that most decisions find them laid out."""
_MOST: Final = 160
"""Releases that are looked at at a time: bounds the time of a decision."""


class _Task:
    """One stage of a stream, as it was seen."""

    __slots__ = ("due_ns", "job", "offset_ns", "period_ns", "release_ns", "ways")

    def __init__(self, job: int, release_ns: int) -> None:
        self.job = job
        self.release_ns = release_ns
        self.period_ns = 0
        """0 while it is not known, or releases are not periodic."""
        self.offset_ns = 0
        """From the release of the job to the stage being ready."""
        self.due_ns = 0
        """From the release to when it must end."""
        self.ways: tuple[Way, ...] = ()

    def see(self, ready: ReadySlice, due_ns: int, ways: tuple[Way, ...]) -> None:
        """Learns from a job; its number says how many releases lie between."""
        if ready.job > self.job:
            gap_ns = (ready.release_ns - self.release_ns) // (ready.job - self.job)
            known = self.period_ns
            is_steady = not known or abs(gap_ns - known) * _STEADY < known
            self.period_ns = gap_ns if is_steady else 0
        self.job = ready.job
        self.release_ns = ready.release_ns
        self.offset_ns = ready.ready_ns - ready.release_ns
        self.due_ns = due_ns - ready.release_ns
        self.ways = ways


class Forecast:
    """The periodic work that is expected to become ready."""

    __slots__ = ("_coming", "_laid_out_ns", "_tasks")

    def __init__(self) -> None:
        self._tasks: dict[tuple[str, str], _Task] = {}
        self._coming: list[tuple[int, int, _Task]] = []
        """(ready, job, task) in order."""
        self._laid_out_ns = -1

    def see(self, ready: ReadySlice, due_ns: int, ways: tuple[Way, ...]) -> None:
        """Learns from an inference that became ready and must end by ``due_ns``."""
        name = ready.stream, ready.stage
        task = self._tasks.get(name)
        if task is None:
            task = self._tasks[name] = _Task(ready.job, ready.release_ns)
        elif ready.job <= task.job:
            return
        known = task.period_ns
        task.see(ready, due_ns, ways)
        if abs(task.period_ns - known) * _STEADY > known:
            self._laid_out_ns = -1

    def until(self, now_ns: int, end_ns: int) -> list[Item]:
        """What becomes ready after now and before ``end_ns``, in order; the first of it only."""
        if end_ns > self._laid_out_ns:
            self._lay_out(now_ns, end_ns + _AHEAD_NS)
        found: list[Item] = []
        for ready_ns, job, task in self._coming:
            if ready_ns >= end_ns or len(found) == _MOST:
                break
            if job > task.job and ready_ns > now_ns:
                found.append((ready_ns, ready_ns - task.offset_ns + task.due_ns, task.ways))
        return found

    def _lay_out(self, now_ns: int, end_ns: int) -> None:
        tasks = self._tasks.values()
        coming = [each for task in tasks for each in _arrivals(task, now_ns, end_ns)]
        self._coming = sorted(coming, key=_ready_ns)
        self._laid_out_ns = end_ns


def _arrivals(task: _Task, now_ns: int, end_ns: int) -> Iterator[tuple[int, int, _Task]]:
    period_ns = task.period_ns
    if not period_ns or now_ns - task.release_ns > _FORGOTTEN * period_ns:
        return
    first_ns = task.release_ns + task.offset_ns
    begin = max(1, (now_ns - first_ns) // period_ns)
    # Of a task with a period of a few ns no more than can be looked at.
    end = min((end_ns - first_ns) // period_ns + 1, begin + _MOST)
    for count in range(begin, end):
        yield first_ns + count * period_ns, task.job + count, task


def _ready_ns(each: tuple[int, int, _Task]) -> int:
    return each[0]
