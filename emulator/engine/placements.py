"""Where a slice starts under the four axes: a backend, or -1 while it had better wait."""

from collections.abc import Callable
from typing import Final

from emulator.engine.jobs import NEVER
from emulator.engine.plan import Options
from emulator.policies.axes import Placement


def first_idle(options: Options, idle: list[bool], _busy: list[int], _now_ns: int) -> int:
    """The first idle backend that can run it."""
    for backend in options.backends:
        if idle[backend]:
            return backend
    return -1


def fastest_idle(options: Options, idle: list[bool], _busy: list[int], _now_ns: int) -> int:
    """Of the idle ones the one with the least latency."""
    best, least = -1, NEVER
    for position, backend in enumerate(options.backends):
        if idle[backend] and options.latencies[position] < least:
            best, least = backend, options.latencies[position]
    return best


def earliest_finish(options: Options, idle: list[bool], busy: list[int], now_ns: int) -> int:
    """Where it would end first, if that backend is idle."""
    best, least = -1, NEVER
    for position, backend in enumerate(options.backends):
        begin = now_ns if idle[backend] else max(now_ns, busy[backend])
        finish = begin + options.latencies[position]
        if finish < least:
            best, least = backend, finish
    return best if best >= 0 and idle[best] else -1


PLACEMENTS: Final[dict[Placement, Callable[[Options, list[bool], list[int], int], int]]] = {
    Placement.FIRST_IDLE: first_idle,
    Placement.FASTEST_IDLE: fastest_idle,
    Placement.EARLIEST_FINISH: earliest_finish,
    Placement.AFFINITY: first_idle,
}
"""By placement: of the options, which are idle, until when the others are busy, and now."""
