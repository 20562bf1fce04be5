"""The calendar: all streams of a run, and which of them releases its next job when."""

from collections.abc import KeysView
from fractions import Fraction
from heapq import heappop, heappush, heapreplace

from emulator.engine.jobs import NEVER, Job
from emulator.engine.planner import Planner
from emulator.engine.streams import StreamRun
from emulator.schema.stream import Stream
from emulator.workload import Release


class Calendar:
    """Streams by index and name; releases come strictly before ``end_ns``."""

    __slots__ = ("_by_name", "_end_ns", "_heap", "_planner", "_seed", "_streams", "next_ns")

    def __init__(self, planner: Planner, *, seed: int, end_ns: int) -> None:
        self._planner = planner
        self._seed = seed
        self._end_ns = end_ns
        self._streams: list[StreamRun] = []
        self._by_name: dict[str, StreamRun] = {}
        self._heap: list[tuple[int, int]] = []
        self.next_ns = NEVER
        """When the next job is released, NEVER when none is due."""

    @property
    def names(self) -> KeysView[str]:
        """Names of all streams, in the order of their indices."""
        return self._by_name.keys()

    def add(self, stream: Stream, t_ns: int) -> StreamRun:
        """A new stream, whose ``start_s`` counts from this instant."""
        run = StreamRun(stream, len(self._streams), self._planner, seed=self._seed, start_ns=t_ns)
        self._streams.append(run)
        self._by_name[stream.name] = run
        self._schedule(run)
        return run

    def stop(self, name: str) -> StreamRun:
        """No more releases of this stream."""
        run = self._by_name[name]
        run.stop()
        self._heap = sorted(each for each in self._heap if each[1] != run.plan.index)
        self._look_ahead()
        return run

    def start(self, name: str, t_ns: int) -> StreamRun:
        """A stopped stream releases again from this instant on; one that runs just goes on."""
        run = self._by_name[name]
        if not run.active:
            run.restart(t_ns)
            self._schedule(run)
        return run

    def take(self) -> tuple[StreamRun, Release]:
        """Takes the next release off the calendar; at one instant they come in stream order."""
        index = self._heap[0][1]
        run = self._streams[index]
        release = run.pending
        if release is None:
            raise RuntimeError(f"stream {run.plan.name!r} is on the calendar without a release")
        t_ns = run.take_next()
        if t_ns < self._end_ns:
            heapreplace(self._heap, (t_ns, index))
        else:
            heappop(self._heap)
            run.call_off()
        self._look_ahead()
        return run, release

    def job_ended(self, job: Job, t_ns: int) -> None:
        """Closed loop: the end of a job brings the next one."""
        run = self._streams[job.plan.index]
        run.arrivals.job_ended(job.index, t_ns)
        if run.active and run.pending is None:
            self._schedule(run)

    def clear(self) -> None:
        """Nothing is released any more."""
        self._heap.clear()
        self._look_ahead()

    def period_ranks(self) -> dict[int, int]:
        """Rank of each periodic stream by its period (``rm``); equal for equal periods."""
        periods = {run.plan.index: run.plan.period for run in self._streams}
        known: list[Fraction] = sorted({period for period in periods.values() if period})
        return {index: known.index(period) for index, period in periods.items() if period}

    def _schedule(self, run: StreamRun) -> None:
        """Puts the stream's next release on the calendar, if there is one."""
        t_ns = run.take_next()
        if t_ns < self._end_ns:
            heappush(self._heap, (t_ns, run.plan.index))
        else:
            run.call_off()
        self._look_ahead()

    def _look_ahead(self) -> None:
        self.next_ns = self._heap[0][0] if self._heap else NEVER
