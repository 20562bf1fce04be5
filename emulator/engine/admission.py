"""Giving up queued jobs: the stricter of the stream's ``late`` rule and the policy's admission."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from emulator.engine.jobs import NEVER, Job, StageRun
from emulator.engine.milestones import WorkEstimator, open_deadline_ns
from emulator.policies.axes import Admission


class DropRules:
    """Open jobs by the last instant at which they need not be dropped.

    That instant moves later while a job makes progress, so an entry is a lower bound: it is
    computed anew when its time has come. Only an inference of several slices that has begun on a
    slow backend brings it nearer.
    """

    __slots__ = ("_admission", "_heap", "_serial", "_work", "degrades", "next_ns")

    def __init__(self, admission: Admission, work: WorkEstimator, jobs: Iterable[Job]) -> None:
        self._admission = admission
        self.degrades = admission is Admission.DEGRADE
        """Whether a job that is to be dropped may run with cheaper models instead."""
        self._work = work
        self._heap: list[tuple[int, int, Job]] = []
        self._serial = 0
        self.next_ns = NEVER
        """Nothing is to be dropped up to this instant."""
        for job in jobs:
            job.expiry_pending = False
            self.watch(job)

    def watch(self, job: Job) -> None:
        """Adds a job that was released, or whose slice ended after its time had come."""
        if self._admission is Admission.KEEP and not job.plan.drop_late:
            return
        limit, _ = self._limit(job)
        if limit != NEVER:
            self._serial += 1
            heappush(self._heap, (limit, self._serial, job))
            self.next_ns = self._heap[0][0]

    def slice_ended(self, stage: StageRun) -> None:
        """Looks again at a job whose time came while a slice ran, or came nearer with it."""
        job = stage.job
        begun = stage.position and not stage.plan.is_llm
        if job.expiry_pending or begun:
            job.expiry_pending = False
            if not job.ended:
                self.watch(job)

    def expired(self, now_ns: int) -> Iterator[tuple[Job, str]]:
        """Queued jobs to drop now, with the rule that says so, by stream and job number."""
        due: list[tuple[int, int, Job, str]] = []
        while self._heap and self._heap[0][0] < now_ns:
            _, _, job = heappop(self._heap)
            if job.ended:
                continue
            if job.running:
                job.expiry_pending = True
                continue
            limit, rule = self._limit(job)
            if limit < now_ns:
                due.append((job.plan.index, job.index, job, rule))
            elif limit != NEVER:
                self._serial += 1
                heappush(self._heap, (limit, self._serial, job))
        self.next_ns = self._heap[0][0] if self._heap else NEVER
        due.sort(key=_order)
        for _, _, job, rule in due:
            # A job may have been watched more than once, and fits once it is degraded.
            if not job.ended and (not self.degrades or self._limit(job)[0] < now_ns):
                yield job, rule

    def _limit(self, job: Job) -> tuple[int, str]:
        """The last instant at which the job is kept, and the rule that ends it."""
        if self._admission is Admission.SKIP and is_optional(job) and not _has_begun(job):
            return job.release_ns - 1, "skip"
        if self._admission is Admission.EARLY_DROP or self.degrades:
            limit = self._work.doom_ns(job)
            return limit, "early-drop"
        if job.plan.drop_late:
            return open_deadline_ns(job), "late-rule"
        if self._admission is Admission.DROP_LATE:
            return open_deadline_ns(job), "drop-late"
        return NEVER, ""


def is_optional(job: Job) -> bool:
    """Whether an (m, k)-firm stream can do without this job.

    Job a is mandatory if a = floor(ceil(a m / k) k / m), which spreads m of k evenly: Ramanathan,
    IEEE TPDS 10(6), 1999. Giving up all others is the rule "red tasks only" of Koren and Shasha,
    RTSS 1995.
    """
    if job.plan.firm is None:
        return False
    m, k = job.plan.firm
    return -(-job.index * m // k) * k // m != job.index


def _has_begun(job: Job) -> bool:
    return any(stage.backend >= 0 for stage in job.stages)


def _order(due: tuple[int, int, Job, str]) -> tuple[int, int]:
    return due[:2]
