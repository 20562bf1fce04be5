"""A bound from below by linear programming: no machine does more in an interval than fits into it.

Least sum of u_j (how much of job j is given up) such that for every item i of j the shares x_im on
its backends sum to 1 - u_j, and for every backend m and interval [a, b] the items that must be done
within it take sum p_im x_im <= b - a. A schedule is a solution with whole numbers, so the optimum
rounded up is a number of misses that no schedule stays below (research: interval bounds of
throughput maximization, Bar-Noy et al., STOC 1999).
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from emulator.study.optimum.window import Item, WindowJob

MOST_STARTS: Final = 48
MOST_ENDS: Final = 48
"""Of the intervals that are looked at: any choice of them gives a valid bound."""
_TINY: Final = 1e-6
"""What a solver's answer may be beside the truth."""
_NS_PER_MS: Final = 1e6


def interval_bound(jobs: Sequence[WindowJob], *, time_limit_s: float) -> int:
    """The least number of these jobs that every schedule misses; 0 when nothing is known in time.

    Raises:
        ImportError: scipy is not installed.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    hopeless = sum(each.is_hopeless for each in jobs)
    hopeful = [each for each in jobs if not each.is_hopeless and each.items]
    if not hopeful:
        return hopeless
    columns = _Columns(hopeful)
    rows = _rows(columns)
    if not rows.limits:
        return hopeless
    shape = (len(rows.limits), columns.count)
    within = coo_array((rows.values, (rows.lines, rows.places)), shape=shape)
    whole = coo_array(
        (columns.values, (columns.lines, columns.places)), shape=(columns.items, columns.count)
    )
    cost = [1.0] * len(hopeful) + [0.0] * (columns.count - len(hopeful))
    solved: Any = linprog(
        cost,
        A_ub=within,
        b_ub=rows.limits,
        A_eq=whole,
        b_eq=[1.0] * columns.items,
        bounds=(0, 1),
        method="highs",
        options={"time_limit": max(0.01, time_limit_s)},
    )
    return hopeless + (max(0, math.ceil(solved.fun - _TINY)) if solved.status == 0 else 0)


class _Columns:
    """The unknowns: u per job, then x per item and backend; and the rows that tie them."""

    def __init__(self, jobs: Sequence[WindowJob]) -> None:
        self.placed: list[tuple[Item, int, int, int]] = []
        """(item, backend, duration, column)."""
        self.items = 0
        self.count = len(jobs)
        self.lines: list[int] = []
        self.places: list[int] = []
        self.values: list[float] = []
        for number, job in enumerate(jobs):
            for item in job.items:
                self._tie(number)
                for backend, duration_ns in item.fitting.items():
                    self.placed.append((item, backend, duration_ns, self.count))
                    self._tie(self.count)
                    self.count += 1
                self.items += 1

    def _tie(self, column: int) -> None:
        self.lines.append(self.items)
        self.places.append(column)
        self.values.append(1.0)


class _Rows:
    """Backends in intervals, in ms: numbers near one keep the solver exact."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.places: list[int] = []
        self.values: list[float] = []
        self.limits: list[float] = []

    def add(self, work: list[tuple[int, int]], room_ns: int) -> None:
        """A backend and an interval: (column, ns) of the items inside."""
        for column, duration_ns in work:
            self.lines.append(len(self.limits))
            self.places.append(column)
            self.values.append(duration_ns / _NS_PER_MS)
        self.limits.append(room_ns / _NS_PER_MS)


def _rows(columns: _Columns) -> _Rows:
    rows = _Rows()
    by_backend: dict[int, list[tuple[Item, int, int]]] = {}
    for item, backend, duration_ns, column in columns.placed:
        by_backend.setdefault(backend, []).append((item, duration_ns, column))
    for placed in by_backend.values():
        placed.sort(key=lambda each: each[0].due_ns)
        starts = _some(sorted({item.release_ns for item, _, _ in placed}), MOST_STARTS)
        ends = _some(sorted({item.due_ns for item, _, _ in placed}), MOST_ENDS)
        for start_ns in starts:
            later = [each for each in placed if each[0].release_ns >= start_ns]
            inside: list[tuple[int, int]] = []
            work_ns = 0
            for end_ns in ends:
                while len(inside) < len(later) and later[len(inside)][0].due_ns <= end_ns:
                    _, duration_ns, column = later[len(inside)]
                    inside.append((column, duration_ns))
                    work_ns += duration_ns
                # What fits even if all of it came here forbids nothing.
                if work_ns > end_ns - start_ns:
                    rows.add(inside, end_ns - start_ns)
    return rows


def _some(values: list[int], most: int) -> list[int]:
    """Evenly chosen, the first and the last among them."""
    if len(values) <= most:
        return values
    return [values[round(n * (len(values) - 1) / (most - 1))] for n in range(most)]
