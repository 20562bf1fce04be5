"""Two schedulers to begin with; each runs as it stands.

    rtgen-tui run video-call --policy ./mine.py:MyPolicy
    rtgen-tui compare video-call --policies edf,./mine.py:MyPolicy,./mine.py:MyKeyedPolicy
    rtgen-tui check-policy ./mine.py:MyPolicy

Save this file while a dashboard runs it: the new version takes over. An error in it is shown (key
E) and the run goes on under fcfs until you mend it.
"""

from collections.abc import Sequence

from emulator.policies import BackendState, Decision, Drop, ReadySlice, Run
from emulator.policies.keyed import KeyedPolicy

NEVER = 2**62
"""Stands for a deadline where there is none: later than all others."""


class MyPolicy:
    """Sees everything that waits and every backend, and may do anything with it.

    A new object is made whenever it takes over a run, so what you remember in ``self`` is of this
    run alone.
    """

    description = "earliest deadline first, on the fastest idle backend; gives up late frames"
    # Tokens of a prefill chunk: other work may run between two chunks. 0 is the whole prompt.
    chunk = 256

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Decision]:
        """Called at each instant at which something waits and a backend is idle."""
        decisions: list[Decision] = []
        idle = {backend.index for backend in backends if backend.idle}
        for each in sorted(ready, key=urgency):
            # doom_ns: the last instant at which the job could still meet its deadlines.
            if each.doom_ns is not None and each.doom_ns < now_ns and not each.job_runs:
                decisions.append(Drop(each, "late"))
                continue
            # each.backends says where it may run, each.rest_ns how long that would take there.
            places = [
                (rest_ns, backend)
                for rest_ns, backend in zip(each.rest_ns, each.backends, strict=True)
                if backend in idle
            ]
            if places:
                _, backend = min(places)
                idle.remove(backend)
                decisions.append(Run(each, backend))
        return decisions


def urgency(ready: ReadySlice) -> tuple[int, tuple[int, int, int, int]]:
    """The deadline, then the order that all policies keep at equal keys."""
    return (NEVER if ready.deadline_ns is None else ready.deadline_ns), ready.tie


class MyKeyedPolicy(KeyedPolicy):
    """Only says which slice is more urgent; the rest is done for you, also in long queues.

    ``placement`` (default: where it would end first), ``admission`` and ``chunk`` may be set, too.
    """

    description = "least slack first, where it would end first"
    chunk = 256

    def priority(self, ready: ReadySlice) -> int:
        """The least goes first. It is asked once, so it must not depend on the time."""
        return NEVER if ready.latest_start_ns is None else ready.latest_start_ns
