"""What is released next: periodic work, learned from the releases so far."""

from collections.abc import Iterator
from typing import Final

from emulator.policies.adaptive.lookahead import Item, Way
from emulator.policies.base import ReadySlice

_STEADY: Final = 0.4
"""A stream is periodic if its gaps differ from their mean by less than this share on average:
0.33 with jitter of up to a whole period, 0.74 where releases are random (Poisson)."""
_EXACT: Final = 1 / 64
"""Below this share there is no jitter to be smoothed."""
_WEIGHT: Final = 4
"""A new observation counts for 1 / so much."""
_FORGOTTEN: Final = 3
"""Periods without a release after which a stream counts as stopped."""
_AHEAD_NS: Final = 200_000_000
"""How far releases are laid out at a time, so that most decisions find them laid out."""
_MOST: Final = 160
"""Releases that are looked at at a time: bounds the time of a decision."""


class _Task:
    """One stage of a stream, as it was seen."""

    __slots__ = (
        "anchor_ns",
        "due_ns",
        "jitter_ns",
        "job",
        "offset_ns",
        "period_ns",
        "release_ns",
        "ways",
    )

    def __init__(self, job: int, release_ns: int) -> None:
        self.job = job
        self.release_ns = release_ns
        self.anchor_ns = release_ns
        """When the job was expected, corrected by when it came."""
        self.period_ns = 0
        """0 while it is not known."""
        self.jitter_ns = 0
        """Mean distance of a gap from the period."""
        self.offset_ns = 0
        """From the release of the job to the stage being ready."""
        self.due_ns = 0
        """From the release to when it must end."""
        self.ways: tuple[Way, ...] = ()

    @property
    def is_periodic(self) -> bool:
        """Whether its releases can be told."""
        return self.period_ns > 0 and self.jitter_ns < _STEADY * self.period_ns

    def see(self, ready: ReadySlice, due_ns: int, ways: tuple[Way, ...]) -> None:
        """Learns from a job; its number says how many releases lie between."""
        if ready.job > self.job:
            self._see_gap(ready.release_ns, ready.job - self.job)
        self.job = ready.job
        self.release_ns = ready.release_ns
        self.offset_ns = ready.ready_ns - ready.release_ns
        self.due_ns = due_ns - ready.release_ns
        self.ways = ways

    def _see_gap(self, release_ns: int, periods: int) -> None:
        gap_ns = (release_ns - self.release_ns) // periods
        known_ns = self.period_ns
        if not known_ns:
            self.period_ns, self.anchor_ns = gap_ns, release_ns
            return
        off_ns = abs(gap_ns - known_ns)
        more_ns = (off_ns - self.jitter_ns) // _WEIGHT if self.jitter_ns else off_ns
        self.jitter_ns += more_ns
        self.period_ns += (gap_ns - known_ns) // _WEIGHT
        expected_ns = self.anchor_ns + periods * self.period_ns
        error_ns = release_ns - expected_ns
        is_smooth = _EXACT * known_ns < self.jitter_ns and 2 * abs(error_ns) < known_ns
        self.anchor_ns = expected_ns + error_ns // _WEIGHT if is_smooth else release_ns


class Forecast:
    """The periodic work that is expected to become ready."""

    __slots__ = ("_coming", "_laid_out_ns", "_random", "_tasks")

    def __init__(self) -> None:
        self._tasks: dict[tuple[str, str], _Task] = {}
        self._coming: list[tuple[int, int, _Task]] = []
        """(ready, job, task) in order."""
        self._random: list[_Task] = []
        """Those whose releases cannot be told."""
        self._laid_out_ns = -1

    def see(self, ready: ReadySlice, due_ns: int, ways: tuple[Way, ...]) -> None:
        """Learns from an inference that became ready and must end by ``due_ns``."""
        name = ready.stream, ready.stage
        task = self._tasks.get(name)
        if task is None:
            task = self._tasks[name] = _Task(ready.job, ready.release_ns)
        elif ready.job <= task.job:
            return
        expected_ns = task.anchor_ns + task.period_ns
        task.see(ready, due_ns, ways)
        # What is laid out already stays, unless it was laid out by another rhythm.
        if abs(task.anchor_ns - expected_ns) > _EXACT * task.period_ns:
            self._laid_out_ns = -1

    def until(self, now_ns: int, end_ns: int, held_ns: int) -> list[Item]:
        """What becomes ready after now and before ``end_ns``, in order; the first of it only.

        What is late by no more than its jitter is expected now, and so is what comes at random but,
        on average, within the ``held_ns`` for which a backend is to be held.
        """
        if end_ns > self._laid_out_ns:
            self._lay_out(now_ns, end_ns + _AHEAD_NS)
        begin_ns = now_ns + 1
        found: list[Item] = [
            (begin_ns, begin_ns - task.offset_ns + task.due_ns, task.ways)
            for task in self._random
            if task.period_ns <= held_ns and now_ns - task.release_ns < _FORGOTTEN * held_ns
        ]
        for ready_ns, job, task in self._coming:
            if ready_ns >= end_ns or len(found) == _MOST:
                break
            if job > task.job and ready_ns + 2 * task.jitter_ns > now_ns:
                begin_ns = max(ready_ns, now_ns + 1)
                found.append((begin_ns, begin_ns - task.offset_ns + task.due_ns, task.ways))
        return found

    def _lay_out(self, now_ns: int, end_ns: int) -> None:
        tasks = self._tasks.values()
        coming = [each for task in tasks for each in _arrivals(task, now_ns, end_ns)]
        self._coming = sorted(coming, key=_ready_ns)
        self._random = [task for task in tasks if task.period_ns and not task.is_periodic]
        self._laid_out_ns = end_ns


def _arrivals(task: _Task, now_ns: int, end_ns: int) -> Iterator[tuple[int, int, _Task]]:
    period_ns = task.period_ns
    if not task.is_periodic or now_ns - task.release_ns > _FORGOTTEN * period_ns:
        return
    first_ns = task.anchor_ns + task.offset_ns
    begin = max(1, (now_ns - first_ns) // period_ns)
    # Of a task with a period of a few ns no more than can be looked at.
    end = min((end_ns - first_ns) // period_ns + 1, begin + _MOST)
    for count in range(begin, end):
        yield first_ns + count * period_ns, task.job + count, task


def _ready_ns(each: tuple[int, int, _Task]) -> int:
    return each[0]
