"""Which targets of a scenario can be met at all: each stream alone on an idle chip, without noise.

A target that fails here is hopeless whatever the policy, so a scenario says so, or asks for less.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from emulator.job_result import JobResult, StageResult
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.distributions import Choice, Constant, TokenCount
from emulator.schema.exact import ms_to_ns
from emulator.schema.fit import check_fit
from emulator.schema.stage import Stage
from emulator.schema.stream import Stream
from emulator.study.alone import jobs_alone, one_job
from emulator.workload import draw_tokens


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a stream, and the best that an idle chip does."""

    stream: str
    stage: str
    kind: str
    """``deadline``, ``first output``, ``TTFT`` or ``TPOT``."""
    limit_ms: float
    best_ms: float
    hopeless: str | None
    """What the scenario says where it knows that the target cannot be met."""

    @property
    def feasible(self) -> bool:
        """Whether the target can be met alone."""
        return self.best_ms <= self.limit_ms


def targets_alone(
    profile: Profile, scenario: Scenario, *, quantile: float = 1.0
) -> tuple[Target, ...]:
    """Every target of the scenario, measured alone with all its stages triggered.

    Args:
        profile: what runs it.
        scenario: must fit the profile, else UserError.
        quantile: of the token counts; 1 takes the largest that each distribution allows.
    """
    check_fit(profile, scenario)
    return tuple(
        target for stream in scenario.streams for target in _of_stream(profile, stream, quantile)
    )


def _of_stream(profile: Profile, stream: Stream, quantile: float) -> Iterator[Target]:
    stages = [
        stage.model_copy(
            update={
                "prompt_tokens": _largest(stage.prompt_tokens, quantile),
                "output_tokens": _largest(stage.output_tokens, quantile),
            }
        )
        for stage in stream.stages
    ]
    alone = one_job(stream, stages)
    jobs = jobs_alone(profile, alone)
    for number, stage in enumerate(alone.stages):
        for kind, limit_ns in _limits(alone, stage):
            reached = [_reached_ns(job, job.stages[number], kind) for job in jobs]
            best_ns = min((value for value in reached if value is not None), default=float("inf"))
            yield Target(
                stream.name,
                stage.name,
                kind,
                float(limit_ns) / 1e6,
                best_ns / 1e6,
                stream.hopeless,
            )


def _largest(count: TokenCount | None, quantile: float) -> Constant | None:
    match count:
        case None:
            return None
        case Constant():
            return count
        case Choice(values=values):
            return Constant(value=sorted(values)[min(int(quantile * len(values)), len(values) - 1)])
        case _:
            return Constant(value=draw_tokens(count, quantile) if quantile < 1 else count.max)


def _limits(stream: Stream, stage: Stage) -> Iterator[tuple[str, Fraction]]:
    """The targets by which a stage is judged, in exact ns."""
    last = not any(stage.name == edge.stage for each in stream.stages for edge in each.after)
    if stage.deadline_ms is not None:
        yield "deadline", ms_to_ns(stage.deadline_ms)
    elif isinstance(stream.deadline_ms, Fraction) and last:
        yield "deadline", ms_to_ns(stream.deadline_ms)
    if stage.first_output_deadline_ms is not None:
        yield "first output", ms_to_ns(stage.first_output_deadline_ms)
    if stage.ttft_ms is not None:
        yield "TTFT", ms_to_ns(stage.ttft_ms)
    if stage.tpot_ms is not None:
        yield "TPOT", ms_to_ns(stage.tpot_ms)


def _reached_ns(job: JobResult, stage: StageResult, kind: str) -> float | None:
    """When the target was reached, from the point that it counts from."""
    finish, first, ready = stage.finish_ns, stage.first_token_ns, stage.ready_ns
    if kind == "deadline":
        return None if finish is None else finish - job.release_ns
    if kind == "first output":
        first_end = stage.slices[0].end_ns if first is None else first
        return None if first_end is None else first_end - job.release_ns
    if first is None or ready is None or finish is None:
        return None
    if kind == "TTFT":
        return first - ready
    return (finish - first) / max(1, (stage.output_tokens or 1) - 1)
