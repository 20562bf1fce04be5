"""Streams and backends as the screen shows them."""

import pytest

from emulator import journal
from emulator.journal import PREFILL
from tests.emulator import journals
from tests.emulator.journals import CAM, CHAT, GPU, NPC, NPU, ONE_LATE, PACE, ns, stream_at


def test_the_state_follows_the_fates() -> None:
    """Miss while the last fate is one, late while one is in the window, ok after that."""
    met = [
        journals.released(30, 0, 2, 40),
        *journals.ran(30, 36, 0, 2, NPU),
        journals.completed(36, 0, 2),
    ]
    later = [
        journals.released(10_500, 0, 3, 10_510),
        *journals.ran(10_500, 10_506, 0, 3, NPU),
        journals.completed(10_506, 0, 3),
    ]
    assert stream_at(CAM, ONE_LATE, 30).state == "miss"
    assert stream_at(CAM, ONE_LATE + met, 40).state == "late"
    assert stream_at(CAM, ONE_LATE + met + later, 10_510).state == "ok"


def test_a_stream_is_idle_or_stopped_when_nothing_comes() -> None:
    """Idle without an open job and without an end in the window; stopped says so itself."""
    stop = (journal.STREAM_STOPPED, ns(40), 0)
    assert stream_at(CAM, [], 1).state == "idle"
    assert stream_at(CAM, ONE_LATE, 10_024).state == "miss"
    assert stream_at(CAM, ONE_LATE, 10_025).state == "idle"
    assert stream_at(CAM, [*ONE_LATE, stop], 50).state == "stopped"


def test_a_restarted_stream_begins_without_its_old_miss() -> None:
    """A miss from before the window is no state: idle until a job comes, then ok."""
    again = [
        *ONE_LATE,
        (journal.STREAM_STOPPED, ns(40), 0),
        (journal.STREAM_STARTED, ns(60_000), 0),
        journals.released(60_001, 0, 2, 60_011),
    ]
    assert stream_at(CAM, again[:-1], 60_000).state == "idle"
    assert stream_at(CAM, again, 60_005).state == "ok"
    assert stream_at(CAM, again, 60_012).state == "miss"


def test_a_job_that_is_overdue_for_longer_than_the_window_is_a_miss() -> None:
    """Its fate was known long ago, but it is still what the stream suffers from."""
    overdue = [journals.released(0, 0, 0, 10)]
    assert stream_at(CAM, overdue, 30_000).state == "miss"


def test_response_times_leave_the_window() -> None:
    """Percentiles are over the last 10 s, rates over at least that."""
    view = stream_at(CAM, ONE_LATE, 30)
    assert (view.p50_ms, view.p95_ms) == (6.0, 14.0)
    assert view.rate_hz == pytest.approx(2 / 0.030)
    assert view.target_hz == 100.0
    gone = stream_at(CAM, ONE_LATE, 10_200)
    assert (gone.p50_ms, gone.rate_hz, gone.window_known, gone.known) == (None, 0.0, 0, 2)


def test_a_ready_slice_queues_for_its_fastest_backend() -> None:
    """Blur is fastest on the NPU, speech recognition on the GPU; what runs has left the queue."""
    given = journals.scenario(CAM, {"name": "asr", "model": "asr", "period_ms": 1000})
    events = [journals.released(0, 0, 0, 10), journals.released(0, 1, 0, 1000)]
    waiting = journals.snapshot(given, events, 1)
    assert [each.queue for each in waiting.backends] == [1, 1]
    assert [each.phase for each in waiting.streams] == ["wait", "wait"]
    running = journals.snapshot(given, [*events, journals.started(1, 0, 0, GPU)], 2)
    assert [each.queue for each in running.backends] == [0, 1]
    assert [each.running for each in running.backends] == ["", "cam#0"]
    assert (running.streams[0].phase, running.streams[0].backend) == ("run", "gpu")


def test_a_pinned_stage_queues_where_it_may_run() -> None:
    """The fastest backend is one of those that the scenario allows."""
    given = journals.scenario({**CAM, "on": ["gpu"]})
    view = journals.snapshot(given, [journals.released(0, 0, 0, 10)], 1)
    assert [each.queue for each in view.backends] == [0, 1]


def test_a_dropped_or_skipped_job_leaves_the_queue() -> None:
    """Nothing of it waits any more."""
    gone = [journals.released(0, 0, 0, 10), journals.dropped(5, 0, 0)]
    skipped = [journals.released(0, 0, 0, 10), (journal.SKIPPED, 0, 0, 0, 0)]
    for events in (gone, skipped):
        view = journals.snapshot(journals.scenario({**CAM, "probability": 0.5}), events, 6)
        assert [each.queue for each in view.backends] == [0, 0]
        assert view.streams[0].phase == ""


def test_decoding_waits_for_the_backend_that_holds_the_cache() -> None:
    """After a prefill on the NPU the next token waits there, although the GPU decodes faster."""
    events = [
        journals.released(0, 0, 0, None, [[100, 5]]),
        *journals.prefilled(0, 50, 0, 0, NPU, 5),
    ]
    view = journals.snapshot(journals.scenario(CHAT), events, 51)
    assert [each.queue for each in view.backends] == [1, 0]


def test_the_next_chunk_waits_where_the_prefill_began() -> None:
    """A begun prefill stays on its backend."""
    events = [
        journals.released(0, 0, 0, None, [[100, 5]]),
        journals.started(0, 0, 0, GPU, phase=PREFILL),
        journals.finished(0, 50, 0, 0, GPU, phase=PREFILL, outputs=0, total=5),
    ]
    view = journals.snapshot(journals.scenario(CHAT), events, 51)
    assert [each.queue for each in view.backends] == [0, 1]
    assert view.streams[0].phase == "wait"


def test_a_streamed_stage_waits_for_its_tokens() -> None:
    """With too few tokens for the next inference the stage is not ready, so it queues nowhere."""
    events = [
        journals.released(0, 0, 0, None, [[100, 5], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 5),
        *journals.decoded(50, 70, 0, 0, NPU, 2, 5),
        (journal.READY, ns(70), 0, 0, 1),
        journals.started(70, 0, 0, GPU, 1),
        journals.finished(70, 75, 0, 0, GPU, 1, outputs=1, total=3),
    ]
    given = journals.scenario(NPC)
    blocked = journals.snapshot(given, events, 76)
    assert [each.queue for each in blocked.backends] == [1, 0]
    more = [*journals.decoded(76, 96, 0, 0, NPU, 3, 5), *journals.decoded(96, 116, 0, 0, NPU, 4, 5)]
    ready = journals.snapshot(given, [*events, *more, (journal.READY, ns(116), 0, 0, 1)], 117)
    assert [each.queue for each in ready.backends] == [1, 1]


def test_utilization_counts_the_running_slice() -> None:
    """A slice that has run for 6 of the first 10 ms makes 60 %, and so for the other spans."""
    events = [journals.released(0, 0, 0, 10), journals.started(4, 0, 0, NPU)]
    npu, gpu = journals.snapshot(journals.scenario(CAM), events, 10).backends
    assert (npu.busy_last_second, npu.busy_window, npu.busy_total) == (0.6, 0.6, 0.6)
    assert (gpu.busy_last_second, gpu.busy_window, gpu.busy_total) == (0.0, 0.0, 0.0)
    assert (npu.title, gpu.title, npu.kind, gpu.kind) == ("The NPU", "gpu", "npu", "gpu")


def test_looking_at_a_running_slice_does_not_count_it_twice() -> None:
    """Snapshots during a slice leave its busy time as long as it is."""
    given = journals.scenario(CAM)
    followed = journals.metrics(
        given, [journals.released(0, 0, 0, 1000), journals.started(0, 0, 0, NPU)]
    )
    for at_ms in (100, 300, 550):
        followed.snapshot(ns(at_ms), state="running", speed=1.0, pace=PACE)
    followed.feed([journals.finished(0, 600, 0, 0, NPU)])
    npu = followed.snapshot(ns(1000), state="running", speed=1.0, pace=PACE).backends[0]
    assert npu.busy_total == 0.6
    assert npu.history == (1.0, 0.2)


def test_the_gantt_chart_shows_the_last_200_ms() -> None:
    """Slices that touch it, oldest first, the running one open, those of misses marked."""
    events = [
        *ONE_LATE,
        journals.released(210, 0, 2, 220),
        journals.started(212, 0, 2, GPU),
    ]
    view = journals.snapshot(journals.scenario(CAM), events, 215)
    shown = [
        (each.backend, each.job, each.start_ns, each.end_ns, each.missed) for each in view.slices
    ]
    assert shown == [(NPU, 1, ns(12), ns(24), True), (GPU, 2, ns(212), -1, False)]
    assert {each.label for each in view.slices} == {"cam"}


def test_a_slice_of_several_stages_is_called_by_its_stage() -> None:
    """With more than one stage the stream's name would say too little."""
    events = [
        journals.released(0, 0, 0, None, [[100, 5], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 5),
    ]
    view = journals.snapshot(journals.scenario(NPC), events, 60)
    assert [each.label for each in view.slices] == ["think"]
