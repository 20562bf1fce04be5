"""A backend goes down in mid-run: nothing is lost or counted twice, and the run goes on."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.catalog import load_profile, load_scenario
from emulator.commands import AddStreams, BackendDown, Command
from emulator.engine import Engine
from emulator.errors import UserError
from emulator.job_result import JobResult
from emulator.journal import BACKEND_DOWN, DROPPED, FINISHED, RELEASED, STARTED, Event
from emulator.metrics import Metrics
from emulator.result import ResultBuilder
from emulator.session import SessionReader
from emulator.session.job_stream import JobStream
from emulator.session.origin import Origin
from emulator.session.run_inputs import run_inputs
from emulator.session.verify import verify
from emulator.session.virtual_recording import VirtualRecording
from emulator.snapshot import Pace
from tests.emulator.audit import audited
from tests.emulator.strategies import FOREVER_NS, MS, Case, Dict, cases, examples, load_streams

PACE = Pace(0.0, 0.0, 0.0, 1.0, keeps_pace=True)
LLM = {"prefill_ms": {"per_token": 1}, "decode_ms": 2}
CHAT: Dict = {
    "name": "chat",
    "model": "llm",
    "arrivals_ms": [0],
    "prompt_tokens": 4,
    "output_tokens": 3,
}


def run(profile: Dict, streams: list[Dict], *commands: tuple[int, Command], policy: str) -> Case:
    """A second without noise, with these commands."""
    scenario: Dict = {"streams": streams}
    return Case(profile, scenario, policy, commands, duration_ms=1000)


def result(case: Case, events: list[Event]) -> tuple[JobResult, ...]:
    """The jobs of a journal."""
    builder = ResultBuilder(load_profile(case.profile), load_scenario(case.scenario))
    builder.feed(events)
    end_ns = events[-1][1]
    assert isinstance(end_ns, int)
    made = builder.result(end_ns)
    assert all((share or 0) <= 1 for share in made.summary.utilization.values())
    return made.jobs


@settings(max_examples=examples(20), deadline=None)
@given(cases(), st.lists(st.tuples(st.integers(0, 80 * MS), st.integers(0, 2)), max_size=3))
def test_whatever_goes_down_no_job_is_lost_or_ends_twice(
    case: Case, outages: list[tuple[int, int]]
) -> None:
    """Every job ends once under every rule of a run, and metrics and results can read it."""
    profile = load_profile(case.profile)
    known = [each for each in outages if each[1] < len(profile.backends)]
    commands = [*case.commands, *((t_ns, BackendDown(index, "gone")) for t_ns, index in known)]
    broken = replace(case, commands=())
    engine = broken.engine()
    for t_ns, command in sorted(commands, key=lambda each: each[0]):
        engine.advance(t_ns - 1)
        # Streams that need what is down are refused, and commands for them with them.
        with suppress(UserError):
            engine.apply(command, t_ns)
    engine.advance(FOREVER_NS)
    events = engine.drain()
    audited(broken, events)
    assert engine.open_jobs == 0
    metrics = Metrics(profile, load_scenario(case.scenario), case.policy, seed=0)
    metrics.feed(events)
    again = Metrics(profile, load_scenario(case.scenario), case.policy, seed=0)
    again.restore(metrics.state())
    views = [
        each.snapshot(engine.now_ns, state="ended", speed=1.0, pace=PACE).backends
        for each in (metrics, again)
    ]
    assert views[0] == views[1]
    assert [bool(each.down) for each in views[0]] == [
        index in {each for _, each in known} for index in range(len(profile.backends))
    ]
    if events:
        released = sum(event[0] == RELEASED for event in events)
        assert len(result(broken, events)) == released


def test_a_slice_that_ran_there_starts_over_elsewhere() -> None:
    """The npu goes down at 2 of 6 ms: the gpu runs the whole inference, 2 to 11."""
    profile: Dict = {"backends": ["npu", "gpu"], "models": {"m": {"npu": 6, "gpu": 9}}}
    cam: Dict = {"name": "cam", "model": "m", "arrivals_ms": [0]}
    case = run(profile, [cam], (2 * MS, BackendDown(0, "dead")), policy="edf")
    events = case.journal()
    (job,) = result(case, events)
    assert (job.outcome, job.finish_ns) == ("met", 11 * MS)
    assert [(each.backend, each.start_ns, each.end_ns) for each in job.stages[0].slices] == [
        ("npu", 0, 2 * MS),
        ("gpu", 2 * MS, 11 * MS),
    ]


@pytest.mark.parametrize("policy", ["fcfs", "static", "edf", "llf", "hybrid", "prema", "sarathi"])
def test_what_can_run_nowhere_is_dropped_once_a_release(policy: str) -> None:
    """Jobs that need the dead backend are dropped with the reason, the others run as before."""
    profile: Dict = {"backends": ["npu", "gpu"], "models": {"m": {"npu": 2}, "n": {"gpu": 2}}}
    streams: list[Dict] = [
        {"name": "on-npu", "model": "m", "rate_hz": 100},
        {"name": "on-gpu", "model": "n", "rate_hz": 100},
    ]
    case = run(profile, streams, (501 * MS, BackendDown(0, "dead")), policy=policy)
    events = case.journal()
    audited(case, events)
    dropped = [event for event in events if event[0] == DROPPED]
    assert {event[4] for event in dropped} == {"backend-down"}
    assert {event[5] for event in dropped} == {"hopeless"}
    assert len(dropped) == 50
    met = [job for job in result(case, events) if job.outcome == "met"]
    assert len(met) == 150


def test_a_prefill_without_tokens_starts_over_and_an_answer_with_tokens_is_dropped() -> None:
    """At 3 ms the prompt is being read and is read anew; at 5 ms a token was said already."""
    profile: Dict = {"backends": ["npu", "gpu"], "models": {"llm": {"npu": LLM, "gpu": LLM}}}
    policy = "fcfs/first-idle/keep/chunk-2"
    early = run(profile, [CHAT], (3 * MS, BackendDown(0, "dead")), policy=policy)
    (job,) = result(early, early.journal())
    assert (job.outcome, job.finish_ns) == ("met", (3 + 4 + 2 * 2) * MS)
    late = run(profile, [CHAT], (5 * MS, BackendDown(0, "dead")), policy=policy)
    (job,) = result(late, late.journal())
    assert (job.outcome, job.reason) == ("dropped", "backend-down")


def test_a_closed_loop_without_a_backend_asks_no_more() -> None:
    """A drop at once would bring the next job a think time later, for ever."""
    profile: Dict = {"backends": ["npu"], "models": {"m": {"npu": 6}}}
    loop: Dict = {
        "name": "loop",
        "model": "m",
        "arrival": {"process": "closed-loop", "think_s": 0.001},
    }
    case = run(profile, [loop], (20 * MS, BackendDown(0, "dead")), policy="fcfs")
    events = case.journal()
    kinds = [event[0] for event in events]
    assert kinds.count(DROPPED) == 1
    assert kinds[-1] == DROPPED


def test_a_second_outage_of_a_backend_says_nothing() -> None:
    """It is down already: the journal holds one event."""
    profile: Dict = {"backends": ["npu", "gpu"], "models": {"m": {"npu": 6, "gpu": 9}}}
    cam: Dict = {"name": "cam", "model": "m", "rate_hz": 10}
    down = BackendDown(0, "dead")
    events = run(profile, [cam], (5, down), (9, down), policy="edf").journal()
    assert [event[1] for event in events if event[0] == BACKEND_DOWN] == [5]
    assert {event[5] for event in events if event[0] in {STARTED, FINISHED}} == {0, 1}


def test_what_cannot_be_is_refused() -> None:
    """A backend that is none, and a stream that only the dead backend could run."""
    profile: Dict = {"backends": ["npu", "gpu"], "models": {"m": {"npu": 6}, "n": {"gpu": 2}}}
    cam: Dict = {"name": "cam", "model": "n", "rate_hz": 10}
    engine = Engine(load_profile(profile), load_scenario({"streams": [cam]}), "fcfs")
    with pytest.raises(UserError, match="no backend 2"):
        engine.apply(BackendDown(2, "dead"), 0)
    engine.apply(BackendDown(0, "dead"), 0)
    engine.advance(0)
    added = load_streams({"name": "blur", "model": "m", "rate_hz": 10})
    with pytest.raises(UserError, match="'blur' can run only on what is down"):
        engine.apply(AddStreams(added), 1)


def test_a_recorded_outage_is_verified_and_its_jobs_are_whole(tmp_path: Path) -> None:
    """The run again is told of it; the slice that was lost counts in the job of the file."""
    profile: Dict = {"backends": ["npu", "gpu"], "models": {"m": {"npu": 6, "gpu": 9}}}
    cam: Dict = {"name": "cam", "model": "m", "arrivals_ms": [0]}
    case = run(profile, [cam], (2 * MS, BackendDown(0, "dead")), policy="edf")
    scenario = load_scenario(case.scenario)
    origin = Origin(load_profile(profile), scenario, "edf", noise=False, duration_ns=1000 * MS)
    path = tmp_path / "outage.rtgen"
    with VirtualRecording(path, origin) as recording:
        recording.take(case.journal(), 11 * MS)
        recording.close(11 * MS)
    with SessionReader(path, scan=True) as reader:
        found = verify(reader)
        assert (found.difference, found.commands) == (None, 1)
        stream = JobStream(run_inputs(reader.header, str(path)))
        (ended,) = [each for _, events in reader.numbered() for each in stream.feed(events)]
    assert [each.backend for each in ended.job.stages[0].slices] == ["npu", "gpu"]
