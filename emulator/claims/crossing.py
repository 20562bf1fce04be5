"""When a claim broke: the figure as it was at each instant, against the bound."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from emulator.claims.grammar import OPERATORS, UPPER, Claim
from emulator.claims.samples import COUNTED, SAMPLERS, Sample, fates, jobs_of
from emulator.claims.subject import Subject
from emulator.claims.values import rank_of
from emulator.metrics.streaks import Streaks
from emulator.session.replayed import FinishedRun
from emulator.shared_time import held

_ONLY_AT_THE_END: Final = frozenset(("running", "overdue", "degraded"))


class Crossing(NamedTuple):
    """Virtual ns at which the figure, over what was known by then, left what was claimed."""

    first_ns: int
    """For the first time."""
    since_ns: int
    """For good."""


def crossing(claim: Claim, subject: Subject, run: FinishedRun) -> Crossing | None:
    """When a broken claim broke; None for a figure of which that cannot be said.

    A lower bound is not met before there is anything, so only shares and times can break one.
    """
    first_ns = since_ns = None
    held = True
    for t_ns, holds in _states(claim, subject, run):
        if held and not holds:
            since_ns = t_ns
            first_ns = t_ns if first_ns is None else first_ns
        held = holds
    if held or first_ns is None or since_ns is None:
        return None
    return Crossing(first_ns, since_ns)


def _states(claim: Claim, subject: Subject, run: FinishedRun) -> Iterator[tuple[int, bool]]:
    """Whether the claim held, each time that something became known."""
    name, stat = claim.figure.metric.name, claim.figure.stat
    if name == "utilization":
        return _busy_states(claim, subject, run)
    jobs = jobs_of(run, subject)
    if name in SAMPLERS:
        samples = _in_order(SAMPLERS[name](jobs))
        return _mean_states(claim, samples) if stat in {"", "mean"} else _ranks(claim, samples)
    if claim.op not in UPPER or name in _ONLY_AT_THE_END:
        return iter(())
    if name in COUNTED:
        return _count_states(claim, _in_order(COUNTED[name](jobs)))
    if name == "longest_streak":
        return _streak_states(claim, _in_order(fates(jobs)))
    return iter(())


def _in_order(samples: Iterable[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda sample: sample.t_ns)


def _count_states(claim: Claim, samples: list[Sample]) -> Iterator[tuple[int, bool]]:
    for count, sample in enumerate(samples, 1):
        yield sample.t_ns, claim.holds(count)


def _mean_states(claim: Claim, samples: list[Sample]) -> Iterator[tuple[int, bool]]:
    # total / count OP bound, without a fraction for each of many samples.
    compare = OPERATORS[claim.op]
    above, below = claim.bound.numerator, claim.bound.denominator
    total: Fraction | int = 0
    for count, sample in enumerate(samples, 1):
        total += sample.value
        yield sample.t_ns, compare(total * below, above * count)


def _ranks(claim: Claim, samples: list[Sample]) -> Iterator[tuple[int, bool]]:
    """A value of some rank lies on that side of the bound on which enough values lie."""
    compare, bound = OPERATORS[claim.op], claim.bound
    less = equal = 0
    for count, sample in enumerate(samples, 1):
        less += sample.value < bound
        equal += sample.value == bound
        rank = rank_of(claim.figure.stat, count)
        side = -1 if rank <= less else 0 if rank <= less + equal else 1
        yield sample.t_ns, compare(side, 0)


def _streak_states(claim: Claim, samples: list[Sample]) -> Iterator[tuple[int, bool]]:
    """Misses in a row of each stream, by job number, as far as fates are known."""
    streaks: dict[str, Streaks] = {}
    for sample in samples:
        streak = streaks.setdefault(sample.job.stream, Streaks())
        streak.report(sample.job.index, missed=bool(sample.value))
        if sample.value and not claim.holds(streak.longest):
            yield sample.t_ns, False


def _busy_states(claim: Claim, subject: Subject, run: FinishedRun) -> Iterator[tuple[int, bool]]:
    """Busy time over time, whenever a slice ends on the backend."""
    begins_ns = run.result.end_ns - run.covered_ns
    ended: dict[int, int] = {}
    for job in run.result.jobs:
        for stage in job.stages:
            for each, (backend, held_ns) in zip(
                stage.slices, held(stage, run.result.end_ns), strict=True
            ):
                stop_ns = each.end_ns
                if backend == subject.name and stop_ns is not None and stop_ns > begins_ns:
                    ended[stop_ns] = ended.get(stop_ns, 0) + held_ns
    busy_ns = 0
    for stop_ns, held_ns in sorted(ended.items()):
        busy_ns += held_ns
        yield stop_ns, claim.holds(Fraction(busy_ns, stop_ns - begins_ns))
