"""XRBench's scores, and its one published run reproduced by our engine."""

import math
from collections.abc import Mapping, Sequence

import pytest

from emulator import UserError, simulate
from emulator.result import RunResult
from emulator.study.xrbench import energy_score, real_time_score, xrbench_score

RUN_MS = 700
TICK_MS = 16
PERIODS_MS = {"eyes": 16, "hands": 22}
"""1000 / fps in whole milliseconds: 60 and 45 fps."""
PROFILE = {
    "backends": ["accelerator"],
    "models": {
        "ES_RITNet": {"accelerator": 1.503136},
        "GE_FBNet_C": {"accelerator": 4.222037},
        "HT_hand_graph_cnn_half": {"accelerator": 8.561680},
    },
}
ENERGY_MJ = {"eyes/ES_RITNet": 35.329716, "eyes/GE_FBNet_C": 34.922195, "hands": 207.433304}
LATENCY_GREEDY = "rm/fastest-idle/drop-late/whole"
"""XRBench's rule: the heads of its queues in order of model names, on the idle accelerator with the
least latency, queued frames dropped after their deadline. Streams with given arrivals have no
period, so under ``rm`` all keys are equal and the tie order decides: the streams as written, which
is the order of names here."""


def run(arrivals_ms: Mapping[str, Sequence[float]]) -> RunResult:
    """VR gaming with these arrivals; frame i is due at (i + 1) periods, whenever it came."""
    stages = {
        "eyes": [{"model": "ES_RITNet"}, {"model": "GE_FBNet_C", "after": ["ES_RITNet"]}],
        "hands": [{"model": "HT_hand_graph_cnn_half"}],
    }
    streams = [
        {
            "name": name,
            "arrivals_ms": list(arrivals_ms[name]),
            "deadlines_ms": [(i + 1) * period for i in range(len(arrivals_ms[name]))],
            "stages": stages[name],
        }
        for name, period in PERIODS_MS.items()
    ]
    return simulate(PROFILE, {"streams": streams}, LATENCY_GREEDY, duration_s=1, noise=False)


def injected_ms(completions_ms: Sequence[float]) -> dict[str, list[float]]:
    """When XRBench takes in each frame: at the first of its events that is not before i periods.

    Its events are the ticks of the highest rate and the completions; it makes floor(700 / period)
    frames of each model.
    """
    ticks = [float(tick) for tick in range(0, RUN_MS + TICK_MS, TICK_MS)]
    events = sorted([*ticks, *completions_ms])
    return {
        name: [
            next(event for event in events if event >= i * period) for i in range(RUN_MS // period)
        ]
        for name, period in PERIODS_MS.items()
    }


@pytest.fixture(scope="module")
def vr_gaming() -> RunResult:
    """The run whose completions are the very events at which its frames were taken in.

    Frames depend on completions and these on frames; each round settles at least one more event.
    """
    arrivals = injected_ms([])
    for _ in range(200):
        done = run(arrivals)
        settled = injected_ms(
            [
                stage.finish_ns / 1e6
                for job in done.jobs
                for stage in job.stages
                if stage.finish_ns is not None
            ]
        )
        if settled == arrivals:
            return done
        arrivals = settled
    raise AssertionError("the arrivals do not settle")


def finishes_ms(run: RunResult, stream: str, stage: int) -> list[float]:
    """When each job's stage ended, rounded to a microsecond as the published schedule is."""
    jobs = [job for job in run.jobs if job.stream == stream]
    return [round((job.stages[stage].finish_ns or 0) / 1e6, 3) for job in jobs]


def test_the_published_schedule(vr_gaming: RunResult) -> None:
    """Completions of schedule_VR_gaming__Single_4K__WS.csv, in its first 176 ms and at its end."""
    assert finishes_ms(vr_gaming, "eyes", 0)[:4] == [1.503, 17.503, 33.503, 56.352]
    assert finishes_ms(vr_gaming, "eyes", 1)[:4] == [5.725, 21.725, 37.725, 60.574]
    hands = finishes_ms(vr_gaming, "hands", 0)
    assert hands[:4] == [14.287, 46.287, 54.849, 78.287]
    assert hands[4:8] == [110.287, 118.849, 142.287, 174.287]
    assert hands[-1] == 670.287
    assert len(hands) == 31
    assert len(finishes_ms(vr_gaming, "eyes", 0)) == 43


def test_the_published_scores(vr_gaming: RunResult) -> None:
    """Scores of summary_VR_gaming__Single_4K__WS.csv to all the digits that it prints."""
    score = xrbench_score(vr_gaming, ENERGY_MJ)

    figures = {each.model: (each.real_time, each.energy, each.qoe) for each in score.models}
    assert figures["ES_RITNet"] == pytest.approx((1, 0.976447, 1), abs=1e-6)
    assert figures["GE_FBNet_C"] == pytest.approx((1, 0.976719, 1), abs=1e-6)
    assert figures["HT_hand_graph_cnn_half"] == pytest.approx((0.743658, 0.861711, 1), abs=1e-5)
    assert score.overall == pytest.approx(86.466, abs=5e-4)
    assert score.energy_given


def test_the_late_frames_are_the_published_ones(vr_gaming: RunResult) -> None:
    """Eight of 31 hand frames are late, frame 1 by 2.287 ms: XRBench takes it in 10 ms late."""
    late = [job.index for job in vr_gaming.jobs if job.outcome == "late"]
    (first,) = (job for job in vr_gaming.jobs if (job.stream, job.index) == ("hands", 1))
    assert first.finish_ns is not None
    assert first.deadline_ns is not None

    assert late == [1, 4, 9, 12, 17, 20, 25, 28]
    assert first.finish_ns - first.deadline_ns == pytest.approx(2_286_854, abs=1_000)


def test_with_exact_arrivals_nothing_is_late() -> None:
    """The late frames come from taking frames in at ticks, not from the load."""
    assert xrbench_score(
        simulate("xrbench-4k", "xr-vr-gaming", "fcfs", duration_s=10)
    ).overall == pytest.approx(100)


def test_real_time_score_is_almost_a_step() -> None:
    """Half at the deadline, near 1 and 0 a third of a millisecond around it, finite far off."""
    assert real_time_score(0) == 0.5
    assert real_time_score(-0.3) > 0.98
    assert real_time_score(0.3) < 0.02
    assert real_time_score(1e6) == pytest.approx(0)
    assert real_time_score(-1e6) == 1
    assert real_time_score(0.1) == 1 / (1 + math.exp(1.5))


def test_energy_score_is_linear() -> None:
    """1 without energy, 0 at 1,500 mJ, negative beyond, as in XRBench's code."""
    assert [energy_score(mj) for mj in (0, 750, 1500, 3000)] == [1, 0.5, 0, -1]


def test_a_dropped_frame_counts_twice() -> None:
    """Half of the frames dropped: the model score halves, and the QoE halves it again."""
    profile = {"backends": ["npu"], "models": {"m": {"npu": 15}}}
    stream = {"name": "s", "model": "m", "rate_hz": 100, "late": "drop"}
    given = simulate(profile, {"streams": [stream]}, "llf", duration_s=1, noise=False)
    assert all(job.outcome == "dropped" for job in given.jobs)
    assert xrbench_score(given).overall == 0

    arrivals = {"arrivals_ms": [0, 0, 100, 100], "deadlines_ms": [20, 20, 120, 120]}
    stream = {"name": "s", "model": "m", "late": "drop", **arrivals}
    half = xrbench_score(
        simulate(profile, {"streams": [stream]}, "edf/fastest-idle/early-drop", noise=False)
    )
    (model,) = half.models
    assert (model.logged, model.dropped, model.qoe, model.real_time) == (4, 2, 0.5, 1)
    assert model.score == 0.5
    assert half.overall == 25
    assert not half.energy_given


def test_what_did_not_end_is_not_logged() -> None:
    """Skipped stages, streams without a deadline and frames that still run are in no score."""
    profile = {"backends": ["npu"], "models": {"m": {"npu": 15}}}
    streams = [
        {"name": "chat", "model": "m", "arrivals_ms": [0]},
        {
            "name": "s",
            "rate_hz": 1,
            "stages": [
                {"name": "a", "model": "m"},
                {"name": "b", "model": "m", "after": ["a"], "probability": "1/1000000"},
            ],
        },
    ]
    score = xrbench_score(simulate(profile, {"streams": streams}, duration_s=3, noise=False))

    assert [(each.stage, each.logged) for each in score.models] == [("a", 3), ("b", 0)]
    assert score.models[1].score is None
    assert score.overall == pytest.approx(100)


def test_an_energy_without_a_stage_is_a_mistake() -> None:
    """The sentence names the stages that there are."""
    done = simulate("xrbench-4k", "xr-vr-gaming", "fcfs", duration_s=1)
    with pytest.raises(UserError, match="unknown stage 'eyes/segmen', did you mean"):
        xrbench_score(done, {"eyes/segmen": 1})
