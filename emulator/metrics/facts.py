"""What metrics know of a stream beside its events: stages, deadlines and fastest backends."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from emulator.metrics.checkpoint import below
from emulator.metrics.windows import NS_PER_MS, NS_PER_S
from emulator.profile import Profile
from emulator.scenario import Scenario, Stream
from emulator.schema.exact import ms_to_ns
from emulator.schema.stage import Stage
from emulator.timing import ModelTiming, Timing

NO_BACKEND: Final = -1
NO_STAGE: Final = -1
REFERENCE_PROMPT: Final = 512
"""Tokens of the prefill by which backends are compared, whatever a job's prompt."""


class Limit(NamedTuple):
    """A deadline within a job, in ns from its release."""

    stage: int
    first_output: bool
    """Whether it judges the stage's first output, and not its end."""
    exact_ns: Fraction

    def instant_ns(self, release_ns: int) -> int:
        """The absolute deadline."""
        return release_ns + math.floor(self.exact_ns)

    def passed_after_ns(self, release_ns: int) -> int:
        """The latest instant at which the limit can still be met.

        An instant is floored once from its exact value and events hold floored releases, so that a
        limit of no whole number of ns may lie 1 ns later than their sum says.
        """
        return release_ns + math.ceil(self.exact_ns)

    @property
    def number(self) -> int:
        """Of the limit within its stream; see ``StreamFacts.limit``."""
        return 2 * self.stage + self.first_output


@dataclass(frozen=True, slots=True)
class StageFacts:
    """One stage of every job of a stream. Backends are indices, ``NO_BACKEND`` for none."""

    name: str
    model: str
    is_llm: bool
    fastest: int
    """Where an inference, or the reference prefill, is fastest alone among the allowed backends."""
    fastest_decode: int
    decode_on: tuple[int, ...]
    is_root: bool
    """Without predecessors: ready when the job is released."""
    may_skip: bool
    """Whether it is not certain before it is ready that it runs at all."""
    streamed_after: int
    after_tokens: int
    tokens_per_inference: Fraction
    ttft_ns: Fraction | None
    """LLM targets, from when the stage became ready."""
    tpot_ns: Fraction | None
    end: Limit | None
    """The stage's own deadline; without one the job's judges it."""
    first_output: Limit | None
    degraded_model: str | None = None
    """What it runs instead when it is degraded."""

    def tokens_needed(self, inference: int) -> int:
        """Outputs of its streamed predecessor that inference (from 1) needs, if it has so many."""
        return max(self.after_tokens, math.ceil(inference * self.tokens_per_inference))

    @property
    def has_targets(self) -> bool:
        """Whether its answers are judged by LLM targets."""
        return self.ttft_ns is not None or self.tpot_ns is not None

    @property
    def limits(self) -> Iterator[Limit]:
        """The stage's own deadlines."""
        return (limit for limit in (self.end, self.first_output) if limit is not None)


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One stream of a scenario."""

    name: str
    stages: tuple[StageFacts, ...]
    roots: tuple[int, ...]
    period_ns: Fraction | None
    target_hz: float | None
    """Releases per second, of a periodic stream."""
    own_limits: tuple[Limit, ...]
    """The deadlines of stages that are certain to run."""
    tightest_ms: float | None
    """The earliest deadline of a job from its release, where the scenario gives one number."""
    has_llm: bool
    has_limits: bool
    """Whether any stage has a deadline of its own: then all jobs are jobs with a deadline."""
    can_degrade: bool
    """Whether any stage has a cheaper model."""

    def limit(self, number: int) -> Limit:
        """The limit of this number. Raises IndexError, ValueError: there is none."""
        stage = self.stages[below(number // 2, len(self.stages))]
        limit = stage.first_output if number % 2 else stage.end
        if limit is None:
            raise ValueError(f"stage {stage.name} has no such deadline")
        return limit

    def label(self, stage: int) -> str:
        """How a slice is called: by its stream, or by its stage where there are several."""
        return self.name if len(self.stages) == 1 else self.stages[stage].name


class StreamReader:
    """Reads the streams that a journal announces."""

    def __init__(self, profile: Profile, scenario: Scenario) -> None:
        self._profile = profile
        self._timing = Timing(profile, noise=False)
        self._written = {stream.name: stream for stream in scenario.streams}
        self._known: dict[str, StreamFacts] = {}

    def is_written(self, name: str) -> bool:
        """Whether the scenario has a stream of this name."""
        return name in self._written

    def facts(self, name: str, spec: Mapping[str, object] | None) -> StreamFacts:
        """A stream by its name in the scenario, or by the dict that came with a command.

        Raises:
            KeyError, ValueError: no such stream, a dict that is none, or an unknown model.
        """
        if spec is not None:
            return _stream_facts(_from_journal(spec), self._profile, self._timing)
        if name not in self._known:
            self._known[name] = _stream_facts(self._written[name], self._profile, self._timing)
        return self._known[name]


def _from_journal(spec: Mapping[str, object]) -> Stream:
    arrival = spec.get("arrival")
    if isinstance(arrival, Mapping) and "file" in arrival:
        # The engine writes the arrivals themselves; a journal from elsewhere must not open files.
        raise ValueError("a stream in a journal names no file")
    return Stream.model_validate(spec)


def _stream_facts(stream: Stream, profile: Profile, timing: Timing) -> StreamFacts:
    order = {stage.name: index for index, stage in enumerate(stream.stages)}
    skippable = _skippable(stream.stages)
    stages = tuple(
        _stage_facts(
            stage, order, profile, timing.model(stage.model), may_skip=stage.name in skippable
        )
        for stage in stream.stages
    )
    limits = tuple(limit for stage in stages for limit in stage.limits)
    of_job = _job_deadline_ns(stream)
    tightest = [limit.exact_ns for limit in limits] + ([] if of_job is None else [of_job])
    return StreamFacts(
        name=stream.name,
        stages=stages,
        roots=tuple(index for index, stage in enumerate(stages) if stage.is_root),
        period_ns=stream.period,
        target_hz=None if stream.period is None else float(NS_PER_S / stream.period),
        own_limits=tuple(each for each in limits if not stages[each.stage].may_skip),
        tightest_ms=float(min(tightest) / NS_PER_MS) if tightest else None,
        has_llm=any(stage.is_llm for stage in stages),
        has_limits=bool(limits),
        can_degrade=any(stage.degraded_model for stage in stages),
    )


def _job_deadline_ns(stream: Stream) -> Fraction | None:
    if stream.deadline_ms is None and stream.deadlines_ms is None:
        return stream.period
    return ms_to_ns(stream.deadline_ms) if isinstance(stream.deadline_ms, Fraction) else None


def _skippable(stages: tuple[Stage, ...]) -> set[str]:
    """Names of the stages that may be skipped: triggered ones, and those that follow only such."""
    found = {stage.name for stage in stages if stage.probability < 1}
    for _ in stages:
        for stage in stages:
            streamed = stage.streamed_after
            if (streamed is not None and streamed.stage in found) or (
                stage.after and all(edge.stage in found for edge in stage.after)
            ):
                found.add(stage.name)
    return found


def _stage_facts(
    stage: Stage, order: dict[str, int], profile: Profile, model: ModelTiming, *, may_skip: bool
) -> StageFacts:
    index = order[stage.name]
    allowed = {
        number
        for number, backend in enumerate(profile.backends)
        if stage.on is None or backend.name in stage.on
    }
    first = {each: timing.rest_ns[0] for each, timing in model.inference.items() if each in allowed}
    for each in allowed & model.prefill.keys():
        first[each] = model.prefill[each].rest_ns(0, REFERENCE_PROMPT, first=True, chunk=0)
    decodes = {
        each: model.decode[each].token(REFERENCE_PROMPT).expected_ns
        for each in sorted(allowed & model.decode.keys())
    }
    streamed = stage.streamed_after
    return StageFacts(
        name=stage.name,
        model=stage.model,
        is_llm=model.is_llm,
        fastest=_fastest(first),
        fastest_decode=_fastest(decodes),
        decode_on=tuple(decodes),
        is_root=not stage.after,
        may_skip=may_skip,
        streamed_after=NO_STAGE if streamed is None else order[streamed.stage],
        after_tokens=1 if streamed is None else streamed.after_tokens,
        tokens_per_inference=stage.slices_per_tokens or Fraction(0),
        ttft_ns=None if stage.ttft_ms is None else ms_to_ns(stage.ttft_ms),
        tpot_ns=None if stage.tpot_ms is None else ms_to_ns(stage.tpot_ms),
        end=_limit(index, stage.deadline_ms, first_output=False),
        first_output=_limit(index, stage.first_output_deadline_ms, first_output=True),
        degraded_model=stage.degraded_model,
    )


def _limit(stage: int, deadline_ms: Fraction | None, *, first_output: bool) -> Limit | None:
    return None if deadline_ms is None else Limit(stage, first_output, ms_to_ns(deadline_ms))


def _fastest(costs: dict[int, int]) -> int:
    """The backend of least cost; ties go in profile order."""
    return min(costs, key=lambda each: (costs[each], each), default=NO_BACKEND)
