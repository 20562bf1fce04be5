import math

from hypothesis import given
from hypothesis import strategies as st

from emulator.metrics.windows import (
    BUCKET_NS,
    GRID_NS,
    HISTORY_BUCKETS,
    MAX_SAMPLES,
    NS_PER_S,
    WINDOW_NS,
    Samples,
    Total,
    nearest_rank,
)

MS = 1_000_000
SPANS = st.lists(st.tuples(st.integers(0, 3 * NS_PER_S), st.integers(1, 3 * NS_PER_S)), max_size=30)
"""(pause before, length) of busy times, in ns."""


def test_a_window_counts_back_to_a_grid_instant() -> None:
    """At 1.25 s the last second is 0.2 to 1.25 s: what came before 0.2 s is out, 0.2 s is in."""
    total = Total()
    for at_ms in (199, 200, 1250):
        total.add(at_ms * MS, 1)
    assert total.within(1250 * MS, NS_PER_S) == (2, 1050 * MS)


def test_a_young_run_is_its_own_window() -> None:
    """Before the span has passed, a rate divides by the age of the run."""
    total = Total()
    total.add(100 * MS, 3)
    assert total.within(500 * MS, NS_PER_S) == (3, 500 * MS)
    assert total.per_second(500 * MS, NS_PER_S) == 6.0


def test_nothing_is_divided_by_an_empty_window() -> None:
    """At the very start rates and shares are 0."""
    assert Total().per_second(0, NS_PER_S) == 0.0
    assert Total().share(0, NS_PER_S) == 0.0


def test_a_span_counts_in_every_cell_that_it_touches() -> None:
    """A slice from 0.25 to 0.85 s is busy for 0.6 s, also while a window cuts it."""
    total = Total(history=True)
    total.add_span(250 * MS, 850 * MS)
    assert total.history(1000 * MS, 1) == (0.5, 0.7)
    assert total.within(1000 * MS, 300 * MS) == (150 * MS, 300 * MS)


def test_a_history_shows_complete_buckets_only_and_never_changes_them() -> None:
    """A value in the chart stays what it was when its bucket became complete."""
    total = Total(history=True)
    total.add(10 * MS, 2)
    assert total.history(BUCKET_NS - 1, NS_PER_S) == ()
    total.add(BUCKET_NS, 5)
    assert total.history(BUCKET_NS, NS_PER_S) == (4.0,)
    assert total.history(2 * BUCKET_NS, NS_PER_S) == (4.0, 10.0)


def test_a_history_keeps_its_newest_buckets() -> None:
    """After more than a whole history of silence, all that is left is zeros."""
    total = Total(history=True)
    total.add(0, 1)
    history = total.history((HISTORY_BUCKETS + 1) * BUCKET_NS, NS_PER_S)
    assert history == (0.0,) * HISTORY_BUCKETS


@given(SPANS)
def test_busy_windows_are_exact(spans: list[tuple[int, int]]) -> None:
    """A window holds exactly the overlap of the slices with it, and a history adds up to it."""
    total, at_ns, slices = Total(history=True), 0, []
    for pause, length in spans:
        slices.append((at_ns + pause, at_ns + pause + length))
        at_ns += pause + length
        total.add_span(*slices[-1])

    def busy_ns(begin_ns: int, end_ns: int) -> int:
        return sum(max(0, min(end, end_ns) - max(start, begin_ns)) for start, end in slices)

    grown, covered_ns = total.within(at_ns, WINDOW_NS)
    assert covered_ns == min(at_ns, covered_ns)
    assert at_ns < WINDOW_NS or WINDOW_NS <= covered_ns < WINDOW_NS + GRID_NS
    assert grown == busy_ns(at_ns - covered_ns, at_ns)
    assert 0.0 <= total.share(at_ns, WINDOW_NS) <= 1.0
    history = total.history(at_ns, 1)
    newest = at_ns // BUCKET_NS
    for back, value in enumerate(reversed(history), start=1):
        begin_ns = (newest - back) * BUCKET_NS
        assert math.isclose(value * BUCKET_NS, busy_ns(begin_ns, begin_ns + BUCKET_NS))


def test_an_endless_slice_costs_bounded_memory_and_time() -> None:
    """A slice of a thousand years leaves no more marks than the ring holds."""
    total = Total(history=True)
    total.add_span(0, 10**20)
    assert total.share(10**20, WINDOW_NS) == 1.0
    assert total.history(10**20, 1) == (1.0,) * HISTORY_BUCKETS


def test_samples_leave_the_window_by_their_age() -> None:
    """A value counts for as long as it is not older than the span."""
    samples = Samples()
    samples.add(1, 5.0)
    samples.add(2, 3.0)
    assert samples.within(11, 10) == [3.0, 5.0]
    assert samples.within(12, 10) == [3.0]
    assert samples.within(13, 10) == []


def test_samples_are_bounded() -> None:
    """A stream that is too fast for its window keeps its newest values."""
    samples = Samples()
    for at in range(MAX_SAMPLES + 10):
        samples.add(at, float(at))
    kept = samples.within(MAX_SAMPLES, 10 * MAX_SAMPLES)
    assert len(kept) == MAX_SAMPLES
    assert kept[0] == 10.0


def test_gaps_remember_one_value_more_than_there_are() -> None:
    """The one before the oldest, whether age or number has driven it out."""
    samples = Samples()
    for at in (1, 4, 6):
        samples.add(at, 0)
    assert samples.gaps(6, 10) == [2, 3]
    assert samples.gaps(14, 10) == [2, 3]
    assert samples.gaps(15, 10) == [2]
    assert samples.gaps(17, 10) == []
    samples.add(18, 0)
    assert samples.gaps(18, 10) == [12]
    for at in range(18, 18 + MAX_SAMPLES):
        samples.add(at, 0)
    gaps = samples.gaps(18, 10**6)
    assert len(gaps) == MAX_SAMPLES
    assert gaps[0] == 0
    assert gaps[-1] == 1


@given(st.lists(st.integers(0, 20), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_nearest_rank(values: list[int], percent: int) -> None:
    """It is the least observed value with at least so many percent of all at or below it."""
    found = nearest_rank(sorted(values), percent)
    enough = [
        each for each in values if 100 * sum(v <= each for v in values) >= percent * len(values)
    ]
    assert found == min(enough)


def test_no_values_have_no_percentile() -> None:
    """Nothing observed is None, not a number."""
    assert nearest_rank([], 50) is None
