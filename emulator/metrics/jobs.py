"""One job while the metrics follow it: what its stages do, how long it has waited and run."""

from typing import Final

from emulator.journal import INFERENCE
from emulator.metrics.events import Tokens
from emulator.metrics.facts import NO_BACKEND, NO_STAGE, Limit, StageFacts, StreamFacts
from emulator.metrics.occupancy import Held, Occupancy

BLOCKED: Final = 0
"""Waits for predecessors or for their tokens."""
READY: Final = 1
RUNNING: Final = 2
DONE: Final = 3
SKIPPED: Final = 4

NOT_YET: Final = -1
"""Stands for an instant that has not come."""
NO_STAGES: Final[frozenset[int]] = frozenset()


class OpenJob:
    """A job from its release to its end. ``occupancy`` is shared by all jobs.

    Lists go by stage: when it was ``asked`` (ready first), its ``first`` output, the ``backend``
    where it ran last, and the time that the job ``waited`` before a slice of it.
    """

    __slots__ = (
        "_occupancy",
        "asked_ns",
        "backend",
        "behind_ns",
        "deadline_ns",
        "degraded",
        "facts",
        "first_ns",
        "index",
        "known",
        "marks",
        "missed",
        "missed_limit",
        "outputs",
        "phase",
        "queued_at",
        "ran_ns",
        "reached_ns",
        "ready",
        "release_ns",
        "running",
        "running_since_ns",
        "status",
        "stream",
        "tokens",
        "waited_ns",
        "waiting_since_ns",
    )

    def __init__(
        self,
        facts: StreamFacts,
        stream: int,
        index: int,
        release_ns: int,
        deadline_ns: int | None,
        tokens: Tokens,
        occupancy: Occupancy,
    ) -> None:
        stages = len(facts.stages)
        self.facts = facts
        self.stream = stream
        self.index = index
        self.release_ns = release_ns
        self.deadline_ns = deadline_ns
        self.tokens = tokens
        self.degraded: frozenset[int] = NO_STAGES
        """Stages that run their cheaper models."""
        self.status = [BLOCKED] * stages
        self.outputs = [0] * stages
        self.asked_ns = [NOT_YET] * stages
        self.first_ns = [NOT_YET] * stages
        self.backend = [NO_BACKEND] * stages
        self.waited_ns = [0] * stages
        self.behind_ns: dict[str, int] = {}
        """By stream, how long slices held the backend that ended a wait, for all ended waits."""
        self.ran_ns = 0
        self.ready = 0
        self.running = 0
        self.phase = INFERENCE
        self.known = False
        """Whether its fate is known: ``missed`` or not."""
        self.missed = False
        self.missed_limit: Limit | None = None
        """The stage's deadline that was missed first; None for the job's own."""
        self.reached_ns = NOT_YET
        """When that was reached after all."""
        self.waiting_since_ns = NOT_YET
        self.running_since_ns = NOT_YET
        self.marks: tuple[Held, ...] = ()
        """The backends when the wait began."""
        self._occupancy = occupancy
        self.queued_at = [NO_BACKEND] * stages

    @property
    def judged(self) -> bool:
        """Whether this is a job with a deadline."""
        return self.deadline_ns is not None or self.facts.has_limits

    def make_ready(self, stage: int, t_ns: int, backend: int) -> None:
        """The stage's next slice may start; ``backend`` is where that would be fastest."""
        if self.status[stage] != BLOCKED:
            return
        self.status[stage] = READY
        if self.asked_ns[stage] == NOT_YET:
            self.asked_ns[stage] = t_ns
        self.queued_at[stage] = backend
        if backend != NO_BACKEND:
            self._occupancy.queue[backend] += 1
        self.ready += 1
        if not self.running and self.waiting_since_ns == NOT_YET:
            self._begin_wait(t_ns)

    def start(self, stage: int, backend: int, phase: int, t_ns: int) -> None:
        """A slice starts."""
        if self.status[stage] == READY:
            self._leave_queue(stage)
        self.status[stage] = RUNNING
        self.backend[stage] = backend
        self.phase = phase
        if self.waiting_since_ns != NOT_YET:
            self._end_wait(t_ns, stage, backend)
        if not self.running:
            self.running_since_ns = t_ns
        self.running += 1

    def finish(self, stage: int, outputs: int, total: int, t_ns: int) -> None:
        """A slice ends; the stage is done, ready again, or waits for tokens of its predecessor."""
        begun = outputs == self.outputs[stage]
        self.outputs[stage] = outputs
        if outputs and self.first_ns[stage] == NOT_YET:
            self.first_ns[stage] = t_ns
        self.running -= 1
        if not self.running:
            self.ran_ns += t_ns - self.running_since_ns
        if outputs >= total:
            self.status[stage] = DONE
        else:
            self.status[stage] = BLOCKED
            if begun or self._has_input(stage):
                self.make_ready(stage, t_ns, self._next_backend(stage, begun=begun))
        if self.ready and not self.running and self.waiting_since_ns == NOT_YET:
            self._begin_wait(t_ns)
        if self.missed_limit is not None and self.reached_ns == NOT_YET:
            self.reached_ns = NOT_YET if self.is_open(self.missed_limit) else t_ns

    def lose_all_on(self, backend: int, t_ns: int) -> None:
        """A backend is gone, and with it the slices of this job that run there."""
        for stage, status in enumerate(self.status):
            if status == RUNNING and self.backend[stage] == backend:
                self.lose(stage, t_ns)

    def lose(self, stage: int, t_ns: int) -> None:
        """The backend of a running slice is gone: the stage starts over, or its job is dropped."""
        self.running -= 1
        if not self.running:
            self.ran_ns += t_ns - self.running_since_ns
        self.status[stage] = BLOCKED
        self.backend[stage] = NO_BACKEND
        self.make_ready(stage, t_ns, self.facts.stages[stage].fastest)

    def skip(self, stage: int) -> None:
        """The stage will not run."""
        if self.status[stage] == READY:
            self._leave_queue(stage)
        self.status[stage] = SKIPPED
        if not self.ready:
            self.waiting_since_ns = NOT_YET

    def close(self, t_ns: int) -> None:
        """The job has ended or was given up: nothing of it waits any more."""
        if not self.ready:
            return
        stage = self.status.index(READY)
        if self.waiting_since_ns != NOT_YET:
            self._end_wait(t_ns, stage, self.queued_at[stage])
        for each, status in enumerate(self.status):
            if status == READY:
                self._leave_queue(each)

    def waited_until_ns(self, now_ns: int) -> int:
        """Time in which it waited, the wait that goes on included."""
        going_on = 0 if self.waiting_since_ns == NOT_YET else now_ns - self.waiting_since_ns
        return sum(self.waited_ns) + going_on

    def behind_until_ns(self, now_ns: int) -> dict[str, int]:
        """``behind_ns``, the wait that goes on included as if it ended now."""
        behind_ns = dict(self.behind_ns)
        if self.waiting_since_ns != NOT_YET:
            self._add_behind(behind_ns, self.queued_at[self.status.index(READY)], now_ns)
        return behind_ns

    def ran_until_ns(self, now_ns: int) -> int:
        """Time in which at least one slice ran, the running one included."""
        return self.ran_ns + (now_ns - self.running_since_ns if self.running else 0)

    def is_open(self, limit: Limit | None) -> bool:
        """Whether a deadline still waits to be met; None is the job's own."""
        if limit is None:
            return any(map(self._awaits_job_deadline, range(len(self.status)), self.facts.stages))
        if self.status[limit.stage] >= DONE:
            return False
        return not limit.first_output or not self.outputs[limit.stage]

    def longest_wait(self) -> int:
        """The stage that waited longest; without any wait the last one that ran."""
        longest = max(self.waited_ns)
        if longest:
            return self.waited_ns.index(longest)
        ran = [stage for stage, backend in enumerate(self.backend) if backend != NO_BACKEND]
        return ran[-1] if ran else 0

    def backend_of(self, stage: int) -> int:
        """Where the stage ran last, or for which backend it waited."""
        ran = self.backend[stage]
        if ran != NO_BACKEND:
            return ran
        queued = self.queued_at[stage]
        return queued if queued != NO_BACKEND else self.facts.stages[stage].fastest

    def _awaits_job_deadline(self, stage: int, facts: StageFacts) -> bool:
        """Whether the job's deadline judges a stage that will run for certain and has not ended."""
        undecided = facts.may_skip and self.asked_ns[stage] == NOT_YET
        return facts.end is None and self.status[stage] < DONE and not undecided

    def _begin_wait(self, t_ns: int) -> None:
        self.waiting_since_ns = t_ns
        self.marks = self._occupancy.now()

    def _end_wait(self, t_ns: int, stage: int, backend: int) -> None:
        since = self.waiting_since_ns
        if t_ns > since:
            self.waited_ns[stage] += t_ns - since
            self._add_behind(self.behind_ns, backend, t_ns)
        self.waiting_since_ns = NOT_YET
        self.marks = ()

    def _add_behind(self, behind_ns: dict[str, int], backend: int, t_ns: int) -> None:
        if backend == NO_BACKEND:
            return
        before, since = self.marks[backend], self.waiting_since_ns
        for stream, held_ns in self._occupancy.since(before, since, backend, t_ns):
            behind_ns[stream] = behind_ns.get(stream, 0) + held_ns

    def _leave_queue(self, stage: int) -> None:
        backend = self.queued_at[stage]
        if backend != NO_BACKEND:
            self._occupancy.queue[backend] -= 1
        self.ready -= 1

    def _next_backend(self, stage: int, *, begun: bool) -> int:
        """A begun inference or prefill stays where it is; a KV cache where decoding is listed."""
        facts, last = self.facts.stages[stage], self.backend[stage]
        if begun:
            return last
        if facts.is_llm:
            return last if last in facts.decode_on else facts.fastest_decode
        return facts.fastest

    def _has_input(self, stage: int) -> bool:
        facts = self.facts.stages[stage]
        source = facts.streamed_after
        if source == NO_STAGE or self.status[source] == DONE:
            return True
        return self.outputs[source] >= facts.tokens_needed(self.outputs[stage] + 1)
