"""The calendar: all streams of a run, and which of them releases its next job when."""

from collections.abc import KeysView
from fractions import Fraction
from heapq import heappop, heappush, heapreplace

from emulator.engine.jobs import NEVER, Job
from emulator.engine.plan import StreamPlan
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
        self._call_off(run)
        run.stop()
        return run

    def start(self, name: str, t_ns: int) -> StreamRun:
        """A stopped stream releases again from this instant on; one that runs just goes on."""
        run = self._by_name[name]
        if not run.active:
            run.restart(t_ns)
            self._schedule(run)
        return run

    def change(self, name: str, spec: Stream, t_ns: int) -> StreamRun:
        """A stream goes on by another description from this instant on, stopped or not."""
        run = self._by_name[name]
        keeps = run.keeps_releases(spec)
        if not keeps:
            self._call_off(run)
        run.change(spec, self._planner, seed=self._seed, t_ns=t_ns)
        if run.active and not keeps:
            self._schedule(run)
        return run

    def spec(self, name: str) -> Stream | None:
        """What a stream goes by now, None for one that there is not."""
        run = self._by_name.get(name)
        return None if run is None else run.spec

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

    def plan_again(self) -> dict[int, StreamPlan]:
        """The plans of all streams by index, made anew; ``adopt`` puts them in force."""
        return {
            run.plan.index: self._planner.plan(run.spec, run.plan.index, run.plan.unit)
            for run in self._streams
        }

    def adopt(self, plan: StreamPlan) -> None:
        """Jobs that are released from now on follow this plan."""
        self._streams[plan.index].plan = plan

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

    def _call_off(self, run: StreamRun) -> None:
        """Takes the stream's next release off the calendar."""
        run.call_off()
        self._heap = sorted(each for each in self._heap if each[1] != run.plan.index)
        self._look_ahead()

    def _look_ahead(self) -> None:
        self.next_ns = self._heap[0][0] if self._heap else NEVER
