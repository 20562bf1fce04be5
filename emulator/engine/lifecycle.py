"""The life of a job: stages become ready, slices start and end, deadlines are judged."""

from heapq import heappop, heappush

from emulator import draws
from emulator.cost import NO_NOISE, Cost, noise_factor
from emulator.engine.dispatch import Occupancy
from emulator.engine.jobs import BLOCKED, DONE, NEVER, READY, RUNNING, SKIPPED, Job, StageRun
from emulator.engine.options import chunk_end
from emulator.engine.recorder import Recorder
from emulator.engine.release import is_triggered
from emulator.engine.running import RunningSlice, running_slice
from emulator.journal import DECODE, INFERENCE
from emulator.schema.model_cost import Noise
from emulator.timing import Timing


class Lifecycle:
    """Changes the state of jobs and backends and writes each change to the journal."""

    __slots__ = (
        "_ends",
        "_occupancy",
        "_recorder",
        "_running",
        "_timing",
        "next_end_ns",
    )

    def __init__(self, timing: Timing, occupancy: Occupancy, recorder: Recorder) -> None:
        self._timing = timing
        self._occupancy = occupancy
        self._recorder = recorder
        self._ends: list[tuple[int, int]] = []
        self._running: dict[int, tuple[StageRun, int, int]] = {}
        """By backend: the stage, the slice's number and its start."""
        self.next_end_ns = NEVER
        """When the next slice ends, NEVER when none runs."""

    def begin(self, job: Job, t_ns: int) -> list[StageRun]:
        """Starts the life of a released job; returns the stages that are ready."""
        if job.plan.is_simple:
            stage = job.stages[0]
            stage.state = READY
            stage.asked_ns = stage.ready_ns = t_ns
            return job.stages
        ready: list[StageRun] = []
        for index in job.plan.roots:
            self._settle(job.stages[index], t_ns, ready)
        if job.unfinished == 0:
            self._complete(job, t_ns)
        return ready

    def start_slice(self, stage: StageRun, backend: int, chunk: int, t_ns: int) -> None:
        """Occupies the backend with the stage's next slice."""
        cost, number = self._next_cost(stage, backend, chunk)
        stage.backend = backend
        stage.state = RUNNING
        stage.job.running += 1
        self._occupancy.occupy(backend, t_ns + cost.expected_ns)
        self._running[backend] = (stage, number, t_ns)
        heappush(self._ends, (t_ns + cost.duration_ns(stage.noise), backend))
        self.next_end_ns = self._ends[0][0]
        self._recorder.started(stage, backend, number, t_ns)

    def finish_next(self, t_ns: int) -> tuple[StageRun, list[StageRun]]:
        """Ends the next slice; at one instant they end in backend order.

        Returns its stage, and the stages that became ready, maybe the same among them.
        """
        backend = heappop(self._ends)[1]
        self.next_end_ns = self._ends[0][0] if self._ends else NEVER
        stage, number, start_ns = self._running.pop(backend)
        self._occupancy.vacate(backend)
        job = stage.job
        job.running -= 1
        stage.state = BLOCKED
        stage.continues_ns = t_ns
        phase, before = stage.phase, stage.outputs
        self._advance(stage, backend, number)
        self._recorder.finished(stage, backend, phase, number, start_ns, t_ns)
        ready: list[StageRun] = []
        if stage.outputs > before:
            self._judge_output(stage, t_ns)
            if stage.plan.successors:
                self._settle_successors(stage, t_ns, ready)
        if stage.state == BLOCKED:
            self._continue(stage, t_ns, ready)
        elif job.unfinished == 0:
            self._complete(job, t_ns)
        return stage, ready

    def end_slice(self, backend: int, t_ns: int) -> None:
        """The slice on an external backend ends at ``t_ns``.

        Raises:
            ValueError: the backend is not external, or no slice runs there that has no end yet.
        """
        raise ValueError(f"backend {backend} is not external: the profile times its slices")

    def abort(self, backend: int, t_ns: int) -> list[StageRun]:
        """The backend is gone at ``t_ns``, and with it what runs there: returns its stage."""
        held = self._running.pop(backend, None)
        if held is None:
            return []
        # A sorted list is a heap, and there is one end a backend at most.
        self._ends = sorted(each for each in self._ends if each[1] != backend)
        self.next_end_ns = self._ends[0][0] if self._ends else NEVER
        self._occupancy.vacate(backend)
        stage = held[0]
        stage.job.running -= 1
        stage.state = READY
        return [stage]

    def running(self, backend: int) -> RunningSlice | None:
        """The slice that runs on this backend, None when it is idle."""
        held = self._running.get(backend)
        if held is None:
            return None
        stage, number, start_ns = held
        expected_ns = self._occupancy.busy_until[backend] - start_ns
        return running_slice(stage, number, start_ns, expected_ns)

    def _next_cost(self, stage: StageRun, backend: int, chunk: int) -> tuple[Cost, int]:
        """The slice's cost and its number for the journal; draws its noise."""
        if stage.phase == INFERENCE:
            inference = stage.plan.timing.inference[backend]
            if stage.position == 0:
                _draw(stage, inference.noise, stage.plan.keys.latency, stage.outputs)
            return inference.slices[stage.position], stage.position
        return self._next_llm_cost(stage, backend, chunk)

    def _next_llm_cost(self, stage: StageRun, backend: int, chunk: int) -> tuple[Cost, int]:
        plan = stage.plan
        timing = plan.timing
        if stage.phase == DECODE:
            decode = timing.decode[backend]
            _draw(stage, decode.noise, plan.keys.decode, stage.outputs)
            begin, number = stage.context, stage.outputs
            cost = decode.token(begin)
        else:
            prefill = timing.prefill[backend]
            begin, end = plan.cached + stage.position, chunk_end(stage, chunk)
            if backend != stage.backend:
                _draw(stage, prefill.noise, plan.keys.prefill, 0)
            cost, number = prefill.chunk(begin, end, first=stage.position == 0), end - plan.cached
        if stage.backend not in (-1, backend):
            move_ns = self._timing.kv_move_ns(timing, begin)
            cost = cost.plus(move_ns) if move_ns else cost
        return cost, number

    def _advance(self, stage: StageRun, backend: int, number: int) -> None:
        """Moves the stage past the slice that ended."""
        if stage.phase == INFERENCE:
            stage.position += 1
            if stage.position == len(stage.plan.timing.inference[backend].slices):
                stage.position = 0
                stage.outputs += 1
        elif stage.phase == DECODE:
            stage.outputs += 1
        else:
            stage.position = number
            if number == stage.prompt:
                stage.outputs = 1
                stage.phase = DECODE

    def _judge_output(self, stage: StageRun, t_ns: int) -> None:
        job = stage.job
        if stage.outputs == 1 and t_ns > stage.first_deadline_ns:
            job.late = True
        if stage.outputs == stage.total:
            stage.state = DONE
            job.unfinished -= 1
            if t_ns > stage.deadline_ns:
                job.late = True

    def _continue(self, stage: StageRun, t_ns: int, ready: list[StageRun]) -> None:
        """The stage's next slice: at once, or when its tokens exist."""
        if stage.position == 0 and stage.plan.streamed_after >= 0:
            self._settle(stage, t_ns, ready)
        else:
            stage.state = READY
            stage.ready_ns = t_ns
            ready.append(stage)

    def _settle_successors(self, stage: StageRun, t_ns: int, ready: list[StageRun]) -> None:
        for index in stage.plan.successors:
            successor = stage.job.stages[index]
            if successor.state == BLOCKED:
                self._settle(successor, t_ns, ready)

    def _settle(self, stage: StageRun, t_ns: int, ready: list[StageRun]) -> None:
        """Makes a blocked stage ready, or skips it, if what it waits for has happened."""
        plan, stages = stage.plan, stage.job.stages
        before = [stages[index] for index in plan.data_after]
        source = stages[plan.streamed_after] if plan.streamed_after >= 0 else None
        if not all(each.ended for each in before):
            return
        if source is None:
            has_no_input = bool(before) and all(each.state == SKIPPED for each in before)
        else:
            has_no_input = source.state == SKIPPED
            needed = stage.tokens_needed(stage.outputs + 1, source.total)
            has_enough = source.total > 0 and source.outputs >= needed
            if not has_no_input and not has_enough:
                return
        if has_no_input or (stage.asked_ns < 0 and not is_triggered(stage)):
            self._skip(stage, t_ns, ready)
        else:
            self._make_ready(stage, t_ns, ready)

    def _make_ready(self, stage: StageRun, t_ns: int, ready: list[StageRun]) -> None:
        job = stage.job
        stage.state = READY
        stage.ready_ns = t_ns
        if stage.asked_ns < 0:
            stage.asked_ns = t_ns
        ready.append(stage)
        if t_ns not in (job.release_ns, stage.continues_ns):
            self._recorder.ready(stage, t_ns)

    def _skip(self, stage: StageRun, t_ns: int, ready: list[StageRun]) -> None:
        job = stage.job
        stage.state = SKIPPED
        _nothing_to_take(stage)
        job.unfinished -= 1
        self._recorder.skipped(stage, t_ns)
        self._settle_successors(stage, t_ns, ready)

    def _complete(self, job: Job, t_ns: int) -> None:
        if not job.plan.is_simple and all(each.state == SKIPPED for each in job.stages):
            outcome = "skipped"
        else:
            outcome = "late" if job.late else "met"
        self._recorder.completed(job, outcome, t_ns)


def _draw(stage: StageRun, noise: Noise | None, key: int, token: int) -> None:
    if noise is None:
        stage.noise = NO_NOISE
    else:
        stage.noise = noise_factor(noise, draws.uniform_at(key, stage.job.index, token))


def _nothing_to_take(stage: StageRun) -> None:
    """What streams from a skipped stage has no inference to run; it still waits for the others."""
    for index in stage.plan.successors:
        successor = stage.job.stages[index]
        if successor.plan.streamed_after == stage.plan.index:
            successor.total = 0
            _nothing_to_take(successor)
