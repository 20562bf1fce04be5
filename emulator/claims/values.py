"""The value of a figure, exact: whole numbers and fractions, never rounded."""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final, TypeAlias

from emulator.claims.grammar import Figure
from emulator.claims.metrics import Kind
from emulator.claims.samples import COUNTED, SAMPLERS, jobs_of
from emulator.claims.subject import Subject, subject_of
from emulator.figures import Figures, Summary
from emulator.session.replayed import FinishedRun

Value: TypeAlias = Fraction | int | None
"""In ns, 1 or 1/s; None where there is nothing to measure."""

_NS_PER_MS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000


def value_of(figure: Figure, run: FinishedRun) -> Value:
    """The value of a figure in a run.

    Raises:
        ClaimError: the run has no such figure.
    """
    subject = subject_of(figure, run)
    name = figure.metric.name
    if name == "utilization":
        busy_ns = run.busy_ns[subject.name]
        return Fraction(busy_ns, run.covered_ns) if run.covered_ns > 0 else None
    if name in _OF_SUMMARY:
        return _OF_SUMMARY[name](run.result.summary)
    if name in _OF_FIGURES:
        return _OF_FIGURES[name](figures_of(run, subject), run)
    jobs = jobs_of(run, subject)
    if name in COUNTED:
        return sum(1 for _ in COUNTED[name](jobs))
    values = [sample.value for sample in SAMPLERS[name](jobs)]
    return statistic(values, figure.stat or "mean")


def figures_of(run: FinishedRun, subject: Subject) -> Figures:
    """The figures of the subject in the summary."""
    summary = run.result.summary
    return summary.streams[subject.name] if subject.home == "stream" else summary.overall


def statistic(values: Sequence[Fraction | int], stat: str) -> Value:
    """The statistic of some values, None without any; percentiles by the nearest rank."""
    if not values:
        return None
    if stat == "mean":
        return Fraction(sum(values), len(values))
    ascending = sorted(values)
    return ascending[rank_of(stat, len(ascending)) - 1]


def rank_of(stat: str, count: int) -> int:
    """Which of so many values in ascending order the statistic is, from 1."""
    if stat == "min":
        return 1
    return count if stat == "max" else math.ceil(Fraction(stat[1:]) * count / 100)


def plain_value(kind: Kind, value: Value) -> float | int | None:
    """The value for machines: ms for times, 0 to 1 for shares."""
    if value is None or (kind == "count" and value.denominator == 1):
        return None if value is None else int(value)
    return float(value / _NS_PER_MS) if kind == "time" else float(value)


def _violation_rate_mean(summary: Summary) -> Value:
    rates = [Fraction(each.missed, each.known) for each in summary.streams.values() if each.known]
    return Fraction(sum(rates), len(rates)) if rates else None


def _tokens_per_s(figures: Figures, run: FinishedRun) -> Value:
    if figures.tokens_per_s is None or run.covered_ns <= 0:
        return None
    return Fraction(figures.output_tokens * _NS_PER_S, run.covered_ns)


def _freeze_ns(figures: Figures) -> Value:
    # A whole number of ns below 2**53 survives being divided by 10**6 and multiplied again.
    freeze_ms = figures.longest_freeze_ms
    return None if freeze_ms is None else round(freeze_ms * _NS_PER_MS)


def _fraction(value: float | None) -> Value:
    return None if value is None else Fraction(value)


_OF_SUMMARY: Final[Mapping[str, Callable[[Summary], Value]]] = {
    "violation_rate_mean": _violation_rate_mean,
    "worst_frame_gap_p99": lambda summary: _fraction(summary.worst_frame_gap_p99_periods),
    "worst_freeze": lambda summary: _fraction(summary.worst_freeze_periods),
}
_OF_FIGURES: Final[Mapping[str, Callable[[Figures, FinishedRun], Value]]] = {
    "longest_streak": lambda figures, _: figures.longest_miss_streak,
    "output_tokens": lambda figures, _: figures.output_tokens,
    "tokens_per_s": _tokens_per_s,
    "longest_freeze": lambda figures, _: _freeze_ns(figures),
}
