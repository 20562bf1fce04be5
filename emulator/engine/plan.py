"""A stream made ready for the engine: names become indices, times become integers, everything constant is computed once."""

from dataclasses import dataclass
from fractions import Fraction

from emulator import draws
from emulator.distributions import TokenCount
from emulator.exact import ms_to_ns
from emulator.profile import Profile
from emulator.stage import Stage
from emulator.stream import Stream
from emulator.timing import ModelTiming, Timing

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
class StagePlan:
    """One stage of every job of a stream."""

    index: int
    name: str
    model: str
    timing: ModelTiming
    is_llm: bool
    inference_on: Backends
    """Backends allowed for an inference; empty for an LLM."""
    prefill_on: Backends
    decode_on: Backends
    inference_rests: tuple[int, ...]
    """Expected time of a whole inference on each of ``inference_on``."""
    best_inference_ns: int
    data_after: tuple[int, ...]
    """Stages whose end this one waits for."""
    streamed_after: int
    """The stage whose output this one takes piece by piece, or -1."""
    after_tokens: int
    tokens_per_inference: Fraction | None
    successors: tuple[int, ...]
    reach: tuple[int, ...]
    """This stage and all after it, in topological order."""
    probability: float
    cached: int
    prompt: TokenCount | None
    output: TokenCount | None
    deadline: int | None
    """From the release, in units of the stream's ``unit``; None when the job's own judges the stage."""
    first_output_deadline: int | None
    ttft: Fraction | None
    """LLM targets in exact ns."""
    tpot: Fraction | None
    keys: DrawKeys


@dataclass(frozen=True, slots=True)
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
    period: Fraction | None

    @property
    def is_simple(self) -> bool:
        """One stage, no LLM, always triggered: the common case, which the engine takes a shorter way through."""
        return len(self.stages) == 1 and not self.has_llm and self.stages[0].probability >= 1


def plan_stream(
    stream: Stream, index: int, unit: int, profile: Profile, timing: Timing, seed: int
) -> StreamPlan:
    """Compiles a stream that fits the profile (see ``fit``); ``unit`` is that of its arrivals."""
    order = {stage.name: number for number, stage in enumerate(stream.stages)}
    after = {
        order[stage.name]: {order[edge.stage] for edge in stage.after} for stage in stream.stages
    }
    topological = stream.topological_order
    stages = tuple(
        _plan_stage(stream, number, order, topological, after, unit, profile, timing, seed)
        for number in range(len(stream.stages))
    )
    explicit = isinstance(stream.deadline_ms, Fraction)
    return StreamPlan(
        index=index,
        name=stream.name,
        stages=stages,
        topological=topological,
        roots=tuple(number for number in range(len(stages)) if not after[number]),
        has_llm=any(stage.is_llm for stage in stages),
        unit=unit,
        deadline=_in_units(stream.deadline_ms, unit) if explicit else None,
        deadlines=None
        if stream.deadlines_ms is None
        else tuple(int(ms_to_ns(each) * unit) for each in stream.deadlines_ms),
        implicit_deadline=stream.deadline_ms is None and stream.deadlines_ms is None,
        drop_late=stream.late == "drop",
        period=stream.period,
    )


def _in_units(deadline: object, unit: int) -> int | None:
    return int(ms_to_ns(deadline) * unit) if isinstance(deadline, Fraction) else None


def _plan_stage(
    stream: Stream,
    index: int,
    order: dict[str, int],
    topological: tuple[int, ...],
    after: dict[int, set[int]],
    unit: int,
    profile: Profile,
    timing: Timing,
    seed: int,
) -> StagePlan:
    stage = stream.stages[index]
    model = timing.model(stage.model)
    inference_on = _allowed(stage, model.inference, profile)
    rests = tuple(model.inference[backend].rest_ns[0] for backend in inference_on)
    streamed = stage.streamed_after
    return StagePlan(
        index=index,
        name=stage.name,
        model=stage.model,
        timing=model,
        is_llm=model.is_llm,
        inference_on=inference_on,
        prefill_on=_allowed(stage, model.prefill, profile),
        decode_on=_allowed(stage, model.decode, profile),
        inference_rests=rests,
        best_inference_ns=min(rests, default=0),
        data_after=tuple(order[edge.stage] for edge in stage.after if not edge.stream),
        streamed_after=order[streamed.stage] if streamed else -1,
        after_tokens=streamed.after_tokens if streamed else 1,
        tokens_per_inference=stage.slices_per_tokens,
        successors=tuple(number for number in topological if index in after[number]),
        reach=_reach(index, topological, after),
        probability=float(stage.probability),
        cached=stage.cached_prefix_tokens,
        prompt=stage.prompt_tokens,
        output=stage.output_tokens,
        deadline=_in_units(stage.deadline_ms, unit),
        first_output_deadline=_in_units(stage.first_output_deadline_ms, unit),
        ttft=None if stage.ttft_ms is None else ms_to_ns(stage.ttft_ms),
        tpot=None if stage.tpot_ms is None else ms_to_ns(stage.tpot_ms),
        keys=DrawKeys(
            *(
                draws.stream_key(seed, stream.name, stage.name, quantity)
                for quantity in ("trigger", "prompt", "output", "latency", "prefill", "decode")
            )
        ),
    )


def _allowed(stage: Stage, listed: dict[int, object] | object, profile: Profile) -> Backends:
    """Backends that list the model (phase) and that the stage's ``on`` does not exclude."""
    assert isinstance(listed, dict)
    return tuple(
        index
        for index, backend in enumerate(profile.backends)
        if index in listed and (stage.on is None or backend.name in stage.on)
    )


def _reach(
    index: int, topological: tuple[int, ...], after: dict[int, set[int]]
) -> tuple[int, ...]:
    reached = {index}
    for number in topological:
        if after[number] & reached:
            reached.add(number)
    return tuple(number for number in topological if number in reached)
