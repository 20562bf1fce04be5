"""What would be missed: a quick list schedule of what must run soon and of what comes next."""

from collections.abc import Iterable
from typing import Final, TypeAlias

from emulator.policies.base import ReadySlice
from emulator.policies.walk import NEVER

Way: TypeAlias = tuple[int, int, int]
"""A backend, the cost there, and how far off that may be; in ns."""
Item: TypeAlias = tuple[int, int, tuple[Way, ...]]
"""When it may start, when it must end, and each way to run it; in ns."""

MISS: Final = 1000
"""Risk is counted in thousandths of a miss."""
_RANGE: Final = 1667
"""Thousandths of the standard deviation within which a cost is taken to be spread evenly: 90 % of a
normal distribution lie within."""


def ways(ready: ReadySlice) -> tuple[Way, ...]:
    """How the rest of an inference, a prefill or a token can be run."""
    return tuple(
        (backend, rest, rest * spread * _RANGE // 1_000_000)
        for backend, rest, spread in zip(ready.backends, ready.rest_ns, ready.spread, strict=True)
    )


def exact_ways(ready: ReadySlice) -> tuple[Way, ...]:
    """The same, as if costs were certain."""
    return tuple(
        (backend, rest, 0) for backend, rest in zip(ready.backends, ready.rest_ns, strict=True)
    )


def chance_of_miss(left_ns: int, off_ns: int) -> int:
    """Thousandths of a miss of what is expected to end ``left_ns`` before it must."""
    if left_ns >= off_ns:
        return 0
    if left_ns <= -off_ns:
        return MISS
    return MISS // 2 - left_ns * (MISS // 2) // off_ns


def risks(busy_ns: list[int], items: Iterable[Item]) -> list[int]:
    """Thousandths of a miss of each item if each, in turn, goes where it surely ends first.

    What is certain to be too late is not run. ``busy_ns`` says from when on each backend is free,
    and is changed.
    """
    found: list[int] = []
    for ready_ns, due_ns, options in items:
        surest, earliest, best, off = NEVER, NEVER, -1, 0
        for backend, cost, may_be_off in options:
            begin = busy_ns[backend]
            end = (begin if begin > ready_ns else ready_ns) + cost  # noqa: FURB136 - the hot loop
            if end + may_be_off < surest:
                surest, earliest, best, off = end + may_be_off, end, backend, may_be_off
        chance = 0 if surest <= due_ns else chance_of_miss(due_ns - earliest, off)
        found.append(chance)
        if chance < MISS:
            busy_ns[best] = earliest
    return found
