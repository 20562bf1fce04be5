"""Claims against a run: the value, the verdict, and for a broken claim when it broke and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from emulator.claims.crossing import Crossing, crossing
from emulator.claims.grammar import UPPER, Claim, parse, parse_figure
from emulator.claims.samples import COUNTED, SAMPLERS, Sample, jobs_of
from emulator.claims.subject import Subject, subject_of
from emulator.claims.values import Value, value_of
from emulator.claims.waits import Occupants, WaitStory, waited_ns
from emulator.session.replayed import FinishedRun

_MISSES: Final = frozenset(("violation_rate", "violation_rate_mean", "longest_streak", "missed"))
_OF_MISSES: Final = frozenset(("late", "dropped", "overdue", "hopeless", "backlog", "avoidable"))
_WORST_VALUE: Final = frozenset(("response", "frame_gap", "jitter", "ttft", "tpot"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a claim."""

    claim: Claim
    value: Value
    holds: bool
    """A claim on nothing does not hold."""
    crossing: Crossing | None = None
    """When it broke."""
    worst: WaitStory | None = None
    """Of a broken claim on jobs: the one of the worst value, or the one that waited longest of
    those that broke it."""
    worst_value: Value = None
    """The worst value, of a figure that has a value for each job."""
    holders: tuple[tuple[str, int], ...] = ()
    """Of a broken claim on a backend: streams by how long (ns) they held it."""


def measure(figure: str, run: FinishedRun) -> Value:
    """The value of a figure such as ``captions.ttft.p95``, in ns, 1 or 1/s.

    Raises:
        ClaimError: no such figure.
    """
    return value_of(parse_figure(figure), run)


def judge(claims: Iterable[str | Claim], run: FinishedRun) -> list[Verdict]:
    """A verdict for each claim.

    Raises:
        ClaimError: a claim that cannot be understood, or that does not fit the run.
    """
    parsed = [parse(each) if isinstance(each, str) else each for each in claims]
    values = [value_of(claim.figure, run) for claim in parsed]
    occupants: list[Occupants] = []

    def occupied() -> Occupants:
        if not occupants:
            occupants.append(Occupants(run))
        return occupants[0]

    return [
        Verdict(claim, value, holds=True)
        if value is not None and claim.holds(value)
        else _broken(claim, value, run, occupied)
        for claim, value in zip(parsed, values, strict=True)
    ]


def _broken(
    claim: Claim, value: Value, run: FinishedRun, occupied: Callable[[], Occupants]
) -> Verdict:
    if value is None:
        return Verdict(claim, None, holds=False)
    subject = subject_of(claim.figure, run)
    claim_one_sided = _one_sided(claim, value)
    worst = _worst(claim_one_sided, subject, run)
    has_values = claim.figure.metric.name in _WORST_VALUE
    is_busy = claim.figure.metric.name == "utilization" and claim_one_sided.op in UPPER
    return Verdict(
        claim,
        value,
        holds=False,
        crossing=crossing(claim_one_sided, subject, run),
        worst=None if worst is None else occupied().story(worst.job, worst.part),
        worst_value=worst.value if worst is not None and has_values else None,
        holders=occupied().holders(subject.name) if is_busy else (),
    )


def _one_sided(claim: Claim, value: Fraction | int) -> Claim:
    """A broken claim of equality, as the bound that is broken."""
    if claim.op != "==":
        return claim
    return replace(claim, op="<=" if value > claim.bound else ">=")


def _worst(claim: Claim, subject: Subject, run: FinishedRun) -> Sample | None:
    """The job that says most about why a claim is broken, if any does."""
    name, is_upper = claim.figure.metric.name, claim.op in UPPER
    jobs = jobs_of(run, subject)
    if name in _WORST_VALUE:
        if not is_upper:
            return None
        return max(SAMPLERS[name](jobs), key=lambda sample: sample.value, default=None)
    if name in _MISSES and is_upper:
        candidates = COUNTED["missed"](jobs)
    elif name in _OF_MISSES and is_upper:
        candidates = COUNTED[name](jobs)
    elif name.endswith("attainment") and not is_upper:
        candidates = (each for each in SAMPLERS[name](jobs) if not each.value)
    else:
        return None
    return max(candidates, key=lambda each: waited_ns(each.job, run, each.part), default=None)
