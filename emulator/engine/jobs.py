"""The mutable state of one job and its stages while they are in the engine."""

from typing import Final

from emulator.engine.plan import StagePlan, StreamPlan
from emulator.journal import INFERENCE, PREFILL

NEVER: Final = 1 << 62
"""An instant after every other: the deadline of what has none."""


BLOCKED: Final = 0
"""State of a stage: it waits for predecessors or for their tokens."""
READY: Final = 1
"""Its next slice may start."""
RUNNING: Final = 2
DONE: Final = 3
SKIPPED: Final = 4


class StageRun:
    """One stage of one job."""

    favorite: int
    """Fastest backend of the queued slice, and its expected time there."""
    best_ns: int

    __slots__ = (
        "asked_ns",
        "backend",
        "best_ns",
        "continues_ns",
        "deadline_ns",
        "favorite",
        "first_deadline_ns",
        "job",
        "noise",
        "options",
        "outputs",
        "phase",
        "plan",
        "position",
        "prompt",
        "ready_ns",
        "state",
        "total",
        "version",
        "waits",
    )

    def __init__(self, job: "Job", plan: StagePlan) -> None:
        self.job = job
        self.plan = plan
        self.phase = PREFILL if plan.is_llm else INFERENCE
        """Of the next slice."""
        self.state = BLOCKED
        """BLOCKED, READY, RUNNING, DONE or SKIPPED."""
        self.asked_ns = -1
        """When the stage became ready first; -1 before."""
        self.ready_ns = -1
        """When its next slice became ready."""
        self.continues_ns = -1
        """When its last slice ended: at that very instant it wins ties."""
        self.outputs = 0
        """Tokens, or whole inferences, produced so far."""
        self.total = 1
        self.prompt = 0
        self.position = 0
        """Slices done of the current inference, or prompt tokens prefilled."""
        self.backend = -1
        """Backend of the current inference or holder of the KV cache; -1 for none."""
        self.noise = 0
        """Noise factor of the current inference or prefill; 0 while it is not drawn."""
        self.deadline_ns = job.deadline_ns
        """Judges the stage's end: its own deadline, else the job's."""
        self.first_deadline_ns = NEVER
        self.version = 0
        """Counts the times the stage was queued, so that older entries of it can be told."""
        self.waits = False
        """Whether the dispatcher counts it among what waits."""
        self.options = plan.inference
        """Where the queued slice may run."""

    @property
    def ended(self) -> bool:
        """Finished or skipped."""
        return self.state >= DONE

    @property
    def context(self) -> int:
        """Tokens in the KV cache once the prompt is read and the tokens so far are written."""
        return self.plan.cached + self.prompt + self.outputs

    def tokens_needed(self, inference: int, produced: int) -> int:
        """Outputs of the streamed predecessor that an inference (counted from 1) needs.

        ``produced`` is how many it will have in the end.
        """
        per_inference = self.plan.tokens_per_inference
        if per_inference is None:
            return 0
        needed = -(-inference * per_inference.numerator // per_inference.denominator)
        return min(max(self.plan.after_tokens, needed), produced)


class Job:
    """One release of a stream."""

    __slots__ = (
        "cause",
        "deadline_ns",
        "expiry_pending",
        "index",
        "late",
        "plan",
        "release_ns",
        "running",
        "stages",
        "unfinished",
    )

    def __init__(self, plan: StreamPlan, index: int, release_ns: int, deadline_ns: int) -> None:
        self.plan = plan
        self.index = index
        self.release_ns = release_ns
        self.deadline_ns = deadline_ns
        """The job's own deadline, NEVER without one."""
        self.running = 0
        """Slices that run now."""
        self.late = False
        self.cause = ""
        """Why it would miss: hopeless, backlog or avoidable; empty without any deadline."""
        self.expiry_pending = False
        """Its drop rule fired while a slice ran: to be looked at again when the slice ends."""
        self.stages = [StageRun(self, stage) for stage in plan.stages]
        self.unfinished = len(self.stages)

    @property
    def ended(self) -> bool:
        """Completed or dropped."""
        return self.unfinished == 0
