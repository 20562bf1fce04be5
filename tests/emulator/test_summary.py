"""Summaries of journals written by hand."""

import json
from collections.abc import Iterator

import pytest

from emulator import journal
from emulator.journal import Event
from emulator.summary import Figures, Summary
from tests.emulator import journals
from tests.emulator.journals import CAM, CHAT, GPU, NPU

FINISHES_MS = (6, 18, 29, 36, None, 57, 66)
"""When seven frames of 10 ms end; the fifth is dropped."""


def frames() -> Iterator[Event]:
    """Frames 1 and 2 are 18 and 29 ms after the start: met; 5 ends 57 ms after it: late."""
    for job, finish_ms in enumerate(FINISHES_MS):
        yield journals.released(10 * job, 0, job, 10 * job + 10)
        if finish_ms is None:
            yield journals.dropped(10 * job + 5, 0, job, "early-drop", "backlog")
        else:
            # Frames late by their finish are those that the journal says are.
            late = finish_ms > 10 * job + 10
            yield from journals.ran(finish_ms - 6, finish_ms, 0, job, NPU)
            cause = "avoidable" if late else ""
            yield journals.completed(finish_ms, 0, job, "late" if late else "met", cause)


def summary(*streams: dict[str, object], events: list[Event], end_ms: float) -> Summary:
    """The summary of a run."""
    return journals.result(journals.scenario(*streams), events, end_ms).summary


@pytest.fixture
def cam() -> Figures:
    """The figures of the seven frames."""
    late = {"name": "cam", "model": "blur", "period_ms": 10}
    return summary(late, events=list(frames()), end_ms=70).streams["cam"]


def test_counts(cam: Figures) -> None:
    """Every job is in one of the counts."""
    assert (cam.released, cam.completed, cam.late, cam.dropped) == (7, 6, 0, 1)
    assert (cam.skipped, cam.running, cam.overdue) == (0, 0, 0)
    assert (cam.known, cam.missed, cam.violation_rate) == (7, 1, 1 / 7)
    assert (cam.hopeless, cam.backlog, cam.avoidable) == (0, 1, 0)


def test_response_times_and_gaps(cam: Figures) -> None:
    """Responses 6 8 9 6 7 6 ms, gaps 12 11 7 21 9 ms, differences 2 1 3 1 1 ms."""
    assert (cam.response_p50_ms, cam.response_p95_ms, cam.response_p99_ms) == (6.0, 9.0, 9.0)
    assert cam.response_max_ms == 9.0
    assert (cam.frame_gap_p50_ms, cam.frame_gap_p95_ms, cam.frame_gap_p99_ms) == (11.0, 21.0, 21.0)
    assert cam.jitter_ms == 8 / 5


def test_the_longest_freeze_is_between_good_frames(cam: Figures) -> None:
    """From the last frame before the drop to the next: 57 - 36 ms."""
    assert (cam.longest_freeze_ms, cam.longest_miss_streak) == (21.0, 1)


def test_the_worst_stream_is_found_by_periods() -> None:
    """21 ms in a period of 10 is worse than 110 ms in one of 100: gap and freeze are 2.1 and 2.1.

    A stream that is not periodic is in neither.
    """
    slow: dict[str, object] = {"name": "asr", "model": "asr", "period_ms": 100}
    free: dict[str, object] = {"name": "free", "model": "asr", "arrivals_ms": [0, 500]}
    events = list(frames())
    for stream, job, release_ms, finish_ms in ((1, 0, 0, 50), (1, 1, 100, 160), (2, 0, 0, 10)):
        events.append(journals.released(release_ms, stream, job, release_ms + 100))
        events += journals.ran(finish_ms - 1, finish_ms, stream, job, GPU)
        events.append(journals.completed(finish_ms, stream, job))
    fast = {"name": "cam", "model": "blur", "period_ms": 10}
    found = summary(fast, slow, free, events=events, end_ms=600)
    assert (found.worst_frame_gap_p99_periods, found.worst_freeze_periods) == (2.1, 2.1)
    assert found.streams["asr"].frame_gap_p99_ms == 110.0
    alone = summary(free, events=[], end_ms=600)
    assert (alone.worst_frame_gap_p99_periods, alone.worst_freeze_periods) == (None, None)


def test_a_freeze_at_either_end_counts() -> None:
    """Misses before the first good frame count from the first release, later ones to the end."""
    events = [
        journals.released(0, 0, 0, 10),
        journals.dropped(10, 0, 0),
        journals.released(10, 0, 1, 20),
        *journals.ran(10, 16, 0, 1, NPU),
        journals.completed(16, 0, 1),
    ]
    led = summary(CAM, events=events, end_ms=20).streams["cam"]
    assert led.longest_freeze_ms == 16.0
    tail: list[Event] = [journals.released(20, 0, 2, 30), journals.dropped(30, 0, 2)]
    trailed = summary(CAM, events=events + tail, end_ms=50).streams["cam"]
    assert trailed.longest_freeze_ms == 34.0
    nothing_good = summary(CAM, events=events[:2], end_ms=50).streams["cam"]
    assert nothing_good.longest_freeze_ms == 50.0


def test_pauses_of_an_irregular_stream_are_no_freeze_of_the_whole() -> None:
    """A chat that is silent for half a second has stopped nothing."""
    events = [
        journals.released(0, 0, 0, None, [[100, 1]]),
        *journals.prefilled(0, 50, 0, 0, NPU, 1),
        journals.completed(50, 0, 0),
        journals.released(400, 0, 1, None, [[100, 1]]),
        *journals.prefilled(400, 450, 0, 1, NPU, 1),
        journals.completed(450, 0, 1),
    ]
    found = summary(CHAT, events=events, end_ms=500)
    assert found.streams["chat"].longest_freeze_ms == 400.0
    assert found.overall.longest_freeze_ms is None
    assert found.overall.frame_gap_p50_ms is None


def test_streams_weigh_alike_in_the_mean() -> None:
    """1 of 7 and 1 of 1 are 2 of 8 over jobs, and 4/7 over streams."""
    slow = {"name": "asr", "model": "asr", "period_ms": 1000}
    events = [*frames(), journals.released(0, 1, 0, 60), journals.dropped(61, 1, 0)]
    found = summary(CAM, slow, events=events, end_ms=70)
    assert found.overall.violation_rate == 2 / 8
    assert found.violation_rate_mean_over_streams == pytest.approx(4 / 7)
    assert found.overall.released == 8


def test_an_overdue_job_counts_although_it_still_runs() -> None:
    """A starved job is a miss without a cause yet."""
    found = summary(CAM, events=[journals.released(0, 0, 0, 10)], end_ms=11).overall
    assert (found.running, found.overdue, found.known, found.missed) == (1, 1, 1, 1)
    assert (found.hopeless, found.backlog, found.avoidable) == (0, 0, 0)
    assert found.violation_rate == 1.0


TALK = [
    journals.released(0, 0, 0, None, [[100, 5]]),
    *journals.prefilled(10, 60, 0, 0, NPU, 5),
    *journals.decoded(60, 80, 0, 0, NPU, 2, 5),
    *journals.decoded(80, 100, 0, 0, NPU, 3, 5),
    *journals.decoded(100, 120, 0, 0, NPU, 4, 5),
    *journals.decoded(120, 140, 0, 0, NPU, 5, 5),
    journals.completed(140, 0, 0),
    journals.released(400, 0, 1, None, [[100, 5]]),
    *journals.prefilled(480, 530, 0, 1, NPU, 5),
]


def test_language_models_have_their_own_figures() -> None:
    """TTFT 60 and 130 ms, TPOT (140 - 60) / 4 = 20 ms, six tokens in 0.6 s."""
    chat = summary(CHAT, events=TALK, end_ms=600).streams["chat"]
    assert (chat.ttft_p50_ms, chat.ttft_p95_ms) == (60.0, 130.0)
    assert (chat.tpot_p50_ms, chat.tpot_p95_ms) == (20.0, 20.0)
    assert chat.output_tokens == 6
    assert chat.tokens_per_s == pytest.approx(10.0)
    assert (chat.known, chat.violation_rate) == (0, None)


def test_targets_are_attained_by_answers_that_have_ended() -> None:
    """The first answer held 100 and 20 ms; one that is dropped did not; one that runs is open."""
    running = summary(CHAT, events=TALK, end_ms=600).streams["chat"]
    assert (running.llm_targets_known, running.llm_target_attainment) == (1, 1.0)
    gone = [*TALK, journals.dropped(540, 0, 1, "policy", "")]
    given_up = summary(CHAT, events=gone, end_ms=600).streams["chat"]
    assert (given_up.llm_targets_known, given_up.llm_target_attainment) == (2, 0.5)
    slower = summary({**CHAT, "tpot_ms": 19.9}, events=TALK, end_ms=600).streams["chat"]
    assert (slower.llm_targets_known, slower.llm_target_attainment) == (1, 0.0)


def test_each_target_has_its_own_attainment() -> None:
    """TTFT 60 of 100 ms is attained, TPOT 20 of 19.9 ms is not; a dropped answer attains none."""
    gone = [*TALK, journals.dropped(540, 0, 1, "policy", "")]
    chat = summary({**CHAT, "tpot_ms": 19.9}, events=gone, end_ms=600).streams["chat"]
    assert (chat.ttft_target_attainment, chat.tpot_target_attainment) == (0.5, 0.0)
    untargeted = {key: value for key, value in CHAT.items() if key != "tpot_ms"}
    only_ttft = summary(untargeted, events=TALK, end_ms=600).overall
    assert (only_ttft.ttft_target_attainment, only_ttft.tpot_target_attainment) == (1.0, None)


def test_utilization_counts_what_runs_at_the_end() -> None:
    """6 of 10 ms on the NPU, and the last 2 ms of a slice that is cut on the GPU."""
    events = [
        journals.released(0, 0, 0, 10),
        *journals.ran(0, 6, 0, 0, NPU),
        journals.completed(6, 0, 0),
        journals.released(8, 0, 1, 18),
        journals.started(8, 0, 1, GPU),
    ]
    assert summary(CAM, events=events, end_ms=10).utilization == {"npu": 0.6, "gpu": 0.2}


def test_an_empty_run_has_figures_that_say_so() -> None:
    """None where there is nothing to divide, 0 where there is nothing to count, nowhere NaN."""
    found = summary(CAM, CHAT, events=[], end_ms=0)
    assert (found.overall.released, found.overall.violation_rate) == (0, None)
    assert (found.overall.response_p50_ms, found.overall.longest_freeze_ms) == (None, None)
    assert (found.overall.jitter_ms, found.overall.tokens_per_s) == (None, None)
    assert found.utilization == {"npu": None, "gpu": None}
    assert found.violation_rate_mean_over_streams is None
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()


def test_a_summary_is_json_with_units_in_its_names() -> None:
    """Figures over all jobs at the top, then by stream and backend, in a fixed order."""
    found = summary(CAM, events=list(frames()), end_ms=70).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert list(found)[:3] == ["end_s", "released", "completed"]
    assert list(found)[-3:] == ["violation_rate_mean_over_streams", "streams", "utilization"]
    assert found["end_s"] == 0.07
    assert found["response_p95_ms"] == 9.0
    streams = found["streams"]
    assert isinstance(streams, dict)
    assert streams["cam"]["frame_gap_p50_ms"] == 11.0


def test_a_streak_of_misses_is_counted_by_job() -> None:
    """Skipped jobs in between neither count nor end it."""
    events: list[Event] = []
    for job, fate in enumerate(("drop", "skip", "drop", "met", "drop")):
        events.append(journals.released(10 * job, 0, job, 10 * job + 10))
        if fate == "skip":
            events.append((journal.SKIPPED, journals.ns(10 * job), 0, job, 0))
            events.append(journals.completed(10 * job, 0, job, "skipped"))
        elif fate == "drop":
            events.append(journals.dropped(10 * job + 1, 0, job))
        else:
            events += journals.ran(10 * job, 10 * job + 6, 0, job, NPU)
            events.append(journals.completed(10 * job + 6, 0, job))
    found = summary({**CAM, "probability": 0.5}, events=events, end_ms=50).overall
    assert (found.longest_miss_streak, found.skipped, found.known) == (2, 1, 4)
