"""PREMA's tokens (Choi and Rhu, HPCA 2020), as Dysta's code (MICRO 2023) has them.

A job earns tokens for its slowdown. Those with at least the threshold are candidates, and the one
with the least work left runs. All priorities are 1: scenarios have none.
"""

from collections.abc import Sequence
from typing import Final

from emulator.policies.base import ReadySlice
from emulator.policies.scored import Scored

_THRESHOLDS: Final = (9, 3, 1)


class Prema(Scored):
    """token = priority x (1 + waited / isolated); threshold 9, 3 or 1, the highest one reached."""

    name = "prema"
    description = "the shortest of the jobs that were slowed down most (tokens, thresholds 9, 3, 1)"

    def among(self, candidates: Sequence[ReadySlice], now_ns: int) -> Sequence[ReadySlice]:
        """Those that reach the threshold of their device."""
        tokens = [tokens_of(each, now_ns) for each in candidates]
        highest: dict[int, float] = {}
        for each, token in zip(candidates, tokens, strict=True):
            highest[each.home] = max(token, highest.get(each.home, 1.0))
        return [
            each
            for each, token in zip(candidates, tokens, strict=True)
            if token >= _threshold(highest[each.home])
        ]

    def score(self, ready: ReadySlice, backend: int, now_ns: int, waiting: int) -> float:
        """Shortest remaining work."""
        return -float(ready.job_rest_ns)


def tokens_of(ready: ReadySlice, now_ns: int) -> float:
    """1 + slowdown: time since the release that was not work, over the whole work.

    The code adds the latest wait again at every decision; its author asks beside it whether the
    whole wait is meant. That needs no memory, so we take it.
    """
    worked = ready.job_whole_ns - ready.job_rest_ns
    waited = max(0, now_ns - ready.release_ns - worked)
    return 1 + waited / ready.job_whole_ns


def _threshold(highest: float) -> int:
    return next(each for each in _THRESHOLDS if highest >= each)
