"""Verdicts: what holds, when a broken claim broke, and which job says why."""

from itertools import pairwise

import pytest

from emulator.claims import judge, parse
from emulator.claims.samples import COUNTED, SAMPLERS, ended_ns, jobs_of
from emulator.claims.subject import subject_of
from emulator.claims.values import statistic
from emulator.claims.waits import Occupants, waited_ns
from emulator.claims.words import failure, reasons
from emulator.metrics import Metrics
from emulator.policies import headline
from emulator.session.replayed import FinishedRun
from emulator.simulation import simulate
from emulator.snapshot import Pace
from tests.emulator.claims.runs import APPLICATION, CHIP, busy

BROKEN = [
    "violation_rate < 3%",
    "cam.violation_rate <= 1%",
    "cam.response.p95 < 10ms",
    "response.p50 < 6ms",
    "cam.response.max < 10ms",
    "cam.response.min > 6ms",
    "cam.response.mean < 6.2ms",
    "cam.frame_gap.p99 < 34ms",
    "chat-box.ttft.p95 < 21ms",
    "chat-box.ttft.p50 == 1ms",
    "dropped < 5",
    "late == 0",
    "missed <= 10",
    "jitter < 1us",
    "ttft_attainment >= 100%",
]
HOLD = ["jobs > 10", "violation_rate < 100%", "cam.response.p1 <= 6ms", "cam.dropped == 0"]


def brute_force(text: str, run: FinishedRun) -> tuple[int, int]:
    """When a claim broke, from the value after each instant on its own."""
    claim = parse(text)
    name, stat = claim.figure.metric.name, claim.figure.stat or "mean"
    jobs = jobs_of(run, subject_of(claim.figure, run))
    sampler = COUNTED.get(name) or SAMPLERS[name]
    samples = sorted(sampler(jobs), key=lambda sample: sample.t_ns)
    states = []
    for count, sample in enumerate(samples, 1):
        values = [each.value for each in samples[:count]]
        value = count if name in COUNTED else statistic(values, stat)
        assert value is not None
        states.append((sample.t_ns, claim.holds(value)))
    broke = [now[0] for before, now in pairwise([(0, True), *states]) if before[1] and not now[1]]
    return broke[0], broke[-1]


@pytest.mark.parametrize("text", BROKEN)
def test_when_a_claim_broke(text: str) -> None:
    """First and for good, as if the figure had been asked for after every instant."""
    (verdict,) = judge([text], busy())

    assert not verdict.holds
    assert verdict.crossing is not None
    assert tuple(verdict.crossing) == brute_force(text, busy())


@pytest.mark.parametrize("text", HOLD)
def test_what_holds_needs_no_reason(text: str) -> None:
    """No job is looked for."""
    (verdict,) = judge([text], busy())

    assert verdict.holds
    assert verdict.worst is None
    assert list(reasons(verdict)) == []


def test_streaks_break_at_the_miss_that_makes_them_too_long() -> None:
    """Not before, and for good."""
    run = busy()
    longest = run.result.summary.streams["cpu"].longest_miss_streak
    (verdict,) = judge([f"stream:cpu.longest_streak < {longest}"], run)

    assert longest > 1
    assert verdict.crossing is not None
    assert verdict.crossing.first_ns <= verdict.crossing.since_ns
    assert verdict.worst is not None
    assert verdict.worst.job.missed


def test_worst_job_waited_longest() -> None:
    """Of the jobs that broke a claim on misses."""
    run = busy()
    (verdict,) = judge(["cam.violation_rate < 1%"], run)
    missed = [job for job in run.result.jobs if job.stream == "cam" and job.missed]

    assert verdict.worst is not None
    assert verdict.worst.job in missed
    assert verdict.worst.waited_ns == max(waited_ns(job, run) for job in missed)


def test_worst_job_has_the_worst_value() -> None:
    """Of a claim on a time."""
    run = busy()
    (verdict,) = judge(["cam.response.p50 < 1ms"], run)
    worst = max(job.response_ns or 0 for job in run.result.jobs if job.stream == "cam")

    assert verdict.worst is not None
    assert verdict.worst.job.response_ns == verdict.worst_value == worst


@pytest.mark.parametrize("policy", ["fcfs", "edf"])
@pytest.mark.parametrize("metric", ["ttft", "tpot"])
def test_a_broken_time_of_an_answer_is_told_by_its_own_part(policy: str, metric: str) -> None:
    """TTFT by what came before the first token, TPOT by what came after it; no other slices."""
    run = busy(policy)
    (verdict,) = judge([f"chat-box.{metric}.p95 < 1ns"], run)
    story = verdict.worst

    assert story is not None
    think = story.job.stages[0]
    ready_ns, first_ns, end_ns = think.ready_ns, think.first_token_ns, think.finish_ns
    assert ready_ns is not None
    assert first_ns is not None
    assert end_ns is not None
    begin_ns, until_ns = (ready_ns, first_ns) if metric == "ttft" else (first_ns, end_ns)
    own = [each for each in think.slices if begin_ns <= each.start_ns < until_ns]
    assert story.slices == len(own) < sum(len(each.slices) for each in story.job.stages)
    assert story.ran_ns == sum((each.end_ns or 0) - each.start_ns for each in own)
    assert story.waited_ns + story.ran_ns == until_ns - begin_ns
    if metric == "ttft":
        assert verdict.worst_value == until_ns - begin_ns
    words = " ".join(reasons(verdict))
    assert f"{'before' if metric == 'ttft' else 'after'} the first token of think, in " in words


def test_a_broken_ttft_target_is_told_by_the_longest_wait_for_a_first_token() -> None:
    """However long an answer went on after it."""
    run = busy()
    (verdict,) = judge(["ttft_attainment >= 100%"], run)
    jobs = jobs_of(run, subject_of(verdict.claim.figure, run))
    late = [each for each in SAMPLERS["ttft_attainment"](jobs) if not each.value]

    assert verdict.worst is not None
    assert verdict.worst.part in [each.part for each in late]
    assert verdict.worst.waited_ns == max(waited_ns(each.job, run, each.part) for each in late)


def test_backend_is_held_by_streams() -> None:
    """A claim on utilization says who held the backend, and that adds up to its busy time."""
    run = busy()
    (verdict,) = judge(["npu.utilization < 10%"], run)

    assert sum(held_ns for _, held_ns in verdict.holders) == run.busy_ns["npu"]
    assert verdict.crossing is not None


def test_nothing_measured_is_broken() -> None:
    """A figure without any sample proves nothing."""
    run = busy(commands=((0, "stop_stream", "chat-box"),))
    (verdict,) = judge(["chat-box.ttft.p95 < 10s"], run)

    assert (verdict.value, verdict.holds) == (None, False)
    assert "nothing to measure" in " ".join(reasons(verdict))


def test_lower_bounds_break_without_a_culprit() -> None:
    """Too little has no worst job."""
    (verdict,) = judge(["tokens_per_s > 1000", "jobs > 9999"][:1], busy())

    assert not verdict.holds
    assert verdict.crossing is None
    assert verdict.worst is None


@pytest.mark.parametrize("policy", ["fcfs", "edf", "llf", "hybrid"])
def test_waits_are_those_of_the_screen(policy: str) -> None:
    """How long, where and behind whom a missed job waited is what the stream view says of it."""
    run = busy(policy)
    journal = simulate(CHIP, APPLICATION, policy, duration_s=4, noise=False).journal or ()
    jobs = {(job.stream, job.index): job for job in run.result.jobs}
    occupants, metrics = (
        Occupants(run),
        Metrics(run.profile, run.scenario, policy, seed=0, policies=headline()),
    )
    compared = 0
    for event in journal:
        metrics.feed([event])
        if event[0] not in ("completed", "dropped"):
            continue
        shown = metrics.snapshot(
            int(str(event[1])), state="", speed=1.0, pace=Pace(0, 0, 0, 1, keeps_pace=True)
        )
        stream = shown.streams[int(str(event[2]))]
        miss = stream.last_miss
        if miss is None or miss.job != event[3]:
            continue
        job = jobs[stream.name, miss.job]
        story = occupants.story(job)
        assert ended_ns(job, run) == miss.t_ns
        assert story.waited_ns / 1e6 == miss.waited_ms
        assert story.ran_ns / 1e6 == miss.ran_ms
        assert tuple((name, held_ns / 1e6) for name, held_ns in story.behind) == miss.behind
        if story.waited_ns:
            assert (story.stage, story.backend) == (miss.stage, miss.backend)
        compared += 1

    assert compared > 20


def test_failure_is_readable() -> None:
    """What was claimed, what was measured, when it broke and why, and nothing of what holds."""
    message = failure(judge(["cam.violation_rate < 1%", "jobs > 1"], busy()), "busy on chip")
    head, claimed, measured, broke, worst, waited, *_ = message.splitlines()

    assert head == "1 of 2 claims on busy on chip are broken"
    assert claimed.split() == ["claimed", "cam.violation_rate", "<", "1%"]
    assert measured.split()[0] == "measured"
    assert measured.rstrip().endswith("%")
    assert broke.strip().startswith("broken first at ")
    assert worst.strip().startswith("worst: cam #")
    assert "it waited " in waited
