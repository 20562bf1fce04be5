"""Language models, policies, and the journal that metrics read."""

import pytest

from emulator import journal
from emulator.journal import INFERENCE, Event
from emulator.metrics import JournalError, Metrics
from tests.emulator import journals
from tests.emulator.journals import CAM, CHAT, NPU, ONE_LATE, PACE, S, ns, stream_at

CHAT_JOB = [
    journals.released(0, 0, 0, None, [[100, 5]]),
    *journals.prefilled(10, 60, 0, 0, NPU, 5),
    *journals.decoded(60, 80, 0, 0, NPU, 2, 5),
    *journals.decoded(80, 100, 0, 0, NPU, 3, 5),
    *journals.decoded(120, 140, 0, 0, NPU, 4, 5),
    *journals.decoded(140, 160, 0, 0, NPU, 5, 5),
    journals.completed(160, 0, 0),
]


def test_ttft_and_tpot_are_those_of_the_definitions() -> None:
    """TTFT = first token - ask = 60 ms; TPOT = (160 - 60) / (5 - 1) = 25 ms."""
    view = stream_at(CHAT, CHAT_JOB, 200)
    assert (view.ttft_p50_ms, view.tpot_p50_ms) == (60.0, 25.0)
    assert view.tokens_per_s == 5 / 0.2
    assert (view.known, view.deadline_ms, view.target_hz) == (0, None, None)


def test_the_arriving_text_is_that_of_the_newest_job() -> None:
    """Tokens so far of all that were asked for; before any token there is no such job."""
    assert stream_at(CHAT, CHAT_JOB[:2], 20).llm_job == -1
    view = stream_at(CHAT, CHAT_JOB[:5], 90)
    assert (view.llm_job, view.llm_tokens, view.llm_total) == (0, 2, 5)
    assert (view.phase, view.backend) == ("wait", "npu")
    assert stream_at(CHAT, CHAT_JOB[:6], 90).phase == "decode"
    assert stream_at(CHAT, CHAT_JOB[:2], 20).phase == "prefill"


def test_a_single_token_has_no_tpot() -> None:
    """N = 1: the first token is all there is."""
    events = [
        journals.released(0, 0, 0, None, [[100, 1]]),
        *journals.prefilled(0, 50, 0, 0, NPU, 1),
        journals.completed(50, 0, 0),
    ]
    view = stream_at({**CHAT, "output_tokens": 1}, events, 60)
    assert (view.ttft_p50_ms, view.tpot_p50_ms) == (50.0, None)


def test_only_streams_with_a_language_model_have_a_token_rate() -> None:
    """None is not zero."""
    given = journals.scenario(CAM, CHAT)
    cam, chat = journals.snapshot(given, [], 10).streams
    assert (cam.tokens_per_s, chat.tokens_per_s) == (None, 0.0)


def test_a_fate_counts_for_the_policy_that_was_active_when_it_became_known() -> None:
    """The deadline passed under edf although the job ended under llf."""
    events: list[Event] = [
        journals.released(0, 0, 0, 10),
        (journal.POLICY, ns(15), "edf", "llf"),
        *journals.ran(15, 21, 0, 0, NPU),
        journals.completed(21, 0, 0, "late", "avoidable"),
        journals.released(30, 0, 1, 40),
        *journals.ran(30, 36, 0, 1, NPU),
        journals.completed(36, 0, 1),
    ]
    view = journals.snapshot(journals.scenario(CAM), events, 40)
    edf, llf = view.policies
    assert (edf.name, edf.description, edf.active, edf.swaps) == ("edf", "earliest first", False, 0)
    assert (edf.missed, edf.known, edf.active_s) == (1, 1, 0.015)
    assert (llf.name, llf.active, llf.swaps) == ("llf", True, 1)
    assert (llf.missed, llf.known, llf.active_s) == (0, 1, 0.025)
    assert view.policy == "llf"
    assert view.swaps_ns == (ns(15),)


def test_streams_may_come_by_command() -> None:
    """A stream that the scenario does not have brings its own description."""
    given = journals.scenario(CAM)
    events: list[Event] = [
        (
            journal.STREAM_ADDED,
            ns(5),
            1,
            "late-comer",
            {"name": "late-comer", **_without_name(CHAT)},
        ),
        (journal.STREAM_STARTED, ns(5), 1),
    ]
    view = journals.snapshot(given, events, 10)
    assert [each.name for each in view.streams] == ["cam", "late-comer"]
    assert [each.tokens_per_s for each in view.streams] == [None, 0.0]


def _without_name(spec: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in spec.items() if key != "name"}


def test_readers_ignore_kinds_and_fields_that_they_do_not_know() -> None:
    """A newer journal is read as far as it is understood."""
    newer: list[Event] = [("novelty", 0, 1, 2, 3)]
    newer += [(*event, "more", 1) for event in ONE_LATE]
    given = journals.scenario(CAM)
    assert journals.snapshot(given, newer, 30) == journals.snapshot(given, ONE_LATE, 30)


@pytest.mark.parametrize(
    "event",
    [
        (journal.RELEASED, 0, 9, 0, 10, None),
        (journal.STARTED, 0, 0, 77, 0, 0, INFERENCE, 0),
        (journal.RELEASED, 0),
        (journal.RELEASED, "soon", 0, 0, 10, None),
        (journal.STREAM_ADDED, 0, 1, "nobody", None),
        (journal.STREAM_ADDED, 0, 1, "x", {"name": "x"}),
        (
            journal.STREAM_ADDED,
            0,
            1,
            "x",
            {"name": "x", "model": "blur", "arrival": {"process": "trace", "file": "x.csv"}},
        ),
        (),
    ],
)
def test_an_event_that_does_not_fit_gets_one_sentence(event: Event) -> None:
    """A journal of something else is refused without a traceback of ours."""
    given = journals.scenario(CAM)
    followed = journals.metrics(given, [journals.released(0, 0, 0, 10)])
    with pytest.raises(JournalError, match="does not fit its profile and scenario") as caught:
        followed.feed([event])
    assert "\n" not in str(caught.value)


def test_an_empty_run_has_a_snapshot() -> None:
    """Before anything has happened every figure is there, and none of them is made up."""
    given = journals.scenario(CAM)
    view = Metrics(journals.profile(), given, "edf", seed=7).snapshot(
        0, state="paused", speed=2.0, pace=PACE
    )
    assert (view.missed, view.known, view.violation_rate_mean) == (0, 0, 0.0)
    assert view.streams == ()
    assert (view.policy, view.scenario, view.profile, view.seed) == ("edf", "handmade", "soc", 7)
    assert [each.name for each in view.policies] == ["edf"]


def test_histories_are_rates() -> None:
    """One miss in a bucket of half a second is two misses per second."""
    view = journals.snapshot(journals.scenario(CAM), ONE_LATE, 1000)
    assert view.miss_history == (2.0, 0.0)
    assert (view.window_s, view.bucket_s) == (10.0, 0.5)
    tokens = journals.snapshot(journals.scenario(CHAT), CHAT_JOB, 1000)
    assert tokens.token_history == (10.0, 0.0)
    assert tokens.tokens_per_s == 5.0


def test_memory_does_not_grow_with_the_run() -> None:
    """After 6,000 jobs there are as many slices and deadlines as the bounds say."""
    followed = journals.metrics(journals.scenario(CAM))
    for job in range(6000):
        at = 10 * job
        followed.feed(
            [
                journals.released(at, 0, job, at + 1_000_000),
                *journals.ran(at, at + 6, 0, job, NPU),
                journals.completed(at + 6, 0, job),
            ]
        )
    assert len(followed._parts.backends[0].slices) == 256
    assert len(followed._parts.deadlines._heap) <= 1024
    assert not followed._parts.streams[0].open
    assert followed.snapshot(60 * S, state="running", speed=1.0, pace=PACE).known == 6000
