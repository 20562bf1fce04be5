"""How fast a core is from moment to moment: ``python -m`` this module, with the core's number.

A core slows down when the other half of it has work, of this machine or, under a virtual machine,
of somebody else's; and when it gets hot. The gauge is a fixed piece of work that knows nothing of
the models: summing 4 MB, a quarter of a millisecond, 10 times a second, timed by the processor time
that it took. It runs only while the core has nothing else to do, and gives way at once.

It writes a line when it begins, ends when stdin does, and then writes its readings: a JSON list of
[instant, cost].
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from emulator.ort.cores import keep_to

ANY: Final = -1
"""Instead of a core: wherever the system lets it run."""
FLOATS: Final = 1 << 20
EVERY_S: Final = 0.1


def main(arguments: Sequence[str]) -> None:
    """Read until stdin ends."""
    import numpy as np

    _give_way()
    core = int(arguments[0])
    if core != ANY:
        keep_to(core)
    numbers = np.ones(FLOATS, dtype=np.float32)
    stop = threading.Event()
    threading.Thread(target=_wait_for_the_end, args=(stop,), daemon=True).start()
    sys.stdout.write("\n")
    sys.stdout.flush()
    json.dump(readings(numbers.sum, stop), sys.stdout)


def readings(work: Callable[[], object], stop: threading.Event) -> list[tuple[int, int]]:
    """By instant (monotonic ns): what the work cost, in ns of processor time."""
    found: list[tuple[int, int]] = []
    while not stop.wait(EVERY_S):
        instant_ns, begin_ns = time.monotonic_ns(), time.thread_time_ns()
        work()
        found.append((instant_ns, time.thread_time_ns() - begin_ns))
    return found


def _give_way() -> None:
    """Run only where nobody else wants to."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    elif hasattr(os, "nice"):
        os.nice(19)


def _wait_for_the_end(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


if __name__ == "__main__":
    main(sys.argv[1:])
