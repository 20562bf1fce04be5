"""Effects by name: checked, compared, recorded, and given again to whoever makes the run again."""

from pathlib import Path

import pytest

from emulator import load_profile, load_scenario, simulate
from emulator.effects import Effects, parse_effects
from emulator.errors import UserError
from emulator.serving.replay import metrics_of
from emulator.session import SessionReader
from emulator.session.origin import Origin
from emulator.session.verify import verify
from emulator.session.virtual_recording import VirtualRecording
from emulator.study.comparison import compare
from emulator.study.counterfactual import AS_IT_WAS, CounterfactualRequest, counterfactual
from tests.emulator.recorded_runs import NO_PACE, LiveCore
from tests.emulator.strategies import Dict

SECOND = 10**9
PROFILE: Dict = {
    "name": "soc",
    "memory": {"usable_gb_s": 60},
    "backends": [{"name": "npu", "interference": "1.5"}, "gpu"],
    "models": {
        "blur": {"npu": {"latency_ms": 10, "traffic_mb": 600}},
        "render": {"gpu": {"latency_ms": 12, "traffic_mb": 700}},
    },
}
SCENARIO: Dict = {
    "streams": [
        {"name": "cam", "model": "blur", "period_ms": 25, "deadline_ms": 16},
        {"name": "game", "model": "render", "period_ms": 20},
    ]
}


def test_names_become_effects_and_names_again() -> None:
    """Spaces and repeats do not matter; nothing is no effect."""
    assert parse_effects("") == Effects()
    assert parse_effects(" contention , contention") == Effects(contention=True)
    assert str(parse_effects("contention,")) == "contention"
    assert str(Effects()) == ""
    with pytest.raises(UserError, match="'heat' is no effect; there is contention"):
        parse_effects("contention,heat")


def test_a_comparison_says_what_an_effect_changes() -> None:
    """Off is the comparison's own figure, on that of runs with the effect; both on the same jobs.

    The law meets every deadline; on the crowded memory cam's 10 ms become 20 beside a frame.
    """
    found = compare(PROFILE, SCENARIO, ("fcfs", "edf"), (0, 1), 2, effects="contention")
    assert [(each.effect, each.policy) for each in found.effects] == [
        ("contention", "fcfs"),
        ("contention", "edf"),
    ]
    for figures, each in zip(found.policies, found.effects, strict=True):
        runs = [
            simulate(PROFILE, SCENARIO, each.policy, duration_s=2, seed=seed, effects="contention")
            for seed in (0, 1)
        ]
        rates = [run.summary.overall.violation_rate for run in runs]
        assert each.off == figures.paired_violation_rate == 0
        assert each.on == sum(rate or 0 for rate in rates) / 2 > 0
        assert each.difference is not None
        assert each.difference.mean == each.on
    assert compare(PROFILE, SCENARIO, ("fcfs", "edf"), (0,), 1).effects == ()


def test_a_profile_that_lacks_what_it_takes_is_named_before_anything_runs() -> None:
    """Contention needs the speed of the memory."""
    bare = {**PROFILE, "memory": {}}
    with pytest.raises(UserError, match=r"needs usable_gb_s .* profile 'soc'"):
        compare(bare, SCENARIO, ("fcfs", "edf"), (0,), 1, effects="contention")


def test_a_recording_is_verified_with_its_effects(tmp_path: Path) -> None:
    """The header names them; without them the run again is another one."""
    path = tmp_path / "a.rtgen"
    run = Origin(
        profile=load_profile(PROFILE),
        scenario=load_scenario(SCENARIO),
        policy="edf",
        seed=0,
        noise=True,
        duration_ns=SECOND,
        effects="contention",
    )
    with VirtualRecording(path, run) as recording:
        made = simulate(
            PROFILE,
            SCENARIO,
            "edf",
            duration_s=1,
            effects="contention",
            on_events=recording.take,
        )
        recording.close(made.end_ns)
    with SessionReader(path, scan=True) as reader:
        assert reader.header.effects == "contention"
        assert verify(reader).difference is None
    assert made.journal != simulate(PROFILE, SCENARIO, "edf", duration_s=1).journal


def test_the_core_runs_with_the_effects_of_its_start(tmp_path: Path) -> None:
    """A paced run, recorded from the screen, is the virtual one, effects and all."""
    path = tmp_path / "live.rtgen"
    core = LiveCore()
    core.say(
        {
            "t": "start",
            "profile": PROFILE,
            "scenario": SCENARIO,
            "policy": "edf",
            "effects": "contention",
        },
        {"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0},
    )
    core.run_for(SECOND)
    core.close()
    virtual = simulate(PROFILE, SCENARIO, "edf", duration_s=2, effects="contention").journal
    assert virtual is not None
    with SessionReader(path, scan=True) as reader:
        assert reader.header.effects == "contention"
        events = [event for _, chunk in reader.numbered() for event in chunk]
        assert verify(reader).difference is None
        replayed = metrics_of(reader).snapshot(0, state="paused", speed=0.0, pace=NO_PACE)
    assert replayed.scenario == core.snapshots[-1].scenario == "unnamed with contention"
    assert len(events) > 100
    assert tuple(events) == virtual[: len(events)]


def test_an_effect_that_does_not_exist_is_refused_by_the_core() -> None:
    """The client gets a sentence."""
    core = LiveCore()
    core.say(
        {"t": "start", "profile": PROFILE, "scenario": SCENARIO, "policy": "edf", "effects": "heat"}
    )
    errors = [frame["message"] for frame in core.frames("error")]
    assert errors == ["effects: 'heat' is no effect; there is contention, batching, energy"]


def test_the_counterfactual_has_the_effects_of_its_run() -> None:
    """What a policy would have made of it: with the memory as crowded as it was."""
    profile, scenario = load_profile(PROFILE), load_scenario(SCENARIO)
    origin = Origin(profile, scenario, "edf", effects="contention")
    request = CounterfactualRequest(origin, (), 2 * SECOND, (AS_IT_WAS, "fcfs"))
    plain = CounterfactualRequest(Origin(profile, scenario, "edf"), (), 2 * SECOND, ("fcfs",))
    with_it = {each.policy: each.missed for each in counterfactual(request)}
    assert with_it[AS_IT_WAS] > 0
    assert with_it["fcfs"] > 0
    assert [each.missed for each in counterfactual(plain)] == [0]
