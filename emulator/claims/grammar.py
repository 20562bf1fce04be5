"""A claim as people write it: ``[SUBJECT.]METRIC[.STAT] OP VALUE[UNIT]``."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from emulator.claims.metrics import EXAMPLES, METRICS, STATISTICS, SUMMARY_NAMES, UNITS, Metric
from emulator.errors import UserError
from emulator.names import shown, unknown
from emulator.schema.exact import exact

MAX_CLAIM: Final = 500
"""Characters."""

OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
UPPER: Final = frozenset(("<", "<="))
"""Operators that set an upper bound."""

_OPERATOR: Final = re.compile(r"(<=|>=|==|!=|<|>|=)")
_STAT: Final = re.compile(r"(?:(.*)\.)?(p\d{1,2}(?:\.\d{1,3})?|min|max|mean)", re.DOTALL)
_SUMMARY_STAT: Final = re.compile(r"(response|frame_gap|ttft|tpot)_(p50|p95|p99|max)_ms")
_VALUE: Final = re.compile(r"([+-]?[0-9.]+(?:/[0-9]+)?)\s*([^\s0-9.]*)")


class ClaimError(UserError):
    """A claim that cannot be understood, or that does not fit the run."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The left side of a claim."""

    text: str
    """As it was written."""
    subject: str
    """A stream or a backend, perhaps with ``stream:`` or ``backend:`` before it; empty: the run."""
    metric: Metric
    stat: str
    """``p95``, ``min``, ``max`` or ``mean`` of a metric with many values, else empty."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure and what it should be."""

    text: str
    figure: Figure
    op: str
    bound: Fraction
    """In ns, in 1, or in 1/s."""

    def holds(self, value: Fraction | int) -> bool:
        """Whether a value is as claimed; equal to the bound counts as the operator says."""
        return OPERATORS[self.op](value, self.bound)


def parse(text: str) -> Claim:
    """A claim from its text.

    Raises:
        ClaimError: one sentence that says what is wrong and what would be right.
    """
    if len(text) > MAX_CLAIM:
        raise ClaimError(f"claim {shown(text)} is longer than {MAX_CLAIM} characters")
    *front, op, value = _OPERATOR.split(text) if _OPERATOR.search(text) else ("", "", "")
    left = "".join(front).strip()
    if not left or not value.strip():
        raise _wrong(text, "expected FIGURE OPERATOR VALUE, as in 'captions.violation_rate < 1%'")
    if op == "=":
        raise _wrong(text, "write == for equal")
    figure = parse_figure(left, text)
    return Claim(" ".join(text.split()), figure, op, _bound(value.strip(), figure.metric, text))


def parse_figure(text: str, whole: str = "") -> Figure:
    """The left side of a claim.

    Args:
        text: such as ``npc-dialogue.ttft.p95``.
        whole: the claim that it stands in, for errors.

    Raises:
        ClaimError: as for a claim.
    """
    whole = whole or text
    body, stat = text.strip(), ""
    if found := _STAT.fullmatch(body):
        body, stat = found[1] or "", found[2]
    subject, _, name = body.rpartition(".")
    if (old := _SUMMARY_STAT.fullmatch(name)) and not stat:
        name, stat = old[1], old[2]
    metric = METRICS.get(SUMMARY_NAMES.get(name, name))
    if metric is None:
        raise _wrong(whole, _unknown_metric(body, stat))
    if metric.many and not stat:
        raise _wrong(whole, f"{name} has a value for each job: write {name}.p95 ({STATISTICS})")
    if stat and not metric.many:
        raise _wrong(whole, f"{name} is one figure and has no {stat}")
    if stat.startswith("p") and not 0 < exact(stat[1:]) < 100:  # noqa: PLR2004
        raise _wrong(whole, f"{stat} is no percentile, expected {STATISTICS}")
    return Figure(text.strip(), subject.strip(), metric, stat)


def _unknown_metric(body: str, stat: str) -> str:
    """What to say of a text that should end in a metric."""
    rest, _, last = body.rpartition(".")
    before = rest.rpartition(".")[2]
    if not stat and before in METRICS:
        if METRICS[before].many:
            return f"unknown statistic {shown(last)}, expected {STATISTICS}"
        return f"{before} is one figure and has no {shown(last)}"
    return unknown("metric", last, METRICS)


def _bound(text: str, metric: Metric, whole: str) -> Fraction:
    units, expected = UNITS[metric.kind], EXAMPLES[metric.kind]
    match = _VALUE.fullmatch(text)
    if match is None or match[2] not in units:
        raise _wrong(whole, f"expected {expected} for {metric.name}, not {shown(text)}")
    try:
        value = exact(match[1])
    except ValueError:
        raise _wrong(whole, f"expected {expected}, not {shown(text)}") from None
    if metric.kind == "share" and not match[2] and not 0 <= value <= 1:
        raise _wrong(whole, f"a share is from 0 to 1: for percent write {shown(text + '%')[1:-1]}")
    return value * units[match[2]]


def _wrong(text: str, what: str) -> ClaimError:
    return ClaimError(f"claim {shown(text)}: {what}", key=text)
