"""Fates of jobs: when they are known, and that each counts once."""

from emulator import journal
from tests.emulator import journals
from tests.emulator.journals import CAM, GPU, NPC, NPU, ONE_LATE, PACE, ns, stream_at


def test_a_late_job_counts_once() -> None:
    """Overdue at its deadline and late at its end is one miss."""
    overdue = stream_at(CAM, ONE_LATE[:-2], 21)
    late = stream_at(CAM, ONE_LATE, 30)
    assert (overdue.missed, overdue.known, overdue.in_flight) == (1, 2, 1)
    assert (late.missed, late.known, late.in_flight) == (1, 2, 0)
    assert (late.window_missed, late.window_known) == (1, 2)


def test_a_fate_is_open_until_the_deadline_has_passed() -> None:
    """At the very deadline the job can still be met; one nanosecond later it cannot."""
    events = [journals.released(0, 0, 0, 10)]
    given = journals.scenario(CAM)
    followed = journals.metrics(given, events)
    now = followed.snapshot(ns(10), state="running", speed=1.0, pace=PACE)
    later = followed.snapshot(ns(10) + 1, state="running", speed=1.0, pace=PACE)
    assert (now.missed, now.known) == (0, 0)
    assert (later.missed, later.known) == (1, 1)


def test_a_finish_at_the_deadline_is_met() -> None:
    """Equal is met."""
    events = [
        journals.released(0, 0, 0, 10),
        *journals.ran(4, 10, 0, 0, NPU),
        journals.completed(10, 0, 0),
    ]
    view = stream_at(CAM, events, 11)
    assert (view.missed, view.known, view.state) == (0, 1, "ok")


def test_a_dropped_job_is_a_miss_at_once() -> None:
    """A drop before the deadline makes the fate known; its deadline changes nothing any more."""
    events = [journals.released(0, 0, 0, 10), journals.dropped(5, 0, 0)]
    for at_ms in (5, 20):
        view = stream_at(CAM, events, at_ms)
        assert (view.missed, view.known, view.dropped, view.state) == (1, 1, 1, "miss")


def test_a_skipped_job_has_no_fate() -> None:
    """Nothing was asked of it, so it is neither met nor missed, nor a finished job."""
    events = [
        journals.released(0, 0, 0, 10),
        (journal.SKIPPED, 0, 0, 0, 0),
        journals.completed(0, 0, 0, "skipped"),
    ]
    view = stream_at({**CAM, "probability": 0.5}, events, 20)
    assert (view.missed, view.known, view.rate_hz, view.in_flight) == (0, 0, 0.0, 0)


def test_jobs_without_a_deadline_stay_out() -> None:
    """A finished job of a stream without any deadline has a response time and no fate."""
    events = [
        journals.released(0, 0, 0),
        *journals.ran(0, 6, 0, 0, NPU),
        journals.completed(6, 0, 0),
    ]
    view = stream_at({**CAM, "deadline_ms": "none"}, events, 20)
    assert (view.missed, view.known, view.p50_ms, view.deadline_ms) == (0, 0, 6.0, None)


def test_a_first_output_deadline_makes_a_job_with_a_deadline() -> None:
    """Without a deadline of its own the job misses as soon as its first audio is overdue."""
    given = journals.scenario(NPC)
    events = [
        journals.released(0, 0, 0, None, [[100, 5], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 5),
    ]
    assert journals.snapshot(given, events, 80).known == 0
    view = journals.snapshot(given, events, 80.001)
    assert (view.missed, view.known) == (1, 1)
    assert view.streams[0].deadline_ms == 80.0


def test_a_first_output_in_time_leaves_the_end_open() -> None:
    """Once the first audio is there, that deadline is met, however long the rest takes."""
    events = [
        journals.released(0, 0, 0, None, [[100, 5], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 5),
        *journals.decoded(50, 60, 0, 0, GPU, 2, 5),
        (journal.READY, ns(60), 0, 0, 1),
        journals.started(60, 0, 0, GPU, 1),
        journals.finished(60, 65, 0, 0, GPU, 1, outputs=1, total=3),
    ]
    view = stream_at(NPC, events, 500)
    assert (view.missed, view.known, view.in_flight) == (0, 0, 1)


def test_a_stage_that_may_be_skipped_is_judged_from_when_it_is_certain() -> None:
    """Its deadline passes unheard while it is undecided, and counts once it is triggered."""
    stream = {
        "name": "door",
        "period_ms": 1000,
        "deadline_ms": "none",
        "stages": [
            {"name": "detect", "model": "blur"},
            {
                "name": "read",
                "model": "asr",
                "after": ["detect"],
                "probability": 0.5,
                "deadline_ms": 20,
            },
        ],
    }
    given = journals.scenario(stream)
    undecided = [journals.released(0, 0, 0), *journals.ran(20, 26, 0, 0, NPU)]
    assert journals.snapshot(given, undecided, 26).missed == 0
    triggered = [*undecided, (journal.READY, ns(26), 0, 0, 1)]
    assert journals.snapshot(given, triggered, 26).missed == 1
    skipped = [
        *undecided,
        (journal.SKIPPED, ns(26), 0, 0, 1),
        journals.completed(26, 0, 0),
    ]
    view = journals.snapshot(given, skipped, 30)
    assert (view.missed, view.known) == (0, 1)


def test_the_mean_over_streams_weighs_streams_alike() -> None:
    """One miss of one job and none of two is 1/3 over jobs and 1/2 over streams."""
    events = [
        journals.released(0, 0, 0, 10),
        journals.released(0, 1, 0, 1000),
        *journals.ran(0, 6, 0, 0, NPU),
        journals.completed(6, 0, 0),
        journals.released(10, 0, 1, 20),
        *journals.ran(10, 16, 0, 1, NPU),
        journals.completed(16, 0, 1),
        journals.dropped(20, 1, 0),
    ]
    given = journals.scenario(CAM, {"name": "asr", "model": "asr", "period_ms": 1000})
    view = journals.snapshot(given, events, 20)
    assert (view.missed, view.known) == (1, 3)
    assert view.violation_rate_mean == 0.5


def test_a_streak_counts_jobs_in_their_order() -> None:
    """Job 1 ends well before it is known that job 0 has missed; 2 and 3 are the streak."""
    events = [
        journals.released(0, 0, 0, 30),
        journals.released(10, 0, 1, 40),
        *journals.ran(10, 16, 0, 1, NPU),
        journals.completed(16, 0, 1),
        journals.released(20, 0, 2, 50),
        journals.dropped(25, 0, 2),
        journals.dropped(31, 0, 0),
        journals.released(30, 0, 3, 60),
        journals.dropped(32, 0, 3),
    ]
    assert stream_at(CAM, events, 40).longest_streak == 2
