"""Paired differences and their confidence intervals, against textbook values."""

import math
from statistics import NormalDist

import pytest

from emulator.study.paired import Estimate, average, estimate, paired_difference, t_quantile

# Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.10, by its two-sided A(t | n).
KNOWN = {
    (0.90, 7): 1.895,
    (0.95, 1): 12.706,
    (0.95, 2): 4.303,
    (0.95, 3): 3.182,
    (0.95, 4): 2.776,
    (0.95, 9): 2.262,
    (0.95, 30): 2.042,
    (0.95, 120): 1.980,
    (0.99, 4): 4.604,
    (0.99, 10): 3.169,
}


def probability_within(t: float, degrees: int) -> float:
    """P(-t < T < t): Student's density by Simpson's rule."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2))
    scale /= math.sqrt(degrees * math.pi)
    steps = 4000
    weights = [1, *[4, 2] * (steps // 2 - 1), 4, 1]
    density = [
        math.pow(1 + (t * k / steps) ** 2 / degrees, -(degrees + 1) / 2) for k in range(steps + 1)
    ]
    total = sum(weight * each for weight, each in zip(weights, density, strict=True))
    return 2 * scale * total * t / steps / 3


@pytest.mark.parametrize(("confidence", "degrees"), KNOWN)
def test_quantiles_are_those_of_the_tables(confidence: float, degrees: int) -> None:
    """Even and odd degrees of freedom agree with the published table to its three decimals."""
    assert round(t_quantile(confidence, degrees), 3) == KNOWN[confidence, degrees]


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 10, 29, 30, 999])
def test_quantiles_enclose_their_probability(degrees: int) -> None:
    """Student's density has the area 0.95 between -t and t."""
    found = probability_within(t_quantile(0.95, degrees), degrees)

    assert found == pytest.approx(0.95, abs=1e-9)


def test_quantiles_of_one_and_two_degrees_have_closed_forms() -> None:
    """One degree is the Cauchy distribution; for two, t = p sqrt(2 / (1 - p^2))."""
    for p in (0.1, 0.5, 0.9, 0.999):
        assert t_quantile(p, 1) == pytest.approx(math.tan(p * math.pi / 2))
        assert t_quantile(p, 2) == pytest.approx(p * math.sqrt(2 / (1 - p * p)))


def test_many_degrees_approach_the_normal_distribution() -> None:
    """With 9,999 degrees of freedom it is the normal quantile to three decimals."""
    assert t_quantile(0.95, 9_999) == pytest.approx(NormalDist().inv_cdf(0.975), abs=5e-4)


@pytest.mark.parametrize(("confidence", "degrees"), [(1.0, 3), (-0.1, 3), (0.95, 0)])
def test_there_is_no_quantile_outside(confidence: float, degrees: int) -> None:
    """Certainty, negative confidence and no degrees of freedom are refused."""
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(confidence, degrees)


def test_an_interval_by_hand() -> None:
    """1 to 5: mean 3, s^2 = 10 / 4, s / sqrt(5) = sqrt(0.5), times t(4) = 2.776."""
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0])

    assert found is not None
    assert (found.mean, found.seeds) == (3.0, 5)
    assert found.half_width == pytest.approx(2.776 * math.sqrt(0.5), abs=1e-3)
    assert found.is_clear
    assert found.direction == 1


def test_differences_are_taken_seed_by_seed() -> None:
    """Figures that vary widely but differ by the same amount have an interval of no width."""
    found = paired_difference([1.0, 50.0, 300.0], [3.0, 52.0, 302.0])

    assert found == Estimate(2.0, 0.0, 3)
    assert found.is_clear


def test_equal_differences_have_no_spread_whatever_their_binary_form() -> None:
    """0.1 three times has the mean 0.1 and no spread, although 0.1 has no binary form."""
    assert estimate([0.1, 0.1, 0.1]) == Estimate(0.1, 0.0, 3)


def test_an_interval_that_holds_zero_has_no_direction() -> None:
    """1 and -2: mean -0.5, half width 12.7 x 1.5."""
    found = estimate([1.0, -2.0])

    assert found is not None
    assert not found.is_clear
    assert found.direction == 0


def test_seeds_without_the_figure_are_left_out() -> None:
    """A seed counts only where both policies have the figure."""
    assert paired_difference([1.0, None, 3.0], [2.0, 5.0, None]) == Estimate(1.0, None, 1)
    assert paired_difference([None], [1.0]) is None
    assert average([None, 2.0, 4.0]) == 3.0
    assert average([None]) is None


def test_one_seed_has_a_sign_but_no_interval() -> None:
    """A single difference is never clear, yet it points one way."""
    found = paired_difference([5.0], [3.0])

    assert found == Estimate(-2.0, None, 1)
    assert not found.is_clear
    assert found.direction == -1


def test_no_difference_at_all_is_not_clear() -> None:
    """Zero everywhere is neither clear nor does it point anywhere."""
    found = paired_difference([5.0, 6.0], [5.0, 6.0])

    assert found == Estimate(0.0, 0.0, 2)
    assert not found.is_clear
    assert found.direction == 0
