"""A stream that is changed while it runs: no job is lost, repeated, or judged by later rules."""

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.catalog import load_scenario
from emulator.commands import ChangeStream, Command, StartStream, StopStream
from emulator.errors import ScenarioError
from emulator.journal import COMPLETED, DROPPED, RELEASED, STREAM_CHANGED, Event
from emulator.schema.stream import Stream
from emulator.session.inputs import from_plain, to_plain
from emulator.session.journalled import JournalInputs
from tests.emulator.audit import audited
from tests.emulator.strategies import MS, Case, Dict, cases, examples, load_streams
from tests.emulator.test_engine_properties import CAM, CHAT, NPC, PROFILE, SMALL, packed

PERIODS = [1, "10/3", 7, 10, 25]
TWO_STAGES = cast("list[Dict]", NPC["stages"])[:2]
DEADLINES = [None, "none", 3, "20/3", 40]


def changed(stream: Dict, **keys: object) -> ChangeStream:
    """A stream with other keys; None takes one away."""
    merged = {**stream, **keys}
    (spec,) = load_streams({key: value for key, value in merged.items() if value is not None})
    return ChangeStream(spec.name, spec)


def journal(case: Case, *commands: tuple[int, Command]) -> list[Event]:
    """The audited journal of a case with these commands."""
    commanded = replace(case, commands=commands)
    events = commanded.journal()
    audited(commanded, events)
    return events


def releases(events: list[Event], stream: int = 0) -> list[tuple[object, object, object]]:
    """Instant in ms, number and deadline (in ms from there) of the jobs of a stream."""
    return [
        (t_ns / MS, job, None if deadline_ns is None else (deadline_ns - t_ns) / MS)  # type: ignore[operator]
        for kind, t_ns, index, job, *rest in (event for event in events if event[0] == RELEASED)
        if index == stream
        for deadline_ns in rest[:1]
    ]


def alone(stream: Dict) -> Case:
    """40 ms of one stream."""
    return Case(PROFILE, {"streams": [stream]}, "edf", duration_ms=40)


@st.composite
def changes(draw: st.DrawFn, case: Case) -> tuple[tuple[int, Command], ...]:
    """Commands of a case, and changes of some of its streams at any instants."""
    found: list[tuple[int, Command]] = list(case.commands)
    for spec in load_scenario(case.scenario).streams:
        for t_ns in draw(st.lists(st.integers(0, 60 * MS), max_size=3)):
            change = ChangeStream(spec.name, draw(other(spec.to_dict())))
            found.append((t_ns, change))
    return tuple(sorted(found, key=lambda each: each[0]))


@st.composite
def other(draw: st.DrawFn, stream: Dict) -> Stream:
    """The stream with another period, deadline and token counts, or some of them."""
    table = dict(stream)
    if draw(st.booleans()):
        for key in ("rate_hz", "period_ms", "arrival", "arrivals_ms", "deadlines_ms", "phase_ms"):
            table.pop(key, None)
        ways: list[Dict] = [{"period_ms": draw(st.sampled_from(PERIODS))}]
        ways += [{"arrival": {"process": "poisson", "mean_interval_s": "0.004"}}]
        ways += [{"arrival": {"process": "closed-loop", "think_s": "0.003"}}]
        table |= draw(st.sampled_from(ways))
    if "deadlines_ms" not in table:
        deadline = draw(st.sampled_from(DEADLINES))
        table.pop("deadline_ms", None)
        table |= {} if deadline is None else {"deadline_ms": deadline}
    for stage in cast("list[Dict]", table["stages"]):
        if "prompt_tokens" in stage:
            stage |= {"prompt_tokens": draw(st.integers(1, 9)), "output_tokens": [2, 3]}
    return load_streams(table)[0]


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_a_change_at_any_instant_loses_and_repeats_no_job(data: st.DataObject) -> None:
    """Every run with changes keeps all rules; each job is released once and ends at most once."""
    case = data.draw(cases())
    events = journal(case, *data.draw(changes(case)))
    released = [event[2:4] for event in events if event[0] == RELEASED]
    ended = [event[2:4] for event in events if event[0] in {COMPLETED, DROPPED}]
    assert len(set(released)) == len(released)
    assert len(set(ended)) == len(ended)
    assert set(ended) <= set(released)


@settings(max_examples=examples(40), deadline=None)
@given(st.data())
def test_the_journal_of_a_changed_run_can_be_made_again(data: st.DataObject) -> None:
    """From the commands that stand in it, byte for byte; these survive being written to a file."""
    case = data.draw(cases(commanded=False))
    commanded = replace(case, commands=data.draw(changes(case)))
    events = commanded.journal()
    names = [stream.name for stream in load_scenario(case.scenario).streams]
    found = [from_plain(to_plain(*each)) for each in JournalInputs(names).feed(events)]
    assert packed(replace(case, commands=tuple(found)).journal()) == packed(events)


def test_another_period_counts_from_the_last_release() -> None:
    """Sooner or later, but never before now; deadlines of released jobs stay as they were."""
    slower = journal(alone(CAM), (13 * MS, changed(CAM, period_ms=15)))
    faster = journal(alone(CAM), (13 * MS, changed(CAM, period_ms=5)))
    overdue = journal(alone(CAM), (18 * MS, changed(CAM, period_ms=6)))
    assert releases(slower) == [(0, 0, 10), (10, 1, 10), (25, 2, 15)]
    assert [each[0] for each in releases(faster)] == [0, 10, 15, 20, 25, 30, 35]
    assert [each[0] for each in releases(overdue)] == [0, 10, 18, 24, 30, 36]
    assert [each[1] for each in releases(overdue)] == [0, 1, 2, 3, 4, 5]


def test_another_deadline_moves_no_release() -> None:
    """From the next job on; one that waits keeps its own."""
    events = journal(alone(CAM), (13 * MS, changed(CAM, deadline_ms=7)))
    assert releases(events) == [(0, 0, 10), (10, 1, 10), (20, 2, 7), (30, 3, 7)]


def test_draws_of_other_lengths_stay_those_of_the_job() -> None:
    """A job draws the same numbers however often its stream was changed before, and back."""
    case = alone({**CHAT, "arrivals_ms": [0, 10, 20, 30]})
    spec = {**CHAT, "arrivals_ms": [0, 10, 20, 30]}
    before = [event[5] for event in journal(case) if event[0] == RELEASED]
    there = (5 * MS, changed(spec, output_tokens=1))
    back = (15 * MS, changed(spec))
    after = [event[5] for event in journal(case, there, back) if event[0] == RELEASED]
    assert after[1] == ((8, 1),)
    assert [after[0], *after[2:]] == [before[0], *before[2:]]


def test_a_closed_loop_thinks_as_long_as_it_is_told_now() -> None:
    """Its open job brings the next one after the new think time; one that thinks waits on."""
    loop: Dict = {
        "name": "loop",
        "model": "tts",
        "arrival": {"process": "closed-loop", "think_s": ".01"},
    }
    longer: Dict = {"arrival": {"process": "closed-loop", "think_s": ".02"}}
    thinking = journal(alone(loop), (5 * MS, changed(loop, **longer)))
    running = journal(alone(loop), (1 * MS, changed(loop, **longer)))
    assert [each[0] for each in releases(thinking)] == [0, 22]
    assert [each[0] for each in releases(running)] == [0, 22]


def test_another_way_of_releasing_begins_now() -> None:
    """A periodic stream that becomes a closed loop releases at once; its numbers go on."""
    loop = changed(CAM, period_ms=None, arrival={"process": "closed-loop", "think_s": "0.03"})
    events = journal(alone(CAM), (13 * MS, loop))
    assert [each[:2] for each in releases(events)] == [(0, 0), (10, 1), (13, 2)]


def test_a_stopped_stream_is_changed_for_when_it_starts() -> None:
    """Nothing is released until then."""
    events = journal(
        alone(CAM),
        (5 * MS, StopStream("cam")),
        (7 * MS, changed(CAM, period_ms=4)),
        (30 * MS, StartStream("cam")),
    )
    assert [each[:2] for each in releases(events)] == [(0, 0), (30, 1), (34, 2), (38, 3)]


def test_a_stream_that_has_not_begun_begins_when_it_now_should() -> None:
    """Its start counts from when it was added."""
    late = {**CAM, "start_s": "0.02"}
    sooner = journal(alone(late), (5 * MS, changed(late, start_s="0.01")))
    later = journal(alone(late), (5 * MS, changed(late, start_s="0.03")))
    assert [each[0] for each in releases(sooner)] == [10, 20, 30]
    assert [each[0] for each in releases(later)] == [30]


@pytest.mark.parametrize("policy", ["fcfs", "edf", "llf", "hybrid", "rm/fastest-idle/skip/whole"])
def test_nothing_is_lost_whenever_a_stream_is_changed(policy: str) -> None:
    """At any instant of a run, or 1 ns after one."""
    case = replace(SMALL, policy=policy)
    instants = sorted({cast("int", event[1]) for event in case.journal()})
    for t_ns in instants[::3]:
        for at_ns in (t_ns, t_ns + 1):
            events = journal(
                case,
                (at_ns, changed(CAM, period_ms=4, deadline_ms=5)),
                (at_ns, changed(NPC, deadline_ms=20)),
                (at_ns + 3 * MS, changed(CHAT, output_tokens=3, prompt_tokens=2)),
            )
            assert sum(event[0] == STREAM_CHANGED for event in events) == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (ChangeStream("nobody", changed(CAM).spec), "no stream is called 'nobody'"),
        (changed(CAM, model="asr"), "stream 'cam': model: a stream that runs keeps it"),
        (ChangeStream("chat", changed(CAM).spec), "stream 'chat': name: it cannot become 'cam'"),
        (changed({**NPC, "stages": TWO_STAGES}), "a stream that runs keeps its stages"),
        (changed(CAM, on=["gpu"]), "stream 'cam': on: a stream that runs keeps it"),
    ],
)
def test_what_cannot_be_changed_is_said(change: ChangeStream, told: str) -> None:
    """Name and stages stay; the run goes on as it was."""
    engine = SMALL.engine()
    with pytest.raises(ScenarioError) as caught:
        engine.apply(change, 0)
    assert told in str(caught.value)
