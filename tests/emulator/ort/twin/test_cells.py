"""Errors of a prediction, and whether they are within the goals."""

import pytest

from emulator.ort.twin.cells import cell, cells, is_same_order
from tests.emulator.ort.twin.twin_examples import seen


def test_the_error_is_that_of_the_medians() -> None:
    """10.4 predicted and 10 real in the middle: 4 % off, which is within 5 %."""
    found = cell("cam", "response_p50_ms", [10.4, 1, 11], [9, 10, 30])
    assert found.error == pytest.approx(0.04)
    assert (found.real, found.verdict) == (10, "ok")


def test_rates_differ_in_points() -> None:
    """10 % and 13 % are 3 points apart, one more than the goal."""
    found = cell("cam", "violation_rate", [0.10], [0.13, 0.13])
    assert found.error == pytest.approx(-0.03)
    assert found.verdict == "off"


@pytest.mark.parametrize(
    ("real", "verdict"),
    [([9.0, 11.0, 13.0], "spread"), ([10.9, 11.0, 11.1], "off"), ([11.0], "off")],
)
def test_an_error_within_the_spread_of_the_runs_is_said_to_be(
    real: list[float], verdict: str
) -> None:
    """Twice the interquartile range, which a single run does not have."""
    assert cell("cam", "response_p50_ms", [14], real).verdict == verdict


def test_figures_without_samples_have_no_verdict() -> None:
    """Neither those that nobody predicted, nor those that did not come."""
    assert cell("cam", "ttft_p50_ms", [None], [1.0]).verdict == ""
    assert cell("cam", "ttft_p50_ms", [1.0], [None, None]).verdict == ""
    assert cell("cam", "response_p50_ms", [1.0], [0.0]).error is None


def test_every_figure_of_streams_and_backends_is_paired() -> None:
    """In the order of the prediction, streams before backends."""
    found = cells([seen(fps=20.0)], [seen(fps=19.0), seen(fps=21.0)])
    assert [(each.of, each.figure, each.real) for each in found] == [
        ("cam", "fps", 20),
        ("a", "utilization", 0.5),
        ("b", "utilization", 0.5),
    ]


def test_policies_are_ranked() -> None:
    """The same order, a swapped pair, and equal ones that go either way."""
    assert is_same_order([0.1, 0.2, 0.3], [0.4, 0.5, 0.6])
    assert not is_same_order([0.1, 0.2, 0.3], [0.5, 0.4, 0.6])
    assert is_same_order([0.1, 0.1], [0.5, 0.4])
