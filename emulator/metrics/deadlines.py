"""Deadlines that have not passed yet: a fate is known at the latest when one of them does."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Final

from emulator.metrics.checkpoint import State, whole
from emulator.metrics.facts import Limit
from emulator.metrics.job_states import JobFinder
from emulator.metrics.jobs import OpenJob

NEVER: Final = 1 << 100
_MIN_PURGE: Final = 1024


class OpenDeadlines:
    """A heap of the deadlines of open jobs.

    Those that were met leave it when they would pass, or when the heap has doubled, so that it
    never holds many more entries than open jobs have deadlines.
    """

    __slots__ = ("_heap", "_purge_at", "_serial", "next_ns")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, OpenJob, Limit | None]] = []
        self._serial = 0
        self._purge_at = _MIN_PURGE
        self.next_ns = NEVER
        """The earliest deadline in the heap: nothing has to be done before a later instant."""

    def watch(self, job: OpenJob) -> None:
        """A job was released: its own deadline, and those of stages that are certain to run."""
        if job.deadline_ns is not None:
            self._push(job.deadline_ns, job, None)
        for limit in job.facts.own_limits:
            self._push(limit.passed_after_ns(job.release_ns), job, limit)

    def watch_stage(self, job: OpenJob, stage: int) -> None:
        """A stage that might have been skipped is certain to run from now on."""
        facts = job.facts.stages[stage]
        if facts.end is None and job.deadline_ns is not None:
            self._push(job.deadline_ns, job, None)
        for limit in facts.limits:
            self._push(limit.passed_after_ns(job.release_ns), job, limit)

    def passed(self, now_ns: int) -> Iterator[tuple[int, OpenJob, Limit | None]]:
        """Takes out what has passed before now and was not met, in order: equal to now is met."""
        heap = self._heap
        while heap and heap[0][0] < now_ns:
            deadline_ns, _, job, limit = heappop(heap)
            if not job.known and job.is_open(limit):
                yield deadline_ns, job, limit
        self.next_ns = heap[0][0] if heap else NEVER

    def state(self) -> State:
        """(stream, job, number of the limit or None) of those whose jobs' fates are open, in order.

        A job that has ended has a fate, so all of them are open jobs.
        """
        undecided = sorted(entry for entry in self._heap if not entry[2].known)
        return tuple(
            (job.stream, job.index, None if limit is None else limit.number)
            for _, _, job, limit in undecided
        )

    def restore(self, state: State, jobs: JobFinder) -> None:
        """Watches what the state names."""
        for stream, number, limit_number in state:
            job = jobs(stream, number)
            if limit_number is not None:
                limit = job.facts.limit(whole(limit_number))
                self._push(limit.passed_after_ns(job.release_ns), job, limit)
            elif job.deadline_ns is not None:
                self._push(job.deadline_ns, job, None)
            else:
                raise ValueError(f"job {number} of stream {stream} has no deadline")

    def _push(self, deadline_ns: int, job: OpenJob, limit: Limit | None) -> None:
        self._serial += 1
        heappush(self._heap, (deadline_ns, self._serial, job, limit))
        if len(self._heap) >= self._purge_at:
            self._heap[:] = [entry for entry in self._heap if not entry[2].known]
            heapify(self._heap)
            self._purge_at = max(_MIN_PURGE, 2 * len(self._heap))
        self.next_ns = self._heap[0][0] if self._heap else NEVER
