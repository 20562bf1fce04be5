"""What adaptive predicts, and how it reckons a risk."""

import pytest

from emulator.journal import INFERENCE
from emulator.policies.adaptive.forecast import Forecast
from emulator.policies.adaptive.lookahead import MISS, Item, chance_of_miss, risks, ways
from emulator.policies.base import ReadySlice


def ready(job: int, release_ns: int, ready_ns: int | None = None) -> ReadySlice:
    """A frame of 3 ns on backend 0."""
    return ReadySlice(
        handle=job,
        stream="cam",
        stage="blur",
        job=job,
        phase=INFERENCE,
        release_ns=release_ns,
        ready_ns=release_ns if ready_ns is None else ready_ns,
        deadline_ns=None,
        backends=(0,),
        slice_ns=(3,),
        rest_ns=(3,),
        reference_ns=(3,),
        tie=(1, 0, job, 0),
        spread=(100,),
    )


def seen(*releases_ns: int, first: int = 0) -> Forecast:
    """A forecast that saw jobs, due 8 ns after their releases."""
    forecast = Forecast()
    for job, release_ns in enumerate(releases_ns, first):
        frame = ready(job, release_ns)
        forecast.see(frame, release_ns + 8, ways(frame))
    return forecast


def arrivals(forecast: Forecast, now_ns: int, end_ns: int, held_ns: int = 0) -> list[int]:
    """When something is expected to become ready."""
    return [each[0] for each in forecast.until(now_ns, end_ns, held_ns)]


def test_two_releases_tell_a_period() -> None:
    """What comes next comes at the same distance, with the same time to its end."""
    assert arrivals(seen(100), 100, 400) == []
    expected = [(300, 308, ((0, 3, 0),)), (400, 408, ((0, 3, 0),))]
    assert seen(100, 200).until(200, 450, 0) == expected


def test_the_number_of_a_job_says_how_many_were_not_seen() -> None:
    """Jobs 0 and 3 are three periods apart."""
    forecast = Forecast()
    for frame in (ready(0, 100), ready(3, 400)):
        forecast.see(frame, frame.release_ns + 8, ways(frame))
    assert arrivals(forecast, 400, 650) == [500, 600]


def test_releases_at_random_are_not_predicted() -> None:
    """Gaps of 100, 500 and 100: mean 200 and 175, off by 400 and then by 325 on average."""
    forecast = seen(100, 200, 700, 800)
    assert arrivals(forecast, 800, 2_000) == []


def test_what_comes_at_random_is_reckoned_with_while_a_backend_is_held_for_long() -> None:
    """Its mean gap is 175: held for so long, one is expected any moment, for less none."""
    forecast = seen(100, 200, 700, 800)
    assert arrivals(forecast, 800, 2_000, held_ns=174) == []
    assert arrivals(forecast, 800, 2_000, held_ns=175) == [801]
    assert arrivals(forecast, 1_400, 2_000, held_ns=175) == []


def test_jitter_is_smoothed() -> None:
    """Gaps of 100, 120, 80 and 105, each counting a quarter: periods of 100, 105, 98 and 99.

    The last three releases are put at 308, 404 and 503, the next one at 602; the jitter is 20, 21
    and 17. What is late by less than twice the jitter is expected now.
    """
    forecast = seen(100, 200, 320, 400, 505)
    assert arrivals(forecast, 505, 700) == [602]
    assert arrivals(forecast, 612, 700) == [613]
    assert arrivals(forecast, 642, 700) == []


def test_a_stream_that_stopped_is_forgotten() -> None:
    """Three periods after its last release nothing more is expected of it."""
    assert arrivals(seen(100, 200), 501, 900) == []


def test_what_was_released_is_expected_no_more() -> None:
    """The release of job 2 came; a forecast made before does not count it twice."""
    forecast = seen(100, 200)
    assert arrivals(forecast, 200, 350) == [300]
    frame = ready(2, 299)
    forecast.see(frame, 307, ways(frame))
    assert arrivals(forecast, 299, 350) == []


@pytest.mark.parametrize(
    ("left_ns", "chance"), [(-10, MISS), (-5, 750), (0, 500), (5, 250), (10, 0), (11, 0)]
)
def test_the_chance_of_a_miss_falls_with_the_time_left(left_ns: int, chance: int) -> None:
    """Even odds with no time to spare; evenly spread within what the cost may be off."""
    assert chance_of_miss(left_ns, 10) == chance


def test_a_cost_that_is_certain_is_met_or_missed() -> None:
    """Equal is met."""
    assert [chance_of_miss(left, 0) for left in (-1, 0, 1)] == [MISS, 0, 0]


def test_each_item_goes_where_it_surely_ends_first() -> None:
    """The second would end at 9 on either; off by 3 on backend 1, by 0 on backend 0."""
    items: list[Item] = [
        (0, 4, ((0, 4, 0),)),
        (0, 10, ((0, 5, 0), (1, 9, 3))),
        (0, 10, ((0, 5, 0), (1, 9, 3))),
    ]
    busy = [0, 0]
    assert risks(busy, items) == [0, 0, 334]
    assert busy == [9, 9]


def test_what_is_certain_to_be_late_holds_nothing_up() -> None:
    """The first would end at 8 and is due at 5: it is missed, and the second runs at once."""
    items: list[Item] = [(0, 5, ((0, 8, 0),)), (2, 6, ((0, 4, 0),))]
    assert risks([0], items) == [MISS, 0]
