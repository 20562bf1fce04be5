"""Dysta's score (Fan et al., MICRO 2023), from its code; the sparsity predictor has no part here.

score = rest + beta x (max(0, deadline - now - rest) + idle / (isolated x n)), the least runs; beta
is 0.01, n the number of jobs. The code adds times and a ratio; times count in ms here.
"""

from emulator.policies.base import ReadySlice
from emulator.policies.scored import Scored

BETA = 0.01
NS_PER_MS = 1_000_000
NO_SLACK_MS = 1e9
"""The slack of what has no deadline."""


class Dysta(Scored):
    """Shortest job first, corrected by slack and by how long a job has been paused."""

    name = "dysta"
    description = "least work left + 0.01 x (slack + pause over work) at home, in ms"

    def score(self, ready: ReadySlice, backend: int, now_ns: int, waiting: int) -> float:
        """Minus Dysta's."""
        slack = NO_SLACK_MS
        if ready.latest_start_ns is not None:
            slack = max(0, ready.latest_start_ns - now_ns) / NS_PER_MS
        pause = (now_ns - ready.ready_ns) / ready.job_whole_ns / waiting
        return -(ready.job_rest_ns / NS_PER_MS + BETA * (slack + pause))
