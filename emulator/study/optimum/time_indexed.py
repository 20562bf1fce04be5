"""A bound from below by integer programming: items in slots of time, one per backend and slot.

Releases, durations and ends are rounded down to whole slots. A schedule stays one under that: if
one item ends before another starts, the rounded duration of the first ends before the rounded start
of the second, since floor(a) + floor(b) <= floor(a + b). So the optimum, and any bound that the
solver has for it, is a number of misses that no schedule stays below.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from emulator.study.optimum.window import Item, WindowJob

SLOTS_NS: Final = (4_000_000, 2_000_000, 1_000_000, 500_000, 250_000, 100_000)
_TINY: Final = 1e-6
"""What a solver's answer may be beside the truth."""


class Program:
    """Columns: u per job that is not hopeless, then a start per item, backend and slot."""

    def __init__(self, jobs: Sequence[WindowJob], slot_ns: int) -> None:
        self._slot_ns = slot_ns
        self._hopeless = sum(each.is_hopeless for each in jobs)
        self._jobs = [each for each in jobs if not each.is_hopeless and each.items]

    @staticmethod
    def columns_of(jobs: Sequence[WindowJob], slot_ns: int) -> int:
        """How large the program would be."""
        return len(jobs) + sum(
            _last(item, took, slot_ns) - item.release_ns // slot_ns + 1
            for job in jobs
            for item in job.items
            for took in item.fitting.values()
        )

    def bound(self, *, time_limit_s: float) -> int:
        """The least number of these jobs that every schedule misses, as far as it is known in time.

        Raises:
            ImportError: scipy is not installed.
        """
        return self._hopeless + (self._solved(time_limit_s) if self._jobs else 0)

    def _solved(self, time_limit_s: float) -> int:
        """The bound that the solver has when it has finished, or has to stop."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        done: list[tuple[int, int]] = []
        busy: dict[tuple[int, int], list[int]] = {}
        column, items = len(self._jobs), 0
        for number, job in enumerate(self._jobs):
            for item in job.items:
                done.append((items, number))
                for backend, took in item.fitting.items():
                    slots = took // self._slot_ns
                    first = item.release_ns // self._slot_ns
                    for start in range(first, _last(item, took, self._slot_ns) + 1):
                        done.append((items, column))
                        for slot in range(start, start + slots):
                            busy.setdefault((backend, slot), []).append(column)
                        column += 1
                items += 1
        full = [columns for columns in busy.values() if len(columns) > 1]
        rows = [(items + n, each) for n, columns in enumerate(full) for each in columns]
        entries = done + rows
        shape = (items + len(full), column)
        matrix = coo_array(
            ([1.0] * len(entries), tuple(zip(*entries, strict=True))), shape=shape
        ).tocsr()
        low = [1.0] * items + [0.0] * len(full)
        high = [math.inf] * items + [1.0] * len(full)
        answer: Any = milp(
            [1.0] * len(self._jobs) + [0.0] * (column - len(self._jobs)),
            constraints=LinearConstraint(matrix, low, high),
            bounds=Bounds(0, 1),
            integrality=[1] * column,
            options={"time_limit": max(0.05, time_limit_s)},
        )
        bound: float | None = answer.mip_dual_bound
        if bound is None or not math.isfinite(bound):
            return 0
        return max(0, math.ceil(bound - _TINY))


def _last(item: Item, took_ns: int, slot_ns: int) -> int:
    """The last slot in which an item may start."""
    return item.due_ns // slot_ns - took_ns // slot_ns
