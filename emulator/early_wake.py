"""Lets the core run soon after it wakes: on Linux a process may ask for short turns.

A process with shorter turns may interrupt one with longer ones when it wakes, and takes no more of
the machine for it (EEVDF, since Linux 6.12). Older kernels ignore the wish.
"""

import os
import struct
import sys
from typing import Final

SLICE_NS: Final = 100_000
"""The shortest turn that can be asked for."""
DELAY_S: Final = 1.0
"""When to ask: the start is not to wait for it."""
_SET_ATTRIBUTES: Final = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
"""Number of the system call sched_setattr by machine; the C library has no function for it."""
_ATTRIBUTES: Final = struct.Struct("=IIQiIQQQ")
"""size, policy, flags, nice, priority, runtime, deadline, period."""


def wake_early() -> bool:
    """Asks for the calling thread, if the system can be asked; returns whether it took it."""
    if sys.platform != "linux":
        return False
    number = _SET_ATTRIBUTES.get(os.uname().machine)
    if number is None:
        return False
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        return False  # somebody has given it a better place already
    import ctypes

    nice = os.getpriority(os.PRIO_PROCESS, 0)
    wish = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, nice, 0, SLICE_NS, 0, 0)
    return not ctypes.CDLL(None).syscall(number, 0, wish, 0)
