"""What is known of jobs and stages at an instant, and of the slice that each would run next."""

import math
from dataclasses import dataclass, field
from fractions import Fraction

from tests.reference import durations
from tests.reference.loading import Profile, StageSpec, StreamSpec
from tests.reference.records import Outcome, RefJob, RefStage, Slice, StageState


@dataclass(slots=True)
class Stage:
    """A stage of one job while it is simulated.

    `prefilled` counts prompt tokens; `position` is the next slice of the current inference;
    `token_times` holds when each token, or each inference of another model, was there. All three
    move when a slice ends, so a slice that is running still counts as work to do.
    """

    spec: StageSpec
    is_llm: bool
    prompt: int
    output: int
    state: StageState = "waiting"
    running: bool = False
    ready_ns: int | None = None
    finish_ns: int | None = None
    prefilled: int = 0
    position: int = 0
    token_times: list[int] = field(default_factory=list)
    slices: list[Slice] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether nothing of the stage is left to do."""
        return self.state in ("done", "skipped")

    @property
    def phase(self) -> str:
        """What the next slice is: "vision", "prefill" or "decode"."""
        if not self.is_llm:
            return "vision"
        return "prefill" if self.prefilled < self.prompt else "decode"

    @property
    def holder(self) -> str | None:
        """The backend that ran the last slice: there is the KV cache, or the open inference."""
        return self.slices[-1][0] if self.slices else None

    @property
    def last_end_ns(self) -> int | None:
        """When the last slice ends."""
        return self.slices[-1][2] if self.slices else None

    @property
    def produced(self) -> int:
        """How many tokens, or inferences, exist."""
        return len(self.token_times)


@dataclass(slots=True)
class Job:
    """One job while it is simulated; `release` is exact, `release_ns` its floor."""

    stream: StreamSpec
    index: int
    release: Fraction
    deadline_ns: int | None
    stages: list[Stage]
    outcome: Outcome = "running"
    drop_reason: str | None = None
    finish_ns: int | None = None

    @property
    def release_ns(self) -> int:
        """The intended release."""
        return math.floor(self.release)

    @property
    def started(self) -> bool:
        """Whether any slice was started."""
        return any(stage.slices for stage in self.stages)

    @property
    def queued(self) -> bool:
        """Whether the job is unfinished and none of its slices is running."""
        return self.outcome == "running" and not any(stage.running for stage in self.stages)


def tokens_total(job: Job, index: int) -> int:
    """N of a stage: output tokens of an LLM, else its inferences (0 if it was skipped)."""
    stage = job.stages[index]
    if stage.state == "skipped":
        return 0
    if stage.is_llm:
        return stage.output
    edge = stage.spec.streamed
    if edge is None:
        return 1
    return math.ceil(tokens_total(job, edge.source) / edge.slices_per_tokens)


def tokens_needed(job: Job, index: int, inference: int) -> int:
    """How many tokens of its streamed predecessor inference number `inference` (from 1) needs."""
    edge = job.stages[index].spec.streamed
    if edge is None:
        return 0
    wanted = max(math.ceil(inference * edge.slices_per_tokens), edge.after_tokens)
    return min(wanted, tokens_total(job, edge.source))


def reachable(job: Job, index: int) -> set[int]:
    """The stages after that one, itself not included."""
    found: set[int] = set()
    for stage in job.stages:
        edge = stage.spec.streamed
        before = {*stage.spec.after, *([edge.source] if edge is not None else [])}
        if index in before:
            found |= {stage.spec.index} | reachable(job, stage.spec.index)
    return found


def slice_ready_ns(job: Job, stage: Stage) -> int | None:
    """Since when the stage's next slice could run; None while it cannot."""
    if stage.state != "active" or stage.running or stage.ready_ns is None:
        return None
    since = stage.last_end_ns if stage.last_end_ns is not None else stage.ready_ns
    edge = stage.spec.streamed
    if edge is None or stage.position > 0:
        return since
    needed = tokens_needed(job, stage.spec.index, stage.produced + 1)
    source = job.stages[edge.source]
    if source.produced < needed:
        return None
    return max(since, source.token_times[needed - 1])


def candidates(profile: Profile, stage: Stage, *, sticky: bool) -> list[str]:
    """Backends that may run the stage's next slice, in tie order."""
    spec = stage.spec
    names = durations.allowed(profile, spec.model, spec.on, stage.phase)
    pinned = stage.position > 0 if not stage.is_llm else sticky and stage.holder in names
    if pinned and stage.holder is not None:
        return [stage.holder]
    return names


def slice_cost(profile: Profile, stage: Stage, backend: str, chunk: int | None) -> int:
    """Duration of the stage's next slice on that backend, ns."""
    spec = stage.spec
    if stage.phase == "vision":
        return durations.vision_slice(profile, spec.model, backend, stage.position)
    if stage.phase == "decode":
        context = spec.cached + stage.prompt + stage.produced
        return durations.decode_slice(profile, spec.model, backend, context)
    return durations.prefill_estimate(profile, spec.model, backend, next_chunk(stage, chunk), None)


def next_chunk(stage: Stage, chunk: int | None) -> tuple[int, int, int]:
    """The next prefill slice as (cached, done, end) tokens."""
    left = stage.prompt - stage.prefilled
    size = left if chunk is None else min(chunk, left)
    return stage.spec.cached, stage.prefilled, stage.prefilled + size


def latency(profile: Profile, stage: Stage, backend: str, chunk: int | None) -> int:
    """Rest of the inference, whole remaining prefill, or one decode on that backend, ns."""
    spec = stage.spec
    if stage.phase == "vision":
        return durations.vision_rest(profile, spec.model, backend, stage.position)
    if stage.phase == "decode":
        return slice_cost(profile, stage, backend, chunk)
    span = (spec.cached, stage.prefilled, stage.prompt)
    return durations.prefill_estimate(profile, spec.model, backend, span, chunk)


def to_record(job: Job) -> RefJob:
    """The job as it stands."""
    stages = [
        RefStage(
            name=stage.spec.name,
            ready_ns=stage.ready_ns,
            start_ns=stage.slices[0][1] if stage.slices else None,
            finish_ns=stage.finish_ns,
            first_token_ns=stage.token_times[0] if stage.is_llm and stage.token_times else None,
            outcome=stage.state,
            slices=stage.slices,
        )
        for stage in job.stages
    ]
    starts = [stage.start_ns for stage in stages if stage.start_ns is not None]
    return RefJob(
        stream=job.stream.name,
        index=job.index,
        release_ns=job.release_ns,
        deadline_ns=job.deadline_ns,
        start_ns=min(starts, default=None),
        finish_ns=job.finish_ns,
        outcome=job.outcome,
        drop_reason=job.drop_reason,
        stages=stages,
    )
