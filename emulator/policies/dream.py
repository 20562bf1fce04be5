"""DREAM's MapScore (ASPLOS 2023), in its form for several accelerators, which is recalled.

The form for one accelerator, urgency + alpha x fairness, is verified in Dysta's code (class
``SDRM3_Scheduler``): urgency = min(1, to run / slack), negative once the deadline has passed.
"""

from emulator.policies.axes import Admission
from emulator.policies.base import ReadySlice
from emulator.policies.scored import Scored
from emulator.policies.walk import Chip

ALPHA = 1.0
"""Weight of starvation; DREAM tunes both weights while it runs."""
BETA = 1.0
"""Weight of energy."""


class Dream(Scored):
    """Score(t, a) = urgency x latency preference + alpha x starvation + beta x energy."""

    name = "dream"
    description = (
        "highest MapScore of slice and idle backend: urgency x preference + starvation + energy "
        "(form for several backends recalled, not verified)"
    )
    admission = Admission.EARLY_DROP

    def places(self, ready: ReadySlice, chip: Chip) -> list[int]:
        """Every idle backend that can run it."""
        return [backend for backend in ready.backends if chip.idle[backend]]

    def score(self, ready: ReadySlice, backend: int, now_ns: int, waiting: int) -> float:
        """MapScore."""
        at = ready.backends.index(backend)
        preference = sum(ready.rest_ns) / ready.rest_ns[at]
        energies = [
            cost * power for cost, power in zip(ready.slice_ns, ready.power_uw, strict=True)
        ]
        energy = sum(energies) / energies[at]
        starvation = (now_ns - ready.ready_ns) * len(ready.slice_ns) / sum(ready.slice_ns)
        return urgency(ready, now_ns) * preference + ALPHA * starvation + BETA * energy


def urgency(ready: ReadySlice, now_ns: int) -> float:
    """To run / slack, at most 1; the work to run counts as the mean over the backends."""
    if ready.deadline_ns is None:
        return 0.0
    mean = sum(ready.rest_ns) / len(ready.rest_ns)
    to_run = ready.job_rest_ns - min(ready.rest_ns) + mean
    slack = ready.deadline_ns - now_ns
    return min(1.0, to_run / slack) if slack else 1.0
