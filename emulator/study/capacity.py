"""How much a chip carries: the largest rate, count or load at which a limit holds, by policy.

A value holds when the 95 % confidence bound of the mean over seeds keeps the limit: when one can be
fairly sure that the mean does, and not only that these seeds were lucky.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from emulator.claims.grammar import UPPER, Claim
from emulator.claims.values import Value, plain_value
from emulator.errors import UserError
from emulator.study.capacity_question import Question, ask
from emulator.study.capacity_search import Found, Indices
from emulator.study.capacity_trial import Outcome, run_trials
from emulator.study.paired import estimate

__all__ = ["Answer", "Capacity", "Point", "Question", "ask", "capacity"]

CONFIDENCE: Final = 0.95
"""That the mean lies on the right side of the bound: one side, so both together leave out twice as
much."""
_BOTH_SIDES: Final = 2 * CONFIDENCE - 1
_STEPS_AHEAD: Final = 12
"""A guess, for the progress bar, at how long a search takes that has not enclosed its answer."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value that was tried."""

    value: Fraction
    by_seed: tuple[Value, ...]
    """The figure of each run, in ns, 1 or 1/s; None where there was nothing to measure."""
    mean: Fraction | None
    """Of the runs that have it."""
    bound: Fraction | None
    """On the side of the limit: the mean is within it with 95 % confidence; the mean for a single
    seed."""
    holds: bool
    """Whether the bound keeps the limit; also where there was nothing that could break it."""
    limiting: str | None
    """The stream that has most to do with the figure; None where none has."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a policy carries."""

    policy: str
    at: Point | None
    """The largest value that holds; None: not even the smallest does."""
    next: Point | None
    """The next value above, which does not; None: even the largest holds."""
    points: tuple[Point, ...]
    """All that were tried, in order of their values."""

    @property
    def holds_again(self) -> tuple[Fraction, ...]:
        """Larger values that hold although ``next`` does not."""
        edge = None if self.next is None else self.next.value
        return tuple(p.value for p in self.points if edge and p.holds and p.value > edge)

    @property
    def broken_below(self) -> tuple[Fraction, ...]:
        """Smaller values that do not hold although ``at`` does."""
        edge = None if self.at is None else self.at.value
        return tuple(p.value for p in self.points if edge and not p.holds and p.value < edge)


@dataclass(frozen=True, slots=True)
class Capacity:
    """The answers, in the order of the policies."""

    question: Question
    answers: tuple[Answer, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types in a fixed order; times in ms, shares from 0 to 1."""
        asked = self.question
        metric = asked.limit.figure.metric
        return {
            "scenario": asked.scenario.name,
            "profile": asked.profile.name,
            "vary": asked.variable.text,
            "unit": asked.variable.unit,
            "own": float(asked.variable.own),
            "limit": asked.limit.text,
            "limit_bound": plain_value(metric.kind, asked.limit.bound),
            "confidence": CONFIDENCE,
            "seeds": list(asked.seeds),
            "duration_s": float(asked.duration_s),
            "noise": asked.noise,
            "effects": asked.effects,
            "from": float(asked.grid.value(asked.low)),
            "to": float(asked.grid.value(asked.high)),
            "policies": [self._answer(each) for each in self.answers],
        }

    def _answer(self, answer: Answer) -> dict[str, object]:
        def point(of: Point | None) -> dict[str, object] | None:
            return None if of is None else self._point(of)

        return {
            "policy": answer.policy,
            "carries": None if answer.at is None else float(answer.at.value),
            "at": point(answer.at),
            "next": point(answer.next),
            "holds_again": [float(value) for value in answer.holds_again],
            "broken_below": [float(value) for value in answer.broken_below],
            "points": [self._point(each) for each in answer.points],
        }

    def _point(self, of: Point) -> dict[str, object]:
        kind = self.question.limit.figure.metric.kind
        return {
            "value": float(of.value),
            "holds": of.holds,
            "mean": _number(plain_value(kind, of.mean)),
            "confidence_bound": _number(plain_value(kind, of.bound)),
            "limiting": of.limiting,
            "by_seed": [plain_value(kind, value) for value in of.by_seed],
        }


def capacity(
    question: Question,
    executor: Executor | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Capacity:
    """Searches for each policy.

    Args:
        question: made by ``ask``.
        executor: makes the runs; as for ``sweep.run_all``, and the answer does not depend on it.
        on_progress: is told now and then about which share is done, 0 to 1.

    Raises:
        UserError: a policy broke, or there is nothing to measure at any value.
        BrokenExecutor: a worker process died.
    """
    searches = [_Search(question, policy) for policy in question.policies]
    while going := [each for each in searches if each.wanted]:
        trials = [
            trial
            for each in going
            for index in each.wanted
            for trial in question.trials(each.policy, index)
        ]
        outcomes = iter(run_trials(trials, executor))
        for each in going:
            each.take({index: [next(outcomes) for _ in question.seeds] for index in each.wanted})
            if on_progress is not None:
                on_progress(sum(search.share for search in searches) / len(searches))
    answers = tuple(each.answer() for each in searches)
    if all(point.mean is None for answer in answers for point in answer.points):
        raise UserError(
            f"--limit: no run of {float(question.duration_s):g} s has anything to measure "
            f"{question.limit.figure.text} by; try a longer --duration",
            key="--limit",
        )
    return Capacity(question, answers)


class _Search:
    """The search for one policy, in rounds."""

    def __init__(self, question: Question, policy: str) -> None:
        self._question = question
        self.policy = policy
        self._steps = question.search()
        self._points: dict[int, Point] = {}
        self._found: Found | None = None
        self.wanted: Indices = next(self._steps)
        """Values to be judged next, by index; none at the end."""

    def take(self, outcomes: Mapping[int, Sequence[Outcome]]) -> None:
        """What came of the runs at the values that were wanted."""
        limit, grid = self._question.limit, self._question.grid
        for index, runs in outcomes.items():
            self._points[index] = _point(limit, grid.value(index), runs)
        missing: Indices = ()
        try:
            while not missing:
                holds = {index: point.holds for index, point in self._points.items()}
                asked = self._steps.send(holds)
                missing = tuple(index for index in asked if index not in self._points)
        except StopIteration as stop:
            self._found = stop.value
        self.wanted = missing

    @property
    def share(self) -> float:
        """A guess at how much of it is done, 0 to 1."""
        if self._found is not None:
            return 1.0
        good = max((each for each, point in self._points.items() if point.holds), default=None)
        bad = [each for each, point in self._points.items() if not point.holds]
        left = _STEPS_AHEAD
        if good is not None and bad:
            left = max(1, (min(bad) - good).bit_length()) + 1
        return len(self._points) / (len(self._points) + left)

    def answer(self) -> Answer:
        """The answer, once nothing is wanted."""
        found = self._found or Found(None, None)
        return Answer(
            self.policy,
            None if found.good is None else self._points[found.good],
            None if found.bad is None else self._points[found.bad],
            tuple(self._points[index] for index in sorted(self._points)),
        )


def _point(limit: Claim, value: Fraction, runs: Sequence[Outcome]) -> Point:
    by_seed = tuple(run.value for run in runs)
    there = [Fraction(each) for each in by_seed if each is not None]
    if not there:
        return Point(value, by_seed, None, None, holds=True, limiting=None)
    mean = sum(there, Fraction(0)) / len(there)
    spread = estimate([float(each) for each in there], _BOTH_SIDES)
    half = Fraction(0)
    # Equal values have no spread, however the mean of their floats is rounded.
    if len(set(there)) > 1 and spread is not None and spread.half_width is not None:
        half = Fraction(spread.half_width)
    bound = mean + half if limit.op in UPPER else mean - half
    return Point(value, by_seed, mean, bound, limit.holds(bound), _limiting(limit, runs))


def _limiting(limit: Claim, runs: Iterable[Outcome]) -> str | None:
    """The stream with the worst mean; None where none has anything to do with it."""
    totals: dict[str, Fraction] = {}
    counts: dict[str, int] = {}
    for run in runs:
        for name, value in run.blame:
            if value is not None:
                totals[name] = totals.get(name, Fraction(0)) + value
                counts[name] = counts.get(name, 0) + 1
    means = {name: total / counts[name] for name, total in totals.items()}
    if not means:
        return None
    # Of a bound below, and of what is blamed for it, less is worse.
    if limit.op in UPPER:
        worst = max(means, key=means.__getitem__)
        return worst if means[worst] else None
    return min(means, key=means.__getitem__)


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
