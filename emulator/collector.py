"""Python's cyclic garbage collector, kept out of the moments that matter.

A full collection beside a long run takes milliseconds and comes when it likes. The engine makes no
cycles per event, so the collector can wait for an idle moment.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_YOUNG_PERIOD_NS: Final = 1_000_000_000
_FULL_PERIOD_NS: Final = 30_000_000_000
_YOUNG_GAP_NS: Final = 2_000_000
_YOUNG_LATEST_NS: Final = 10_000_000_000
"""After so long without an idle moment a pause matters less than memory."""
_FULL_GAP_NS: Final = 20_000_000


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the collector off within the block; off stays off for whoever had it off before."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class IdleCollector:
    """Collects when nothing is due for a while. Owns the collector of its process."""

    def __init__(self) -> None:
        self._next_young_ns = self._next_full_ns = time.monotonic_ns()
        gc.disable()

    def settle(self) -> None:
        """A new run has been built: forget the old one, and never look at what stays."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def idle(self, now_ns: int, gap_ns: int | None) -> None:
        """Nothing is due for this long (None: until somebody asks): collect what fits into it."""
        if now_ns >= self._next_full_ns and (gap_ns is None or gap_ns >= _FULL_GAP_NS):
            gc.collect()
            self._next_full_ns = now_ns + _FULL_PERIOD_NS
            self._next_young_ns = now_ns + _YOUNG_PERIOD_NS
        elif now_ns >= self._next_young_ns and (
            gap_ns is None
            or gap_ns >= _YOUNG_GAP_NS
            or now_ns >= self._next_young_ns + _YOUNG_LATEST_NS
        ):
            gc.collect(1)
            self._next_young_ns = now_ns + _YOUNG_PERIOD_NS
