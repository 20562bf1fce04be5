"""What the backends draw while a run goes on, worked out by hand, and what was degraded."""

import pytest

from emulator import load_profile, load_scenario, simulate
from emulator.energy import Energy, energy_of
from emulator.errors import UserError
from emulator.metrics import Metrics
from emulator.result import RunResult
from emulator.snapshot import Snapshot
from emulator.study.comparison import compare
from tests.emulator.journals import PACE
from tests.emulator.strategies import Dict
from tests.emulator.test_metrics_checkpoint import through_a_file
from tests.emulator.test_metrics_properties import events_of

MS = 1_000_000
LLM: Dict = {"gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 10}}
PROFILE: Dict = {
    "backends": [{"name": "npu", "active_w": 2}, {"name": "gpu", "active_w": 10, "idle_w": "0.5"}],
    "models": {
        "cam": {"npu": {"latency_ms": 5, "active_w": 3}},
        "llm": LLM,
    },
}
CAM: Dict = {"name": "cam", "model": "cam", "period_ms": 20}
CHAT: Dict = {
    "name": "chat",
    "model": "llm",
    "arrivals_ms": [0],
    "prompt_tokens": 20,
    "output_tokens": 5,
}
BIG: Dict = {
    "backends": [{"name": "npu", "active_w": 2}],
    "models": {"big": {"npu": {"latency_ms": 40, "active_w": 4}}, "small": {"npu": 10}},
}
OTHER: Dict = {"name": "other", "model": "small", "period_ms": 200}
FRAMES: Dict = {"name": "frames", "model": "big", "degraded_model": "small", "period_ms": 25}


def ran(profile: Dict, *streams: Dict, policy: str = "edf", duration_s: str = "0.1") -> RunResult:
    """A run without noise."""
    return simulate(profile, {"streams": list(streams)}, policy, duration_s=duration_s, noise=False)


def metrics(profile: Dict, *streams: Dict, effects: str = "energy") -> Metrics:
    """That have seen nothing."""
    scenario = load_scenario({"streams": list(streams)})
    return Metrics(load_profile(profile), scenario, "edf", seed=0, effects=effects)


def view(of: Metrics, now_ns: int) -> Snapshot:
    """The snapshot of an instant."""
    return of.snapshot(now_ns, state="running", speed=1.0, pace=PACE)


def test_power_is_busy_time_times_watts() -> None:
    """The npu draws 3 W a quarter of the time; the gpu 60 ms x 10 W and 40 ms x 0.5 W of 100 ms."""
    of = metrics(PROFILE, CAM, CHAT)
    of.feed(events_of(ran(PROFILE, CAM, CHAT)))
    npu, gpu = view(of, 100 * MS).backends

    assert npu.power_w == pytest.approx(0.75)
    assert gpu.power_w == pytest.approx(6.2)


def test_power_is_that_of_the_last_second() -> None:
    """It fades with the utilization, whoever looked in between, and long after the last slice."""
    looked, unseen = metrics(PROFILE, CAM, CHAT), metrics(PROFILE, CAM, CHAT)
    for of in (looked, unseen):
        of.feed(events_of(ran(PROFILE, CAM, CHAT)))
    for t_ms in (101, 450, 451, 900):
        view(looked, t_ms * MS)

    assert view(looked, 1000 * MS) == view(unseen, 1000 * MS)
    npu, gpu = view(looked, 1000 * MS).backends
    assert npu.power_w == pytest.approx(0.075)
    assert gpu.power_w == pytest.approx(0.6 + 0.5 * 0.94)
    npu, gpu = view(looked, 3_600_000 * MS).backends
    assert npu.power_w == 0
    assert gpu.power_w == pytest.approx(0.5)


def at_the_end() -> tuple[Metrics, RunResult, Energy]:
    """Metrics of the whole example, its result, and the energy that the summary says."""
    result = ran(PROFILE, CAM, CHAT)
    of = metrics(PROFILE, CAM, CHAT)
    of.feed(events_of(result))
    energy = energy_of(result, load_profile(PROFILE))
    assert energy is not None
    return of, result, energy


def test_the_energy_of_a_backend_is_what_the_summary_says() -> None:
    """On screen and in ``run``; the gpu goes on to draw 0.5 W, the npu nothing."""
    of, result, energy = at_the_end()
    npu, gpu = view(of, result.end_ns).backends

    assert {"npu": npu.energy_j, "gpu": gpu.energy_j} == pytest.approx(dict(energy.backends))
    later = view(of, result.end_ns + 10_000 * MS).backends
    assert later[0].energy_j == npu.energy_j
    assert later[1].energy_j == pytest.approx((gpu.energy_j or 0) + 5)


def test_energy_goes_on_after_a_keyframe_that_says_it() -> None:
    """And is not known after one of an older file, which did not."""
    of, same, older = (metrics(PROFILE, CAM, CHAT) for _ in range(3))
    of.feed(events_of(ran(PROFILE, CAM, CHAT)))
    at_ns = 20_000 * MS
    view(of, at_ns)
    same.restore(through_a_file(of.state()))
    now_ns, (*parts, (backends, streams)) = of.state()
    assert {len(each) for each in backends} == {5}
    older.restore((now_ns, (*parts, (tuple(each[:4] for each in backends), streams))))

    assert [each.energy_j for each in view(same, at_ns).backends] == pytest.approx([0.075, 10.57])
    assert view(same, 2 * at_ns) == view(of, 2 * at_ns)
    assert [each.energy_j for each in view(older, 2 * at_ns).backends] == [None, None]
    assert [each.power_w for each in view(older, 2 * at_ns).backends] == [0, 0.5]


def test_tokens_cost_what_the_summary_says() -> None:
    """On screen and in ``run``: 600 mJ over five tokens; a stream without tokens has no figure."""
    of, result, energy = at_the_end()
    cam, chat = view(of, result.end_ns).streams

    assert chat.mj_per_token == pytest.approx(energy.streams["chat"].mj_per_token) == 120
    assert cam.mj_per_token is None


def test_without_the_effect_nothing_is_said() -> None:
    """And a keyframe of such a run is what it was before there was any."""
    of = metrics(PROFILE, CAM, CHAT, effects="")
    of.feed(events_of(ran(PROFILE, CAM, CHAT)))
    seen = view(of, 100 * MS)

    assert {each.power_w for each in seen.backends} == {None}
    assert {each.mj_per_token for each in seen.streams} == {None}
    assert len(of.state()[1]) == len(metrics(PROFILE, CAM, CHAT).state()[1]) - 1


def test_an_unknown_power_stays_unknown() -> None:
    """Of the backend that ran such a slice, from then on; the other is known."""
    profile: Dict = {
        "backends": [{"name": "npu"}, {"name": "gpu", "active_w": 10, "idle_w": "0.5"}],
        "models": {"cam": {"npu": 5}, "llm": LLM},
    }
    of = metrics(profile, CAM, CHAT)
    assert [each.power_w for each in view(of, 0).backends] == [None, None]
    of.feed(events_of(ran(profile, CAM, CHAT)))
    npu, gpu = view(of, 5000 * MS).backends

    assert npu.power_w is None
    assert gpu.power_w == pytest.approx(0.5)


@pytest.mark.parametrize("cut", [0, 1, 7, 20, 40])
def test_power_goes_on_from_a_keyframe(cut: int) -> None:
    """Also when the total since the start is far beyond 64 bits."""
    events = events_of(ran(PROFILE, CAM, CHAT, duration_s="0.3"))
    undisturbed, restored = metrics(PROFILE, CAM, CHAT), metrics(PROFILE, CAM, CHAT)
    undisturbed.feed(events[:cut])
    restored.restore(through_a_file(undisturbed.state()))
    for of in (undisturbed, restored):
        of.feed(events[cut:])
    for t_ms in (300, 900, 1300, 20_000, 10**11):
        assert view(restored, t_ms * MS) == view(undisturbed, t_ms * MS)
    again = metrics(PROFILE, CAM, CHAT)
    again.restore(through_a_file(undisturbed.state()))
    assert view(again, 10**17 + MS) == view(undisturbed, 10**17 + MS)


def test_a_profile_without_power_is_refused() -> None:
    """With what it lacks; and a comparison has nothing to compare."""
    bare: Dict = {"backends": ["npu"], "models": {"cam": {"npu": 5}}}
    with pytest.raises(UserError, match="energy needs active_w of a backend"):
        simulate(bare, {"streams": [CAM]}, "edf", duration_s=1, effects="energy")
    with pytest.raises(UserError, match="energy changes no schedule"):
        compare(PROFILE, {"streams": [CAM]}, ("fcfs", "edf"), (0,), 1, effects="energy")


def test_energy_changes_no_slice() -> None:
    """The journal is the same with it and without."""
    scenario: Dict = {"streams": [CAM, CHAT]}
    one, other = (
        simulate(PROFILE, scenario, "edf", duration_s="0.2", effects=effects)
        for effects in ("", "energy")
    )

    assert events_of(one) == events_of(other)


@pytest.mark.parametrize("policy", ["edf/earliest-finish/degrade/whole", "edf"])
def test_degraded_jobs_are_counted_as_in_the_summary(policy: str) -> None:
    """Each once; None of a stream without a cheaper model; kept by a keyframe in mid-flight."""
    result = ran(BIG, FRAMES, OTHER, policy=policy)
    events = events_of(result)
    of = metrics(BIG, FRAMES, OTHER)
    half = len(events) // 2
    of.feed(events[:half])
    again = metrics(BIG, FRAMES, OTHER)
    again.restore(through_a_file(of.state()))
    for each in (of, again):
        each.feed(events[half:])
    frames, other = view(again, result.end_ns).streams

    assert view(again, result.end_ns) == view(of, result.end_ns)
    assert frames.degraded == result.summary.streams["frames"].degraded
    assert (frames.degraded or 0) > 0 if "degrade" in policy else frames.degraded == 0
    assert other.degraded is None


def test_a_degraded_job_draws_what_its_cheaper_model_draws() -> None:
    """2 W and not 4 W: every frame is too large for its 25 ms."""
    result = ran(BIG, FRAMES, policy="edf/earliest-finish/degrade/whole")
    of = metrics(BIG, FRAMES)
    of.feed(events_of(result))
    (npu,) = view(of, 100 * MS).backends

    assert result.summary.streams["frames"].degraded == result.summary.streams["frames"].released
    assert npu.power_w == pytest.approx(2 * npu.busy_last_second)
