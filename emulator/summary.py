"""A run in figures: what the command line prints and ``compare`` and assertions read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from emulator.figures import Figures, Summary
from emulator.job_result import JobResult, StageResult
from emulator.metrics.facts import StageFacts, StreamFacts
from emulator.metrics.streaks import Streaks
from emulator.metrics.windows import NS_PER_MS, NS_PER_S, nearest_rank

__all__ = ["Figures", "Summary", "summarize"]


@dataclass(slots=True)
class _Tally:
    """Counts and samples (ns) of one stream; tallies can be merged.

    Of the targets of language models: whether each answer met it.
    """

    period_ns: Fraction | None = None
    outcomes: dict[str, int] = field(default_factory=dict)
    causes: dict[str, int] = field(default_factory=dict)
    known: int = 0
    missed: int = 0
    overdue: int = 0
    degraded: int = 0
    responses: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    differences: list[float] = field(default_factory=list)
    streak: int = 0
    freeze_ns: int | None = None
    has_llm: bool = False
    output_tokens: int = 0
    ttft: list[float] = field(default_factory=list)
    tpot: list[float] = field(default_factory=list)
    targets: list[bool] = field(default_factory=list)
    ttft_target: list[bool] = field(default_factory=list)
    tpot_target: list[bool] = field(default_factory=list)


def summarize(
    jobs: Sequence[JobResult],
    *,
    streams: Sequence[StreamFacts],
    output_tokens: Sequence[int],
    busy_ns: Mapping[str, int],
    end_ns: int,
) -> Summary:
    """The figures of a run.

    Args:
        jobs: all jobs of the run.
        streams: in stream order; every job belongs to one of them.
        output_tokens: produced by each of these streams, also in jobs that never ended.
        busy_ns: busy time by backend name, in profile order.
        end_ns: the end of the run.
    """
    by_stream: dict[str, list[JobResult]] = {facts.name: [] for facts in streams}
    for job in jobs:
        by_stream[job.stream].append(job)
    tallies = {
        facts.name: _tally(by_stream[facts.name], facts, tokens, end_ns)
        for facts, tokens in zip(streams, output_tokens, strict=True)
    }
    rates = [tally.missed / tally.known for tally in tallies.values() if tally.known]
    return Summary(
        end_ns=end_ns,
        overall=_figures(_merged(tallies), end_ns),
        worst_frame_gap_p99_periods=_worst(
            tallies, lambda each: nearest_rank(sorted(each.gaps), 99)
        ),
        worst_freeze_periods=_worst(tallies, lambda each: each.freeze_ns),
        violation_rate_mean_over_streams=_mean(rates),
        streams={name: _figures(tally, end_ns) for name, tally in tallies.items()},
        utilization={
            name: min(1.0, busy / end_ns) if end_ns > 0 else None for name, busy in busy_ns.items()
        },
    )


def _tally(jobs: list[JobResult], facts: StreamFacts, output_tokens: int, end_ns: int) -> _Tally:
    jobs = sorted(jobs, key=lambda job: job.index)
    tally = _Tally(facts.period_ns, has_llm=facts.has_llm, output_tokens=output_tokens)
    streaks = Streaks()
    for number, job in enumerate(jobs):
        tally.outcomes[job.outcome] = tally.outcomes.get(job.outcome, 0) + 1
        tally.overdue += job.overdue
        tally.degraded += job.degraded
        streaks.report(number, missed=job.missed)
        if job.missed is not None:
            tally.known += 1
            tally.missed += job.missed
            if job.cause:
                tally.causes[job.cause] = tally.causes.get(job.cause, 0) + 1
        for stage, stage_facts in zip(job.stages, facts.stages, strict=True):
            if stage_facts.is_llm:
                _tally_llm(tally, job, stage, stage_facts)
    tally.streak = streaks.longest
    tally.responses = [job.response_ns for job in jobs if job.response_ns is not None]
    tally.differences = [abs(after - before) for before, after in pairwise(tally.responses)]
    finishes = sorted(job.finish_ns for job in jobs if _finished(job) and job.finish_ns is not None)
    tally.gaps = [after - before for before, after in pairwise(finishes)]
    tally.freeze_ns = _longest_freeze_ns(jobs, end_ns)
    return tally


def _tally_llm(tally: _Tally, job: JobResult, stage: StageResult, facts: StageFacts) -> None:
    ttft = tpot = None
    if stage.first_token_ns is not None and stage.ready_ns is not None:
        ttft = stage.first_token_ns - stage.ready_ns
        tally.ttft.append(ttft)
        decodes = (stage.output_tokens or 1) - 1
        if stage.finish_ns is not None and decodes:
            tpot = (stage.finish_ns - stage.first_token_ns) / decodes
            tally.tpot.append(tpot)
    asked = stage.ready_ns is not None and (facts.ttft_ns is not None or facts.tpot_ns is not None)
    if asked and (stage.finish_ns is not None or job.outcome == "dropped"):
        finished = stage.finish_ns is not None
        in_time = facts.ttft_ns is None or (ttft is not None and ttft <= facts.ttft_ns)
        in_pace = facts.tpot_ns is None or tpot is None or tpot <= facts.tpot_ns
        tally.targets.append(finished and in_time and in_pace)
        if facts.ttft_ns is not None:
            tally.ttft_target.append(finished and in_time)
        if facts.tpot_ns is not None:
            tally.tpot_target.append(finished and in_pace)


def _finished(job: JobResult) -> bool:
    return job.outcome in ("met", "late")


def _longest_freeze_ns(jobs: Sequence[JobResult], end_ns: int) -> int | None:
    """The longest gap between the finishes of good jobs, misses at either end of the run included.

    Misses before the first good job count from the first release, misses after the last one to
    the end of the run.
    """
    good = sorted(
        (job.finish_ns, job.index)
        for job in jobs
        if job.outcome == "met" and job.finish_ns is not None
    )
    missed = [job.index for job in jobs if job.missed]
    instants = [finish_ns for finish_ns, _ in good]
    if missed and (not good or missed[0] < good[0][1]):
        instants.insert(0, min(job.release_ns for job in jobs))
    if missed and (not good or missed[-1] > good[-1][1]):
        instants.append(end_ns)
    return max((after - before for before, after in pairwise(instants)), default=None)


def _worst(
    tallies: Mapping[str, _Tally], read_ns: Callable[[_Tally], float | None]
) -> float | None:
    """The largest value of a periodic stream in its periods, which alone compare across streams."""
    pairs = [(read_ns(each), each.period_ns) for each in tallies.values()]
    return max((value / float(of) for value, of in pairs if value is not None and of), default=None)


def _merged(tallies: Mapping[str, _Tally]) -> _Tally:
    """All streams together. Pauses of streams that are not periodic are no freezes of the whole."""
    whole = _Tally()
    freezes = []
    for tally in tallies.values():
        for outcome, count in tally.outcomes.items():
            whole.outcomes[outcome] = whole.outcomes.get(outcome, 0) + count
        for cause, count in tally.causes.items():
            whole.causes[cause] = whole.causes.get(cause, 0) + count
        whole.known += tally.known
        whole.missed += tally.missed
        whole.overdue += tally.overdue
        whole.degraded += tally.degraded
        whole.responses += tally.responses
        whole.differences += tally.differences
        whole.streak = max(whole.streak, tally.streak)
        whole.has_llm = whole.has_llm or tally.has_llm
        whole.output_tokens += tally.output_tokens
        whole.ttft += tally.ttft
        whole.tpot += tally.tpot
        whole.targets += tally.targets
        whole.ttft_target += tally.ttft_target
        whole.tpot_target += tally.tpot_target
        if tally.period_ns is not None:
            whole.gaps += tally.gaps
            freezes.append(tally.freeze_ns)
    whole.freeze_ns = max((each for each in freezes if each is not None), default=None)
    return whole


def _figures(tally: _Tally, end_ns: int) -> Figures:
    outcomes, causes = tally.outcomes, tally.causes
    responses, gaps = sorted(tally.responses), sorted(tally.gaps)
    ttft, tpot = sorted(tally.ttft), sorted(tally.tpot)
    return Figures(
        released=sum(outcomes.values()),
        completed=outcomes.get("met", 0) + outcomes.get("late", 0),
        late=outcomes.get("late", 0),
        dropped=outcomes.get("dropped", 0),
        skipped=outcomes.get("skipped", 0),
        running=outcomes.get("running", 0),
        overdue=tally.overdue,
        known=tally.known,
        missed=tally.missed,
        violation_rate=_ratio(tally.missed, tally.known),
        hopeless=causes.get("hopeless", 0),
        backlog=causes.get("backlog", 0),
        avoidable=causes.get("avoidable", 0),
        response_p50_ms=_ms(nearest_rank(responses, 50)),
        response_p95_ms=_ms(nearest_rank(responses, 95)),
        response_p99_ms=_ms(nearest_rank(responses, 99)),
        response_max_ms=_ms(nearest_rank(responses, 100)),
        frame_gap_p50_ms=_ms(nearest_rank(gaps, 50)),
        frame_gap_p95_ms=_ms(nearest_rank(gaps, 95)),
        frame_gap_p99_ms=_ms(nearest_rank(gaps, 99)),
        jitter_ms=_ms(_mean(tally.differences)),
        longest_miss_streak=tally.streak,
        longest_freeze_ms=_ms(tally.freeze_ns),
        output_tokens=tally.output_tokens,
        tokens_per_s=_ratio(tally.output_tokens * NS_PER_S, end_ns) if tally.has_llm else None,
        ttft_p50_ms=_ms(nearest_rank(ttft, 50)),
        ttft_p95_ms=_ms(nearest_rank(ttft, 95)),
        tpot_p50_ms=_ms(nearest_rank(tpot, 50)),
        tpot_p95_ms=_ms(nearest_rank(tpot, 95)),
        llm_targets_known=len(tally.targets),
        llm_target_attainment=_mean(tally.targets),
        ttft_target_attainment=_mean(tally.ttft_target),
        tpot_target_attainment=_mean(tally.tpot_target),
        degraded=tally.degraded,
    )


def _ms(value_ns: float | None) -> float | None:
    return None if value_ns is None else value_ns / NS_PER_MS


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
