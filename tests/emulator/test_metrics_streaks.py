import random
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from emulator.metrics.streaks import MAX_EARLY, Streaks

FATES = st.lists(st.sampled_from([True, False, None]), max_size=40)


def longest_run(fates: list[bool | None]) -> int:
    """By the definition."""
    counted = [fate for fate in fates if fate is not None]
    return max((len(list(run)) for missed, run in groupby(counted) if missed), default=0)


@given(FATES, st.randoms(use_true_random=False))
def test_a_streak_does_not_depend_on_the_order_of_news(
    fates: list[bool | None], shuffled: random.Random
) -> None:
    """Whenever each fate becomes known, the longest run is that of the job numbers."""
    streaks = Streaks()
    order = list(range(len(fates)))
    shuffled.shuffle(order)
    for job in order:
        streaks.report(job, missed=fates[job])
    assert streaks.longest == longest_run(fates)


def test_a_job_without_news_ends_no_streak() -> None:
    """What is known of later jobs counts, however long job 1 takes."""
    streaks = Streaks()
    for job in (0, 2, 3):
        streaks.report(job, missed=True)
    assert streaks.longest == 3
    streaks.report(1, missed=False)
    assert streaks.longest == 2


def test_a_job_that_never_ends_is_passed_over() -> None:
    """It cannot make the record of all later ones grow, and comes too late when it comes."""
    streaks = Streaks()
    for job in range(1, 3 * MAX_EARLY):
        streaks.report(job, missed=True)
    assert len(streaks._early) <= MAX_EARLY
    streaks.report(0, missed=False)
    assert streaks.longest == 3 * MAX_EARLY - 1
