"""Predicted beside real, figure by figure: the errors, and whether they are within the goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Final, Literal

from emulator.ort.twin.observation import Observation

Verdict = Literal["ok", "spread", "off", ""]
GOALS: Final = {
    "response_p50_ms": 0.05,
    "response_p95_ms": 0.08,
    "violation_rate": 0.02,
    "ttft_p50_ms": 0.05,
    "tps": 0.05,
}
"""Relative errors, of a rate the difference; other figures are shown without a goal."""
RATES: Final = frozenset({"violation_rate", "utilization"})
SPREAD: Final = 2
"""An error within so many interquartile ranges of the real runs is no more than their spread."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a stream, or of a backend: medians of the predictions and of the real runs.

    `error` is relative, of a rate the difference; `iqr` is that of the real runs, in the figure's
    own unit. `verdict` is ``ok`` within the goal, ``spread`` within twice the interquartile range,
    else ``off``; empty without a goal.
    """

    of: str
    figure: str
    predicted: float | None
    real: float | None
    iqr: float | None
    error: float | None
    goal: float | None
    verdict: Verdict

    def to_dict(self) -> dict[str, object]:
        """By name."""
        return asdict(self)


def cells(predicted: Sequence[Observation], real: Sequence[Observation]) -> tuple[Cell, ...]:
    """All figures of a policy; `real` are its runs under the same seed; at least one of each."""
    found = [
        cell(
            stream,
            name,
            [each.figures[stream][name] for each in predicted],
            [each.figures[stream][name] for each in real],
        )
        for stream, figures in predicted[0].figures.items()
        for name in figures
    ]
    found += [
        cell(
            backend,
            "utilization",
            [each.utilization[backend] for each in predicted],
            [each.utilization[backend] for each in real],
        )
        for backend in predicted[0].utilization
    ]
    return tuple(found)


def cell(
    of: str, figure: str, predicted: Sequence[float | None], real: Sequence[float | None]
) -> Cell:
    """One figure; runs without it are left out."""
    expected, known = ([each for each in side if each is not None] for side in (predicted, real))
    foretold = median(expected) if expected else None
    middle, iqr = (median(known), _iqr(known)) if known else (None, None)
    error = _error(figure, foretold, middle)
    goal = GOALS.get(figure)
    return Cell(
        of, figure, foretold, middle, iqr, error, goal, _verdict(figure, error, goal, middle, iqr)
    )


def is_same_order(predicted: Sequence[float], real: Sequence[float]) -> bool:
    """Whether both rank the same policies in the same order; equal values go either way."""
    pairs = [(a, b) for a in range(len(real)) for b in range(a)]
    return all((predicted[a] - predicted[b]) * (real[a] - real[b]) >= 0 for a, b in pairs)


def _iqr(values: Sequence[float]) -> float | None:
    if len(values) < 2:  # noqa: PLR2004 - one value has no spread
        return None
    low, _, high = quantiles(values, n=4, method="inclusive")
    return high - low


def _error(figure: str, predicted: float | None, real: float | None) -> float | None:
    if predicted is None or real is None:
        return None
    if figure in RATES:
        return predicted - real
    return predicted / real - 1 if real else None


def _verdict(
    figure: str, error: float | None, goal: float | None, real: float | None, iqr: float | None
) -> Verdict:
    if error is None or goal is None or real is None:
        return ""
    if abs(error) <= goal:
        return "ok"
    within = iqr is not None and abs(error) * (1 if figure in RATES else real) <= SPREAD * iqr
    return "spread" if within else "off"
