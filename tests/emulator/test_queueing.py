"""Waiting times against queueing theory: arrivals, service times and order are what they claim."""

import pytest

from benchmarks.queueing import LOADS, VARIATION, batch_means, theory_ms, waits_ms

JOBS = {"0.5": 30_000, "0.8": 30_000, "0.9": 60_000}
"""The busier, the more jobs it takes for the same sampling error."""
WITHIN_ERRORS = 3
"""Standard errors that a right engine may be off; 3 of 1,000 seeds would fail."""


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("queue", VARIATION)
def test_mean_waiting_time_is_pollaczek_khinchine(queue: str, load: str) -> None:
    """M/D/1 and M/M/1 wait as long as theory says, within a sampling error of a tenth or less."""
    measured = batch_means(waits_ms(queue, load, JOBS[load]))
    theory = theory_ms(queue, load)

    assert abs(measured.mean - theory) < WITHIN_ERRORS * measured.error
    assert measured.error < 0.1 * theory


def test_constant_service_is_told_from_exponential_service() -> None:
    """The check has teeth: M/D/1 is not within the error of M/M/1's waiting time."""
    measured = batch_means(waits_ms("M/D/1", "0.8", JOBS["0.8"]))

    assert abs(measured.mean - theory_ms("M/M/1", "0.8")) > 10 * measured.error


def test_batch_means_leave_out_the_warm_up() -> None:
    """The first of the batches counts in neither the mean nor its error."""
    estimate = batch_means([100.0, 100.0, 1.0, 3.0, 3.0, 1.0], batches=2)

    assert (estimate.mean, estimate.error) == (2.0, 0.0)
