"""The bound from below of a whole window: bounds of its parts add up.

Parts are jobs in order of release; solving a part as if it had the chip alone leaves work out, so
its bound holds, and no job is in two parts. A part's bound is the best of its own and the sum of
its halves'. Programs are solved from the smallest to the largest, as long as there is time.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from emulator.study.optimum.window import WindowJob

MOST_JOBS: Final = 160
"""Parts of more jobs are only halved."""
LEAST_JOBS: Final = 6
"""Parts of so few jobs are not halved."""
MOST_COLUMNS: Final = 40_000
"""Larger programs are not begun: their root alone would take the time of many smaller ones."""
PROGRAM_S: Final = 4.0


def lower_bound(
    jobs: Sequence[WindowJob], missed: Collection[tuple[str, int]], *, time_limit_s: float
) -> int:
    """The least number of these jobs that every schedule misses, as far as it is found in time.

    Args:
        jobs: of the window.
        missed: the jobs (stream, number) that some schedule misses: of any part of the window no
            bound can be higher than its share of them, so what reaches it is done.
        time_limit_s: when to stop.

    Without scipy only the jobs count that would be missed alone on an idle chip.
    """
    root = _Part(jobs, frozenset(missed))
    try:
        _solve(root, time.monotonic() + time_limit_s)
    except ImportError:
        return sum(each.is_hopeless for each in jobs)
    return root.bound


class _Part:
    """Some jobs of the window, and what is known of them."""

    def __init__(self, jobs: Sequence[WindowJob], missed: frozenset[tuple[str, int]]) -> None:
        self.jobs = jobs
        self.at_most = sum((each.stream, each.index) in missed for each in jobs)
        self.own = sum(each.is_hopeless for each in jobs)
        self.halves: tuple[_Part, ...] = ()
        if len(jobs) > LEAST_JOBS:
            middle = len(jobs) // 2
            self.halves = (_Part(jobs[:middle], missed), _Part(jobs[middle:], missed))

    @property
    def bound(self) -> int:
        """The best that is known."""
        return max(self.own, sum(each.bound for each in self.halves))

    @property
    def is_closed(self) -> bool:
        """Whether no bound can be higher."""
        return self.bound >= self.at_most

    def all(self) -> "Iterator[_Part]":
        """It and all parts of it."""
        yield self
        for half in self.halves:
            yield from half.all()


def _solve(root: _Part, end_s: float) -> None:
    from emulator.study.optimum.interval_lp import interval_bound
    from emulator.study.optimum.time_indexed import SLOTS_NS, Program

    programs = sorted(
        (Program.columns_of(part.jobs, slot_ns), number, slot_ns, part)
        for number, part in enumerate(root.all())
        if len(part.jobs) <= MOST_JOBS
        for slot_ns in SLOTS_NS
    )
    looked: set[int] = set()
    for columns, number, slot_ns, part in programs:
        left_s = end_s - time.monotonic()
        if left_s <= 0 or root.is_closed or columns > MOST_COLUMNS:
            return
        if part.is_closed:
            continue
        limit_s = min(left_s, PROGRAM_S)
        if number not in looked:
            looked.add(number)
            part.own = max(part.own, interval_bound(part.jobs, time_limit_s=limit_s))
        part.own = max(part.own, Program(part.jobs, slot_ns).bound(time_limit_s=limit_s))
