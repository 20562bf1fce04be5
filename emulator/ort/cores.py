"""A core of its own for each CPU worker, where the workers are as many as the cores."""

from __future__ import annotations

import os
from collections.abc import Sequence

from emulator.ort.runnable import BackendBinding


def own_cores(bindings: Sequence[BackendBinding]) -> dict[str, int]:
    """By backend: the core that its thread may keep; empty where the system should choose.

    A worker that wakes while another one computes is put behind it, and waits for up to a tick of
    the scheduler until a core that became free a moment later takes it. With more cores than
    workers one is always free, and which of them are halves of one core is not known.
    """
    if not hasattr(os, "sched_getaffinity"):
        return {}
    cores = sorted(os.sched_getaffinity(0))
    alone = [each.backend for each in bindings if each.kind == "cpu" and each.threads == 1]
    return dict(zip(alone, cores, strict=True)) if 1 < len(alone) == len(cores) else {}


def keep_to(core: int) -> None:
    """Bind the calling thread to this core, if it may."""
    try:
        os.sched_setaffinity(0, {core})
    except OSError:  # it was taken away meanwhile: run wherever there is room
        return
