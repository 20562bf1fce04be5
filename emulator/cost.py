"""What a slice costs in whole nanoseconds: exact table value, noise factor, fixed overheads.

A duration is round half-even(table value x noise + overheads), rounded once, at least 1 ns. The
noise factor is an integer in units of 2**-20, so that the whole computation is exact and the same
on every machine.
"""

import math
from fractions import Fraction
from itertools import pairwise

from emulator import draws
from emulator.schema.model_cost import Noise

NOISE_BITS = 20
NO_NOISE = 1 << NOISE_BITS
"""The noise factor 1."""


def noise_factor(noise: Noise, u: float) -> int:
    """The factor at the quantile u, in units of 2**-20."""
    if noise.dist == "lognormal":
        return round(draws.lognormal(u, 0.0, noise.sigma) * NO_NOISE)
    if noise.dist == "exponential":
        return round(draws.exponential(u, 1.0) * NO_NOISE)
    if noise.factors is not None:
        return round(draws.quantile(u, noise.factors) * NO_NOISE)
    return NO_NOISE


def round_half_even(numerator: int, denominator: int) -> int:
    """The ratio of two non-negative integers, rounded to the nearest, halves to the even one."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


class Cost:
    """The cost of one slice: a table value that noise scales, and overheads that it does not."""

    __slots__ = ("_denominator", "_overhead", "_table", "expected_ns")

    def __init__(self, table_ns: Fraction, overhead_ns: Fraction) -> None:
        denominator = math.lcm(table_ns.denominator, overhead_ns.denominator)
        self._table = table_ns.numerator * (denominator // table_ns.denominator)
        overhead = overhead_ns.numerator * (denominator // overhead_ns.denominator)
        self._overhead = overhead << NOISE_BITS
        self._denominator = denominator << NOISE_BITS
        self.expected_ns = self._rounded_ns(NO_NOISE)
        """The duration at the noise factor 1: the estimate that policies see."""

    def duration_ns(self, noise: int) -> int:
        """The duration with this noise factor (units of 2**-20)."""
        if noise == NO_NOISE:
            return self.expected_ns
        return self._rounded_ns(noise)

    def _rounded_ns(self, noise: int) -> int:
        numerator = self._table * noise + self._overhead
        return max(1, round_half_even(numerator, self._denominator))

    def plus(self, overhead_ns: Fraction) -> "Cost":
        """The same slice with one more overhead."""
        table = Fraction(self._table << NOISE_BITS, self._denominator)
        return Cost(table, Fraction(self._overhead, self._denominator) + overhead_ns)

    def stretched(self, factor: Fraction) -> "Cost":
        """The same slice with its table value, and nothing else, multiplied."""
        table = Fraction(self._table << NOISE_BITS, self._denominator)
        return Cost(table * factor, Fraction(self._overhead, self._denominator))


class Curve:
    """A piecewise linear function of a token count, exact: ``points`` are (tokens, ns)."""

    __slots__ = ("_points", "_seen", "_segments")

    def __init__(self, points: tuple[tuple[int, Fraction], ...]) -> None:
        self._points = points
        self._segments = tuple(
            (right, left, low, (high - low) / (right - left))
            for (left, low), (right, high) in pairwise(points)
        )
        """Last and first token, the value there, and the slope."""
        self._seen: dict[int, Fraction] = {}

    def extended(self, tokens: int) -> Fraction:
        """Linear between the points, the last slope continued."""
        value = self._seen.get(tokens)
        if value is None:
            value = self._seen[tokens] = self._between(tokens)
        return value

    def clamped(self, tokens: int) -> Fraction:
        """Linear between the points, constant outside."""
        return self.extended(min(max(tokens, self._points[0][0]), self._points[-1][0]))

    def _between(self, tokens: int) -> Fraction:
        for right, left, low, slope in self._segments:
            if tokens <= right:
                return low + slope * (tokens - left)
        last, value = self._points[-1]
        return value + self._segments[-1][3] * (tokens - last) if self._segments else value
