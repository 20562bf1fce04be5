"""Why a job missed, and what the event log says of it."""

import pytest

from emulator import journal
from emulator.journal import Event
from emulator.metrics.log import MAX_LINES, MISSES_PER_SECOND, EventLog
from emulator.metrics.misses import comparison, milliseconds
from emulator.snapshot import MissView
from tests.emulator import journals
from tests.emulator.journals import CAM, CHAT, GPU, NPC, NPU, PACE, ns

ASR: dict[str, object] = {"name": "asr", "model": "asr", "period_ms": 1000}


def last_miss(events: list[Event], *streams: dict[str, object], at_ms: float = 500) -> MissView:
    """The newest miss of the first stream."""
    miss = journals.snapshot(journals.scenario(*streams), events, at_ms).streams[0].last_miss
    assert miss is not None
    return miss


BEHIND_ASR = [
    journals.released(0, 0, 0, 10),
    journals.released(0, 1, 0, 1000),
    *journals.ran(0, 50, 1, 0, NPU),
    journals.completed(50, 1, 0),
    *journals.ran(50, 56, 0, 0, NPU),
    journals.completed(56, 0, 0, "late", "avoidable"),
]


def test_a_late_job_says_behind_what_it_waited() -> None:
    """It waited 50 ms for the NPU, which another stream's slice held, and ran for 6 ms."""
    assert last_miss(BEHIND_ASR, CAM, ASR) == MissView(
        job=0,
        t_ns=ns(56),
        stage="cam",
        backend="npu",
        outcome="late",
        reason="",
        cause="avoidable",
        response_ms=56.0,
        deadline_ms=10.0,
        waited_ms=50.0,
        ran_ms=6.0,
        behind=(("asr", 50.0),),
    )


def test_only_the_overlap_with_the_wait_counts() -> None:
    """A slice that began before the release holds the job up only from its release on."""
    events = [
        journals.released(0, 1, 0, 1000),
        journals.started(0, 1, 0, NPU),
        journals.released(20, 0, 0, 30),
        journals.finished(0, 50, 1, 0, NPU),
        journals.completed(50, 1, 0),
        *journals.ran(52, 58, 0, 0, NPU),
        journals.completed(58, 0, 0, "late", "backlog"),
    ]
    miss = last_miss(events, CAM, ASR)
    assert (miss.waited_ms, miss.behind) == (32.0, (("asr", 30.0),))


def test_older_jobs_of_the_same_stream_count_as_others() -> None:
    """A stream that is in its own way sees its own name, longest first."""
    events = [
        journals.released(0, 1, 0, 1000),
        *journals.ran(0, 4, 1, 0, NPU),
        journals.completed(4, 1, 0),
        journals.released(1, 0, 0, 1000),
        journals.released(2, 0, 1, 12),
        *journals.ran(4, 16, 0, 0, NPU),
        journals.completed(16, 0, 0),
        *journals.ran(16, 22, 0, 1, NPU),
        journals.completed(22, 0, 1, "late", "backlog"),
    ]
    miss = last_miss(events, CAM, ASR)
    assert (miss.job, miss.behind) == (1, (("cam", 12.0), ("asr", 2.0)))


def test_a_dropped_job_waited_for_its_fastest_backend() -> None:
    """It never ran, so the NPU is where one looks: the slice on the GPU was in nobody's way."""
    events = [
        journals.released(0, 1, 0, 1000),
        journals.started(0, 1, 0, NPU),
        journals.released(5, 0, 0, 15),
        journals.released(5, 0, 1, 15),
        *journals.ran(5, 14, 0, 1, GPU),
        journals.completed(14, 0, 1),
        journals.dropped(16, 0, 0, "late-rule", "hopeless"),
    ]
    miss = last_miss(events, CAM, ASR)
    assert (miss.outcome, miss.reason, miss.cause) == ("dropped", "late-rule", "hopeless")
    assert (miss.backend, miss.response_ms, miss.waited_ms, miss.ran_ms) == ("npu", 11.0, 11.0, 0.0)
    assert miss.behind == (("asr", 11.0),)


def test_the_named_stage_is_the_one_that_waited_longest() -> None:
    """Thinking waited 60 ms, speaking 10; each wait is looked up where it was ended."""
    events = [
        journals.released(0, 0, 0, None, [[100, 2], None]),
        journals.released(0, 1, 0, 1000),
        *journals.ran(0, 60, 1, 0, NPU),
        journals.completed(60, 1, 0),
        journals.released(60, 1, 1, 1000),
        journals.started(60, 0, 0, NPU, phase=journal.PREFILL),
        journals.started(100, 1, 1, GPU),
        journals.finished(60, 110, 0, 0, NPU, phase=journal.PREFILL, outputs=1, total=2),
        *journals.decoded(110, 130, 0, 0, NPU, 2, 2),
        (journal.READY, ns(130), 0, 0, 1),
        journals.finished(100, 140, 1, 1, GPU),
        journals.completed(140, 1, 1),
        *journals.ran(140, 145, 0, 0, GPU, 1),
        journals.completed(145, 0, 0, "late", "avoidable"),
    ]
    miss = last_miss(events, NPC, ASR)
    assert (miss.stage, miss.backend, miss.deadline_ms) == ("think", "npu", 80.0)
    assert (miss.waited_ms, miss.ran_ms) == (70.0, 75.0)
    assert miss.behind == (("asr", 70.0),)


def test_stages_that_run_side_by_side_run_once() -> None:
    """Time in which a slice of the job ran is counted once, and is no wait of its other stage."""
    events = [
        journals.released(0, 0, 0, None, [[100, 3], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 3),
        *journals.decoded(50, 70, 0, 0, NPU, 2, 3),
        (journal.READY, ns(70), 0, 0, 1),
        journals.started(70, 0, 0, NPU, phase=journal.DECODE),
        journals.started(80, 0, 0, GPU, 1),
        journals.finished(80, 85, 0, 0, GPU, 1, outputs=1, total=2),
        journals.finished(70, 90, 0, 0, NPU, phase=journal.DECODE, outputs=3, total=3),
        (journal.READY, ns(90), 0, 0, 1),
        *journals.ran(95, 100, 0, 0, GPU, 1),
        journals.completed(100, 0, 0, "late", "hopeless"),
    ]
    miss = last_miss(events, NPC)
    assert (miss.ran_ms, miss.waited_ms, miss.stage) == (95.0, 5.0, "speak")


def test_a_starved_stream_shows_what_it_waits_for() -> None:
    """No job of it has ended, but its first one is overdue: its wait so far is there to be seen."""
    events = [
        journals.released(0, 1, 0, 1000),
        journals.started(0, 1, 0, NPU),
        journals.released(0, 0, 0, 10),
        journals.released(10, 0, 1, 20),
    ]
    miss = last_miss(events, CAM, ASR, at_ms=40)
    assert (miss.job, miss.outcome, miss.cause) == (0, "late", "")
    assert (miss.response_ms, miss.waited_ms, miss.behind) == (40.0, 40.0, (("asr", 40.0),))


def test_a_miss_is_explained_alike_whenever_one_looks() -> None:
    """What ran after the miss changes nothing about why it happened."""
    given = journals.scenario(CAM, ASR)
    followed = journals.metrics(given, BEHIND_ASR)
    at_once = followed.snapshot(ns(56), state="running", speed=1.0, pace=PACE)
    more = [journals.released(60, 1, 1, 1000), *journals.ran(60, 110, 1, 1, NPU)]
    later = journals.snapshot(given, [*BEHIND_ASR, *more], 120)
    assert at_once.streams[0].last_miss == later.streams[0].last_miss


# --- the log


def texts(events: list[Event], *streams: dict[str, object], at_ms: float = 500) -> list[str]:
    """The lines of the log but for those on streams."""
    view = journals.snapshot(journals.scenario(*streams), events, at_ms)
    return [line.text for line in view.log if line.kind != "stream"]


def test_the_log_compares_what_was_with_what_was_asked() -> None:
    """Response and deadline stand side by side, with the backend."""
    assert texts(BEHIND_ASR, CAM, ASR) == ["cam #0 late: 56 ms > 10 ms on NPU"]
    assert texts([journals.released(0, 0, 0, 10), journals.dropped(4, 0, 0)], CAM) == [
        "cam #0 dropped (early-drop) after 4 ms"
    ]


def test_the_log_names_the_deadline_that_was_missed() -> None:
    """A first output that came at 95 ms instead of 80 ms, whenever the job ended."""
    events = [
        journals.released(0, 0, 0, None, [[100, 2], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 2),
        *journals.decoded(50, 70, 0, 0, NPU, 2, 2),
        (journal.READY, ns(70), 0, 0, 1),
        *journals.ran(90, 95, 0, 0, GPU, 1),
        journals.completed(99, 0, 0, "late", "avoidable"),
    ]
    assert texts(events, NPC) == ["npc #0 late: speak first output 95 ms > 80 ms on GPU"]


def test_the_log_tells_what_else_happened() -> None:
    """Streams, swaps, failures and markers have lines of their own kinds, in order."""
    events: list[Event] = [
        (journal.POLICY_FAILED, ns(5), "mine", "ZeroDivisionError"),
        (journal.POLICY, ns(5), "mine", "fcfs"),
        (journal.MARKER, ns(6), "second speaker"),
        (journal.STREAM_STOPPED, ns(7), 0),
        (journal.BACKEND_DOWN, ns(8), 0, "gone"),
    ]
    view = journals.snapshot(journals.scenario(CAM), events, 10)
    assert [(line.kind, line.stream, line.text) for line in view.log] == [
        ("stream", 0, "cam started"),
        ("error", -1, "policy mine failed: ZeroDivisionError"),
        ("policy", -1, "mine -> fcfs"),
        ("marker", -1, "second speaker"),
        ("stream", 0, "cam stopped"),
        ("error", -1, "NPU is down: gone"),
    ]
    assert [line.seq for line in view.log] == list(range(6))


def test_a_burst_of_misses_is_counted_in_one_line() -> None:
    """Twenty lines in a second, one more that says how many others there were, then anew."""
    log = EventLog()
    kept = [log.takes_miss(ns(at)) for at in range(57)]
    assert kept == [True] * MISSES_PER_SECOND + [False] * 37
    log.add(ns(60), "marker", "here")
    assert [line.text for line in log.lines()] == ["… and 37 more misses in this second", "here"]
    assert not log.takes_miss(ns(999))
    assert log.lines()[0].text == "… and 38 more misses in this second"
    assert log.takes_miss(ns(1000))
    assert log.lines()[0].text == "… and 38 more misses in this second"


def test_one_merged_miss_is_singular() -> None:
    """English."""
    log = EventLog()
    for at in range(MISSES_PER_SECOND + 1):
        log.takes_miss(at)
    assert log.lines()[0].text == "… and 1 more miss in this second"


def test_the_log_keeps_its_newest_lines() -> None:
    """Old lines go, numbers go on."""
    log = EventLog()
    for number in range(MAX_LINES + 5):
        log.add(number, "info", f"line {number}")
    assert len(log.lines()) == MAX_LINES
    assert log.lines()[0].seq == 5
    assert log.lines()[-1].text == f"line {MAX_LINES + 4}"


def test_a_merged_line_that_has_left_the_log_does_no_harm() -> None:
    """A flood of other lines may push it out within its own second."""
    log = EventLog()
    for at in range(MISSES_PER_SECOND + 1):
        log.takes_miss(at)
    for number in range(MAX_LINES):
        log.add(number, "info", "flood")
    log.takes_miss(100)
    assert {line.text for line in log.lines()} == {"flood"}


@pytest.mark.parametrize(
    ("larger", "smaller", "text"),
    [
        (3012.0, 3000.0, "3012 ms > 3000 ms"),
        (16.94, 16.7, "16.9 ms > 16.7 ms"),
        (33.341, 33.3333, "33.34 ms > 33.33 ms"),
        (100.2, 100.0, "100.2 ms > 100 ms"),
        (10.000001, 10.0, "10.000001 ms > 10 ms"),
    ],
)
def test_a_comparison_shows_the_difference(larger: float, smaller: float, text: str) -> None:
    """As many places as it takes, and no more."""
    assert comparison(larger, smaller) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.04, "0"), (0.4, "0.4"), (41.0, "41"), (99.94, "99.9"), (612.3, "612")]
)
def test_milliseconds_are_short(value: float, text: str) -> None:
    """One decimal below 100 ms, none above."""
    assert milliseconds(value) == text


def test_a_stream_without_misses_has_nothing_to_explain() -> None:
    """None, not an empty record."""
    view = journals.snapshot(journals.scenario(CHAT), [], 10)
    assert view.streams[0].last_miss is None


def test_the_first_miss_is_kept_when_others_follow() -> None:
    """Its fate was known at its deadline, at 10 ms; without a miss there is no first one."""
    later = [
        journals.released(200, 0, 1, 10),
        *journals.ran(200, 220, 0, 1, NPU),
        journals.completed(220, 0, 1, "late", "hopeless"),
    ]
    cam, asr = journals.snapshot(journals.scenario(CAM, ASR), BEHIND_ASR + later, 500).streams

    assert cam.missed == 2
    assert cam.first_miss_ns == ns(10)
    assert asr.first_miss_ns is None
