"""Statistics of paired runs: the same seeds under two policies, and how sure the difference is.

Common random numbers make the runs of one seed a pair, so that what differs within a pair is the
policy's doing; the interval is that of the paired t test (Law: Simulation Modeling and Analysis,
5th ed. 2015, sections 10.2.1 and 11.2).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, mean, stdev
from typing import Final

CONFIDENCE: Final = 0.95
_HALVINGS: Final = 60
"""An interval of length pi/2 halved so often is shorter than the spacing of floats near 1."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds; the confidence interval is ``mean`` plus and minus ``half_width``."""

    mean: float
    half_width: float | None
    """None for a single seed, which says nothing about the others."""
    seeds: int
    """How many values it is made of."""

    @property
    def is_clear(self) -> bool:
        """Whether there is an interval and it leaves out 0."""
        return self.half_width is not None and abs(self.mean) > self.half_width

    @property
    def direction(self) -> int:
        """-1 or 1 where the difference is clear, else 0; for a single seed the sign as it is."""
        if self.half_width is not None and not self.is_clear:
            return 0
        return (self.mean > 0) - (self.mean < 0)


def average(values: Sequence[float | None]) -> float | None:
    """The mean of the values that there are, None where there is none."""
    there = [value for value in values if value is not None]
    return fmean(there) if there else None


def differences(first: Sequence[float | None], other: Sequence[float | None]) -> list[float | None]:
    """``other`` less ``first``, seed by seed; None for a seed where either is None."""
    pairs = zip(first, other, strict=True)
    return [None if a is None or b is None else b - a for a, b in pairs]


def paired_difference(
    first: Sequence[float | None], other: Sequence[float | None]
) -> Estimate | None:
    """The mean of ``other`` less ``first``, seed by seed, with its confidence interval.

    None where no seed has both.
    """
    return estimate(differences(first, other))


def estimate(values: Sequence[float | None], confidence: float = CONFIDENCE) -> Estimate | None:
    """The mean with half the width t(n - 1) s / sqrt(n) of its confidence interval.

    Of the values that there are; ``s`` is their sample standard deviation. None without any.
    """
    there = [value for value in values if value is not None]
    count = len(there)
    if not count:
        return None
    if count == 1:
        return Estimate(there[0], None, 1)
    # statistics.mean and stdev are exact inside, so equal values have no spread at all.
    spread = stdev(there) / math.sqrt(count)
    return Estimate(float(mean(there)), t_quantile(confidence, count - 1) * spread, count)


def t_quantile(confidence: float, degrees: int) -> float:
    """The t for which Student's distribution has ``confidence`` between -t and t.

    For whole degrees of freedom the probability is a finite sum in theta = atan(t / sqrt(degrees)):
    Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4. It grows
    with theta, which is therefore found by halving (0, pi/2).

    Raises:
        ValueError: a confidence outside [0, 1), or degrees below 1.
    """
    if not 0 <= confidence < 1 or degrees < 1:
        raise ValueError(f"no t quantile for confidence {confidence}, {degrees} degrees of freedom")
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _probability_within(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def _probability_within(theta: float, degrees: int) -> float:
    """P(-t < T < t) for t = sqrt(degrees) tan(theta)."""
    is_odd = degrees % 2
    cosine = math.cos(theta)
    term = cosine if is_odd else 1.0
    total = 0.0
    for power in range(is_odd, degrees - 1, 2):
        total += term
        term *= cosine**2 * (power + 1) / (power + 2)
    if is_odd:
        return 2 / math.pi * (theta + math.sin(theta) * total)
    return math.sin(theta) * total
