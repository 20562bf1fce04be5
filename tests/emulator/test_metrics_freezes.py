"""How long a stream stood still, and how many answers kept their targets, as the summary has it."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.metrics import Metrics
from emulator.metrics.freezes import Freezes
from emulator.simulation import TimedCommand, simulate
from tests.emulator.journals import (
    CAM,
    CHAT,
    GPU,
    MS,
    NPU,
    PACE,
    completed,
    decoded,
    dropped,
    metrics,
    ns,
    prefilled,
    ran,
    released,
    result,
    scenario,
    stream_at,
)
from tests.emulator.test_metrics_properties import events_of

COMMANDS: list[TimedCommand] = [
    (2_000 * MS, "swap", "llf/earliest-finish/early-drop/chunk-128"),
    (4_000 * MS, "swap", "fcfs"),
]


@pytest.mark.parametrize("drain", [False, True], ids=["cut", "drained"])
@pytest.mark.parametrize(
    "name", ["video-call", "game-npc", "call-and-game", "overload", "xr-ar-gaming"]
)
def test_a_bundled_run_ends_with_the_figures_of_its_summary(name: str, drain: bool) -> None:
    """Freezes and targets of every stream, under late, dropped, overdue and running jobs."""
    given_scenario = load_scenario(name)
    profile = load_profile(profile_of(given_scenario))
    run = simulate(
        profile, given_scenario, "edf", duration_s=6, seed=5, drain=drain, commands=COMMANDS
    )
    followed = Metrics(profile, given_scenario, "edf", seed=5)
    followed.feed(events_of(run))
    last = followed.snapshot(run.end_ns, state="ended", speed=1.0, pace=PACE)
    for view in last.streams:
        figures = run.summary.streams[view.name]
        assert view.longest_freeze_ms == figures.longest_freeze_ms
        assert view.llm_targets_known == figures.llm_targets_known
        if figures.llm_target_attainment is not None:
            attained = view.llm_targets_met / view.llm_targets_known
            assert attained == figures.llm_target_attainment


# --- freezes


def frame(job: int, finish_ms: float, outcome: str = "met") -> list[tuple[object, ...]]:
    """A frame that is released 10 ms after the one before, and finishes at an instant."""
    begin = 10 * job
    return [
        released(begin, 0, job, begin + 10),
        *ran(finish_ms - 6, finish_ms, 0, job, NPU),
        completed(finish_ms, 0, job, outcome),
    ]


def test_the_longest_gap_between_good_frames_is_the_freeze() -> None:
    """A late frame in between does not end it."""
    events = [*frame(0, 6), *frame(1, 24, "late"), *frame(2, 30), *frame(3, 36)]
    assert stream_at(CAM, events, 36).longest_freeze_ms == 24.0


def test_a_freeze_goes_on_until_the_next_good_frame() -> None:
    """It grows while nothing happens; a healthy stream that ends does not freeze."""
    healthy = [*frame(0, 6), *frame(1, 16)]
    assert stream_at(CAM, healthy, 500).longest_freeze_ms == 10.0
    missed = [*healthy, released(20, 0, 2, 30)]
    assert stream_at(CAM, missed, 30).longest_freeze_ms == 10.0
    assert stream_at(CAM, missed, 46).longest_freeze_ms == 30.0


def test_misses_at_the_begin_count_from_the_first_release() -> None:
    """Also while there is no good frame at all."""
    begin = frame(0, 16, "late")
    assert stream_at(CAM, begin, 20).longest_freeze_ms == 20.0
    assert stream_at(CAM, [*begin, *frame(2, 26)], 26).longest_freeze_ms == 26.0
    assert stream_at(CAM, [*begin, *frame(2, 26)], 400).longest_freeze_ms == 26.0


def test_one_good_frame_is_no_gap() -> None:
    """A gap has two ends."""
    assert stream_at(CAM, [], 5).longest_freeze_ms is None
    assert stream_at(CAM, frame(0, 6), 9).longest_freeze_ms is None


JOBS = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["met", "late", "dropped", "open"])))


@given(JOBS, st.integers(0, 80), st.data())
def test_freezes_are_those_of_the_summary(
    jobs: list[tuple[int, str]], cut: int, data: st.DataObject
) -> None:
    """In whatever order jobs end, several at one instant too, and across a keyframe."""
    given_scenario = scenario(CAM)
    ends = [(10 * job + after, job, outcome) for job, (after, outcome) in enumerate(jobs)]
    timed = [(10 * job, 0, released(10 * job, 0, job, 10 * job + 30)) for job in range(len(jobs))]
    for at, job, outcome in data.draw(st.permutations(ends)):
        verdict = "late" if at > 10 * job + 30 else "met"
        if outcome == "dropped":
            timed.append((at, 1, dropped(at, 0, job)))
        elif outcome != "open":
            timed.append((at, 1, completed(at, 0, job, verdict)))
    events = [event for _, _, event in sorted(timed, key=lambda entry: entry[:2])]
    end_ms = max((at for at, *_ in timed), default=0) + 7
    followed = metrics(given_scenario, events[:cut])
    followed.restore(msgpack.unpackb(msgpack.packb(followed.state()), use_list=False))
    followed.feed(events[cut:])
    view = followed.snapshot(ns(end_ms), state="ended", speed=1.0, pace=PACE).streams[0]
    figures = result(given_scenario, events, end_ms).summary.streams["cam"]
    assert (view.missed, view.known) == (figures.missed, figures.known)
    assert view.longest_freeze_ms == figures.longest_freeze_ms
    assert view.frame_gap_p99_ms == figures.frame_gap_p99_ms


def test_of_frames_at_one_instant_the_least_number_is_the_first() -> None:
    """Job 1 missed: after job 0, but before job 2, which the journal names first."""
    freezes = Freezes()
    freezes.released(0)
    freezes.missed(1)
    freezes.met(2, 30)
    assert freezes.longest_ns(30) == 30
    freezes.met(0, 30)
    assert freezes.longest_ns(90) == 0


def test_misses_may_become_known_in_any_order() -> None:
    """Job 3 is dropped before the deadline of job 1 passes; job 2 was the last good one."""
    freezes = Freezes()
    freezes.released(0)
    freezes.met(0, 10)
    freezes.missed(3)
    freezes.met(2, 20)
    freezes.missed(1)
    assert freezes.longest_ns(90) == 70


# --- frame gaps


def test_late_frames_end_a_gap_too() -> None:
    """From finish to finish, whether in time or not."""
    events = [*frame(0, 6), *frame(1, 24, "late"), *frame(2, 30)]
    assert stream_at(CAM, events, 30).frame_gap_p99_ms == 18.0
    assert stream_at(CAM, frame(0, 6), 30).frame_gap_p99_ms is None


def test_a_gap_is_of_the_window_in_which_it_ended() -> None:
    """However long ago it began; then it leaves the window."""
    events = [*frame(0, 6), *frame(1, 16), *frame(1100, 11_006), *frame(1101, 11_016)]
    assert stream_at(CAM, events, 21_006).frame_gap_p99_ms == 10_990.0
    assert stream_at(CAM, events, 21_007).frame_gap_p99_ms == 10.0
    assert stream_at(CAM, events, 21_017).frame_gap_p99_ms is None


# --- targets of language models


def answer(job: int, ask_ms: float, first_ms: float, last_ms: float) -> list[tuple[object, ...]]:
    """An answer of two tokens."""
    return [
        released(ask_ms, 0, job, None, [[100, 2]]),
        *prefilled(ask_ms, first_ms, 0, job, GPU, 2),
        *decoded(first_ms, last_ms, 0, job, GPU, 2, 2),
        completed(last_ms, 0, job),
    ]


@pytest.mark.parametrize(
    ("first_ms", "last_ms", "met"), [(100, 120, 1), (100.1, 120, 0), (100, 120.1, 0)]
)
def test_an_answer_meets_both_targets_or_none(first_ms: float, last_ms: float, met: int) -> None:
    """TTFT 100 ms and TPOT 20 ms; equal is met."""
    view = stream_at(CHAT, answer(0, 0, first_ms, last_ms), 200)
    assert (view.llm_targets_met, view.llm_targets_known) == (met, 1)


def test_an_answer_is_judged_when_it_is_complete() -> None:
    """Not while it is written; the job may go on."""
    events = answer(0, 0, 100, 120)
    assert stream_at(CHAT, events[:-3], 110).llm_targets_known == 0
    assert stream_at(CHAT, events[:-1], 120).llm_targets_known == 1


def test_an_answer_that_was_given_up_met_nothing() -> None:
    """It was asked for, and counts as known."""
    events = [*answer(0, 0, 100, 120), released(400, 0, 1, None, [[100, 2]]), dropped(500, 0, 1)]
    view = stream_at(CHAT, events, 500)
    assert (view.llm_targets_met, view.llm_targets_known) == (1, 2)


def test_without_targets_nothing_is_judged() -> None:
    """Zero of zero."""
    free = {key: value for key, value in CHAT.items() if not key.startswith(("ttft", "tpot"))}
    assert stream_at(free, answer(0, 0, 100, 120), 200).llm_targets_known == 0
