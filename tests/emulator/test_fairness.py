"""Slowdown against running alone, and throughput."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest

from emulator import UserError, load_profile, load_scenario, simulate
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.study.fairness import Fairness, IsolatedTimes, fairness

ONE_CPU = {"backends": ["cpu"], "models": {"short": {"cpu": 10}, "long": {"cpu": 40}}}
LLM = {
    "backends": ["npu", "gpu"],
    "models": {
        "asr": {"npu": 20},
        "llm": {
            "npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 8},
            "gpu": {"prefill_ms": {"per_token": 2}, "decode_ms": 3},
        },
        "tts": {"gpu": 5},
    },
}


def of(
    profile: Mapping[str, object], streams: Sequence[Mapping[str, object]], policy: str = "fcfs"
) -> tuple[Fairness, Profile, Scenario]:
    """The figures of ten seconds of these streams."""
    loaded, scenario = load_profile(profile), load_scenario({"streams": list(streams)})
    run = simulate(loaded, scenario, policy, duration_s=10, noise=False, journal=False)
    return fairness(run, loaded, scenario), loaded, scenario


def test_a_job_alone_has_a_slowdown_of_one() -> None:
    """Nothing in its way: ANTT is 1, STP the jobs over the time to the last finish."""
    figures, *_ = of(ONE_CPU, [{"name": "s", "model": "short", "rate_hz": 10}])

    assert figures.antt == 1
    assert figures.stp_jobs_per_s == pytest.approx(100 / 9.91)
    assert (figures.finished, figures.unfinished) == (100, 0)


def test_slowdown_is_turnaround_over_isolated_time() -> None:
    """Both at 0 on one backend: the first takes 40 of 40 ms, the second 50 of 10 ms."""
    figures, *_ = of(
        ONE_CPU,
        [
            {"name": "first", "model": "long", "arrivals_ms": [0]},
            {"name": "second", "model": "short", "arrivals_ms": [0]},
        ],
    )

    assert figures.slowdown == {"first": 1, "second": 5}
    assert figures.antt == 3
    assert figures.stp_jobs_per_s == 2 / 0.05


def test_shortest_first_lowers_the_mean_slowdown() -> None:
    """For the same jobs, ANTT is lower under sjf than under fcfs."""
    streams = [
        {"name": "long", "model": "long", "arrivals_ms": [0, 0, 0]},
        {"name": "short", "model": "short", "arrivals_ms": [1, 1, 1]},
    ]
    by_policy = [of(ONE_CPU, streams, policy)[0].antt for policy in ("sjf/fastest-idle", "fcfs")]

    assert by_policy[0] is not None
    assert by_policy[1] is not None
    assert by_policy[0] < by_policy[1]


def test_dropped_jobs_are_counted_apart() -> None:
    """A dropped job has no turnaround: it is left out of both figures, and said so."""
    stream = {"name": "s", "model": "long", "rate_hz": 50, "late": "drop"}
    figures, *_ = of(ONE_CPU, [stream], "edf/fastest-idle/early-drop")

    assert figures.finished == 0
    assert figures.unfinished == 500
    assert figures.antt is None
    assert figures.stp_jobs_per_s is None
    assert figures.slowdown == {"s": None}


def test_the_isolated_time_has_the_tokens_of_the_job() -> None:
    """Prefill 1 ms a token on the NPU and 8 ms a token after it, or 2 and 3 ms on the GPU."""
    stream = {"name": "chat", "model": "llm", "arrivals_ms": [0, 1000]}
    stream |= {"prompt_tokens": [10, 30], "output_tokens": [1, 11]}
    profile, scenario = load_profile(LLM), load_scenario({"streams": [stream]})
    isolated = IsolatedTimes(profile, scenario)

    for seed in range(4):
        for job in simulate(profile, scenario, "fcfs", duration_s=2, seed=seed).jobs:
            tokens, outputs = job.stages[0].prompt_tokens, job.stages[0].output_tokens
            assert tokens is not None
            assert outputs is not None
            npu, gpu = tokens + 8 * (outputs - 1), 2 * tokens + 3 * (outputs - 1)
            assert isolated.of(job) == 1_000_000 * min(npu, gpu)


def test_a_skipped_stage_takes_no_isolated_time() -> None:
    """Of a chain whose middle may be skipped, the isolated time counts what ran."""
    stream = {
        "name": "turn",
        "rate_hz": 10,
        "stages": [
            {"name": "hear", "model": "asr"},
            {"name": "again", "model": "asr", "after": ["hear"], "probability": "1/2"},
            {"name": "speak", "model": "tts", "after": ["hear", "again"]},
        ],
    }
    profile, scenario = load_profile(LLM), load_scenario({"streams": [stream]})
    isolated = IsolatedTimes(profile, scenario)
    jobs = simulate(profile, scenario, "fcfs", duration_s=2, noise=False).jobs
    times = {job.stages[1].outcome: isolated.of(job) / 1e6 for job in jobs}

    assert times == {"skipped": 25, "met": 45}


def test_noise_is_in_the_turnaround_only() -> None:
    """Isolated times are table values, so that alone ANTT is the mean of the noise."""
    profile = load_profile(
        {"backends": ["cpu"], "models": {"m": {"cpu": {"latency_ms": 1, "noise": "exponential"}}}}
    )
    scenario = load_scenario({"streams": [{"name": "s", "model": "m", "rate_hz": 20}]})
    run = simulate(profile, scenario, "fcfs", duration_s=200, journal=False)

    assert fairness(run, profile, scenario).antt == pytest.approx(1, abs=0.08)


def test_bundled_scenarios_are_slowed_down_less_by_better_policies() -> None:
    """In a video call, ANTT falls from fcfs over static to edf, and stays above 1."""
    profile, scenario = load_profile("ryzen-ai-9-hx-370"), load_scenario("video-call")
    antt = [
        fairness(
            simulate(profile, scenario, policy, duration_s=10, journal=False), profile, scenario
        ).antt
        for policy in ("fcfs", "static", "edf")
    ]

    values = [value for value in antt if value is not None]
    assert len(values) == 3
    assert all(before > after for before, after in pairwise(values))
    assert values[-1] > 1


def test_a_stream_of_another_scenario_is_a_mistake() -> None:
    """The sentence names the streams that there are."""
    profile = load_profile(ONE_CPU)
    one, other = (
        load_scenario({"streams": [{"name": name, "model": "short", "rate_hz": 10}]})
        for name in ("one", "other")
    )
    run = simulate(profile, one, "fcfs", duration_s=1)

    with pytest.raises(UserError, match="unknown stream 'one'"):
        fairness(run, profile, other)
