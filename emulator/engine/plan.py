"""A stream made ready for the engine.

Names become indices, times become integers, everything constant is computed once.
"""

from dataclasses import dataclass
from fractions import Fraction

from emulator.schema.distributions import TokenCount
from emulator.timing import ModelTiming

Backends = tuple[int, ...]
"""Backend indices in profile order."""


@dataclass(frozen=True, slots=True)
class DrawKeys:
    """The generator keys of one stage's quantities."""

    trigger: int
    prompt: int
    output: int
    latency: int
    prefill: int
    decode: int


@dataclass(frozen=True, slots=True)
class LlmTarget:
    """Targets of an LLM stage in 1/unit ns: TTFT, and TPOT or None."""

    ttft: int
    tpot: int | None
    unit: int


class Options:
    """Backends and, in step, the expected rest of the inference, prefill or token on each."""

    __slots__ = ("backends", "latencies")

    def __init__(self, backends: Backends, latencies: tuple[int, ...]) -> None:
        self.backends = backends
        self.latencies = latencies


@dataclass(frozen=True, slots=True, eq=False)
class StagePlan:
    """One stage of every job of a stream."""

    index: int
    name: str
    model: str
    timing: ModelTiming
    is_llm: bool
    prefill_on: Backends
    decode_on: Backends
    inference: Options
    """Backends allowed for an inference, none for an LLM, and what a whole one costs."""
    first_slices_ns: tuple[int, ...]
    """In step: what the first slice of an inference costs."""
    best_inference_ns: int
    best_backend: int
    """Where an inference is fastest; -1 for an LLM."""
    data_after: tuple[int, ...]
    """Stages whose end this one waits for."""
    streamed_after: int
    """The stage whose output this one takes piece by piece, or -1."""
    after_tokens: int
    tokens_per_inference: Fraction | None
    """Outputs of the streamed predecessor that each inference takes; None without one."""
    successors: tuple[int, ...]
    reach: tuple[int, ...]
    """This stage and all after it, in topological order."""
    probability: float
    cached: int
    prompt: TokenCount | None
    output: TokenCount | None
    deadline: int | None
    """From the release, in units of the stream's ``unit``; None when the job's own judges the
    stage."""
    first_output_deadline: int | None
    has_deadlines: bool
    """Whether it has any of these two."""
    target: LlmTarget | None
    keys: DrawKeys

    @property
    def can_run(self) -> bool:
        """Whether there is a backend for all of it."""
        if self.is_llm:
            return bool(self.prefill_on and self.decode_on)
        return bool(self.inference.backends)


@dataclass(frozen=True, slots=True, eq=False)
class StreamPlan:
    """One stream: its stages and the rules that all its jobs share."""

    index: int
    name: str
    stages: tuple[StagePlan, ...]
    topological: tuple[int, ...]
    roots: tuple[int, ...]
    has_llm: bool
    unit: int
    """Denominator of the stream's instants: 1/unit ns."""
    deadline: int | None
    """The job's deadline from its release, in 1/unit ns, when the scenario gives one number."""
    deadlines: tuple[int, ...] | None
    """Explicit deadlines of explicit arrivals, from the start of the stream."""
    implicit_deadline: bool
    """The deadline is the next nominal release."""
    drop_late: bool
    firm: tuple[int, int] | None
    """(m, k): of any k jobs in a row at least m have to be met."""
    period: Fraction | None
    is_closed_loop: bool
    """The end of a job brings the next one."""
    is_simple: bool
    """One stage, no LLM, always triggered: the common case, for which there are shorter ways."""
    degraded: "StreamPlan | None" = None
    """The same with the cheaper models of its stages, where any has one; the other stages are the
    same objects."""
    is_degraded: bool = False
