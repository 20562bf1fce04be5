"""One backend: utilization from slice intervals, and the slices of the recent past."""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from emulator.metrics.checkpoint import State, below, differences, flag, sums, text, whole
from emulator.metrics.job_states import JobFinder
from emulator.metrics.jobs import NOT_YET, OpenJob
from emulator.metrics.windows import SECOND_NS, WINDOW_NS, Total
from emulator.profile import Backend
from emulator.snapshot import BackendView

MAX_SHOWN: Final = 256
"""Slices of one backend that are remembered, for a Gantt chart of ``GANTT_NS``: its newest."""


class RanSlice(NamedTuple):
    """A slice; ``end_ns`` is ``NOT_YET`` while it runs."""

    start_ns: int
    end_ns: int
    job: OpenJob
    stage: int


class BackendState:
    """Everything the metrics keep of one backend; bounded."""

    __slots__ = ("_busy", "_counted_ns", "_kind", "_title", "down", "name", "running", "slices")

    def __init__(self, backend: Backend) -> None:
        self.name = backend.name
        self.running: RanSlice | None = None
        self.slices: deque[RanSlice] = deque(maxlen=MAX_SHOWN)
        """What has ended, oldest first."""
        self.down = ""
        """Why the backend is gone; empty while it is there."""
        self._kind = backend.kind
        self._title = backend.title or backend.name
        self._busy = Total(history=True)
        self._counted_ns = 0
        """Busy time is in the total up to here."""

    def start(self, job: OpenJob, stage: int, t_ns: int) -> None:
        """A slice starts."""
        self.running = RanSlice(t_ns, NOT_YET, job, stage)
        self._counted_ns = t_ns

    def finish(self, job: OpenJob, stage: int, start_ns: int, end_ns: int) -> None:
        """The running slice ends."""
        self.running = None
        self.slices.append(RanSlice(start_ns, end_ns, job, stage))
        self._busy.add_span(self._counted_ns, end_ns)

    def join(self, job: OpenJob, stage: int, start_ns: int, end_ns: int) -> None:
        """One of a batch ends after its leader, whose slice held the backend for all of it."""
        self.slices.append(RanSlice(start_ns, end_ns, job, stage))

    def lose(self, reason: str, t_ns: int) -> RanSlice | None:
        """The backend is gone; returns the slice that ran there, which has no result."""
        self.down = reason or "no reason given"
        lost = self.running
        if lost is not None:
            self.finish(lost.job, lost.stage, lost.start_ns, t_ns)
        return lost

    def recent(self, begin_ns: int, most: int) -> Iterator[RanSlice]:
        """At most so many slices that did not end before an instant, the newest first."""
        if self.running is not None:
            yield self.running
        for each in islice(reversed(self.slices), most):
            if each.end_ns < begin_ns:
                return
            yield each

    def state(self, begin_ns: int) -> State:
        """Busy time, the running slice, and those that a chart from an instant on can show.

        A slice is (start, end, stream, job, stage, whether the job missed); instants of ended ones
        are differences. Why the backend is down stands at the end, if it is.
        """
        ended = [*self.recent(begin_ns, MAX_SHOWN)][::-1]
        running = None if self.running is None else _as_row(ended.pop())
        instants = differences([t_ns for ran in ended for t_ns in ran[:2]])
        slices = tuple(_as_row(ran)[2:] for ran in ended)
        down = (self.down,) if self.down else ()
        return self._busy.state(), self._counted_ns, running, instants, slices, *down

    def restore(self, state: State, jobs: JobFinder) -> None:
        """Takes over a state."""
        busy, counted_ns, running, instants, slices, *down = state
        self.down = text(down[0]) if down else ""
        self._busy = Total.restored(busy, history=True)
        self._counted_ns = whole(counted_ns)
        t_ns = sums(instants)
        for start_ns, end_ns, row in zip(t_ns[::2], t_ns[1::2], slices, strict=True):
            self.slices.append(_from_row((start_ns, end_ns, *row), jobs))
        self.running = None if running is None else _from_row(running, jobs)

    def view(self, now_ns: int, queue: int, provider: str = "") -> BackendView:
        """The backend as of now."""
        running = self.running
        if running is not None and now_ns > self._counted_ns:
            self._busy.add_span(self._counted_ns, now_ns)
            self._counted_ns = now_ns
        busy = self._busy
        job = None if running is None else running.job
        return BackendView(
            name=self.name,
            kind=self._kind,
            title=self._title,
            busy_last_second=busy.share(now_ns, SECOND_NS),
            busy_window=busy.share(now_ns, WINDOW_NS),
            busy_total=min(1.0, busy.total / now_ns) if now_ns > 0 else 0.0,
            history=busy.history(now_ns, 1),
            queue=queue,
            running="" if job is None else f"{job.facts.name}#{job.index}",
            down=self.down,
            provider=provider,
        )


def _as_row(ran: RanSlice) -> State:
    start_ns, end_ns, job, stage = ran
    return start_ns, end_ns, job.stream, job.index, stage, job.known and job.missed


def _from_row(row: State, jobs: JobFinder) -> RanSlice:
    start_ns, end_ns, stream, number, stage, missed = row
    job = jobs(stream, number, missed=flag(missed))
    return RanSlice(whole(start_ns), whole(end_ns), job, below(stage, len(job.facts.stages)))
