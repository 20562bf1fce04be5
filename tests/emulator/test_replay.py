"""A replay shows at any instant what the live run showed then."""

import random
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emulator.errors import UserError
from emulator.protocol import Message
from emulator.serving.replay import Replay
from emulator.session import SessionReader
from emulator.session.timeline import MAX_SPANS, TimelineSpan, timeline_spans
from tests.emulator.paced_fakes import MS
from tests.emulator.recorded_runs import (
    SCENARIO,
    SECOND,
    START,
    LiveCore,
    compared,
    last_of_each_instant,
    recorded,
    replayed,
    seen_at,
)
from tests.emulator.strategies import examples

NUMBERS = count()
ADD: Message = {"t": "add-stream", "scenario": SCENARIO, "stream": "cam"}
ACTS: list[Message] = [
    {"t": "swap", "policy": "fcfs"},
    {"t": "swap", "policy": "llf"},
    {"t": "swap", "policy": "sjf/fastest-idle/drop-late/chunk-32"},
    {"t": "stop-stream", "stream": "cam"},
    {"t": "start-stream", "stream": "cam"},
    {"t": "stop-stream", "stream": "talk"},
    {"t": "start-stream", "stream": "talk"},
    {"t": "marker", "text": "here"},
    {"t": "speed", "speed": 0.3},
    {"t": "speed", "speed": 7.0},
    {"t": "pause"},
    {"t": "step"},
    {"t": "resume"},
    ADD,
]


@given(
    st.lists(st.tuples(st.integers(0, 900 * MS), st.sampled_from(ACTS)), max_size=10),
    st.integers(0, 3),
    st.integers(0, 1000),
)
@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([(66_666_667, {"t": "speed", "speed": 0.3}), (0, {"t": "swap", "policy": "fcfs"})], 0, 0)
def test_any_run_replays_to_what_was_seen(
    tmp_path: Path, acts: list[tuple[int, Message]], begun: int, seed: int
) -> None:
    """Under any commands, recorded from its start or from the middle on, in any order of seeks."""
    path = tmp_path / f"{next(NUMBERS)}.rtgen"
    live = LiveCore()
    live.say({**START, "paused": True})
    last: tuple[int, Message] = (300 * MS, {"t": "resume"})
    for number, (wait_ns, act) in enumerate([*acts, last]):
        if number == begun or number == len(acts):
            live.say({"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0})
        live.say({"t": "resume"})
        live.run_for(wait_ns)
        live.say(act)
    live.run_for(SECOND)
    live.close()
    with SessionReader(path) as reader:
        assert reader.clean
        begins_ns = reader.header.begins_ns
    seen = {t: s for t, s in last_of_each_instant(live.snapshots).items() if t > begins_ns}
    instants = list(seen)
    random.Random(seed).shuffle(instants)  # noqa: S311 - seeded
    with closing(replayed(path)) as replay:
        for t_ns in instants:
            assert seen_at(replay, t_ns) == seen[t_ns]


@pytest.mark.parametrize("name", ["call-and-game", "xr-ar-gaming"])
def test_a_bundled_scenario_replays_to_what_was_seen(name: str, tmp_path: Path) -> None:
    """With swaps and keyframes in it; played through as well as sought."""
    path = tmp_path / "a.rtgen"
    live = LiveCore()
    live.say({"t": "start", "profile": "", "scenario": name, "policy": "edf", "speed": 4.0})
    live.say({"t": "record", "path": str(path)})
    for policy in ("llf", "fcfs", "hybrid"):
        live.run_for(900 * MS)
        live.say({"t": "swap", "policy": policy}, {"t": "marker", "text": f"now {policy}"})
    live.run_for(SECOND)
    live.close()
    seen = last_of_each_instant(live.snapshots)
    with closing(replayed(path)) as replay:
        rng = random.Random(5)  # noqa: S311 - seeded
        for t_ns in rng.sample(sorted(seen), 12):
            assert seen_at(replay, t_ns) == seen[t_ns]
        played = LiveCore()
        played.say({"t": "replay", "path": str(path), "speed": 3.0})
        played.run_for(2 * SECOND)
        played.close()
        for snapshot in played.snapshots[::7]:
            assert compared(snapshot) == seen_at(replay, snapshot.t_ns)
    with SessionReader(path) as reader:
        assert len(reader.keyframes) >= 3


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed recording of 4 s."""
    path = tmp_path_factory.mktemp("sessions") / "a.rtgen"
    recorded(path)
    return path


@pytest.fixture
def replay(session: Path) -> Iterator[Replay]:
    """Paused at its start."""
    with closing(replayed(session)) as opened:
        yield opened


def test_steps_back_undo_steps(replay: Replay) -> None:
    """From event instant to event instant and back the same pictures come."""
    replay.seek(SECOND)
    shown = []
    for _ in range(30):
        shown.append(compared(replay.snapshot()))
        replay.step()
    for expected in reversed(shown[1:]):
        replay.step_back()
        assert compared(replay.snapshot()) == expected
    assert replay.state == "paused"


def test_a_step_back_at_the_start_stays_there(replay: Replay) -> None:
    """There is nothing before it."""
    replay.step_back()
    assert replay.snapshot().t_ns == 0


def test_seeks_are_kept_within_the_session(replay: Replay) -> None:
    """Before the start is the start, beyond the end is the end."""
    replay.seek(-5)
    assert replay.snapshot().t_ns == 0
    replay.seek(10**15)
    snapshot = replay.snapshot()
    assert (snapshot.t_ns, snapshot.state) == (replay.status.t_end_ns, "ended")
    replay.seek(SECOND)
    assert replay.snapshot().state == "paused"


def test_incidents_are_found_both_ways(replay: Replay) -> None:
    """Forwards all misses, drops, swaps and marks, backwards the same ones."""
    forwards = incidents(replay, 1)
    backwards = incidents(replay, -1)
    events = list(replay.reader.events())
    expected = sorted(
        {
            int(str(event[1]))
            for event in events
            if event[0] in {"dropped", "policy", "marker"}
            or (event[0] == "completed" and event[4] == "late")
        }
    )
    assert len(expected) > 10
    assert forwards == expected
    assert backwards[::-1] == expected[: len(backwards)] == expected[:-1]


def incidents(replay: Replay, direction: int) -> list[int]:
    """All there are, until there is no other."""
    found: list[int] = []
    while True:
        try:
            replay.incident(direction)
        except UserError:
            return found
        found.append(replay.snapshot().t_ns)


def test_the_end_pauses_and_play_goes_on_from_a_seek(session: Path) -> None:
    """At the end of the tape it says ended, and after a seek back it plays again."""
    core = LiveCore()
    core.say({"t": "replay", "path": str(session), "speed": 16.0})
    core.run_for(SECOND)
    assert core.snapshots[-1].state == "ended"
    core.say({"t": "seek", "t_ns": SECOND})
    assert core.snapshots[-1].state == "running"
    core.run_for(140 * MS)
    assert core.snapshots[-1].t_ns > 2 * SECOND
    core.close()


def test_max_speed_waits_for_nothing(session: Path) -> None:
    """At speed 0 the end is reached without any wall time."""
    core = LiveCore()
    core.say({"t": "replay", "path": str(session), "speed": 0.0})
    core.run_for(40 * MS)
    assert core.snapshots[-1].state == "ended"
    assert core.snapshots[-1].speed == 0
    core.close()


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"t": "swap", "policy": "edf"}, "swap: a recorded session cannot be changed"),
        ({"t": "record", "path": ""}, "record: a recorded session cannot be changed"),
        ({"t": "marker", "text": "x"}, "marker: a recorded session cannot be changed"),
        ({"t": "speed", "speed": 0.05}, "speed: 0.05 is outside 0.1 to 100"),
        ({"t": "incident", "direction": 2}, "incident: 'direction' must be 1 or -1"),
        ({"t": "seek", "t_ns": "later"}, "seek: 't_ns' must be a whole number"),
        ({"t": "follow", "on": True}, "follow: this session was closed"),
        ({"t": "replay", "path": "/nowhere/x.rtgen"}, "session /nowhere/x.rtgen cannot be read"),
    ],
)
def test_what_a_replay_refuses(message: Message, sentence: str, session: Path) -> None:
    """One sentence, and the replay goes on."""
    core = LiveCore()
    core.say({"t": "replay", "path": str(session)}, message)
    (error,) = core.errors
    assert sentence in error
    core.run_for(SECOND)
    assert core.snapshots[-1].t_ns > 800 * MS
    core.close()


@pytest.mark.parametrize("kind", ["seek", "step-back", "incident", "follow"])
def test_a_live_run_cannot_be_moved_in(kind: str) -> None:
    """One sentence says why."""
    live = LiveCore()
    live.say(START, {"t": kind})
    assert live.errors == [
        f"{kind}: only a recorded session can be moved in; this run goes on as it comes"
    ]


def test_the_timeline_adds_up(session: Path) -> None:
    """Its spans hold all misses, swaps and marks of the file, and the mark has its text."""
    core = LiveCore()
    core.say({"t": "replay", "path": str(session), "paused": True})
    (timeline,) = core.frames("timeline")
    kinds = [str(frame["t"]) for frame in core.sent]
    assert kinds.index("timeline") < kinds.index("snapshot")
    with SessionReader(session) as reader:
        spans = reader.spans
    told = cast("list[TimelineSpan]", timeline["spans"])
    assert (told[0].t_begin_ns, told[-1].t_end_ns) == (0, spans[-1].t_end_ns)
    assert sum(each.misses for each in told) == sum(each.misses for each in spans) > 0
    assert (sum(each.swaps for each in told), sum(each.marks for each in told)) == (1, 1)
    ((t_ns, text),) = cast("list[tuple[int, str]]", timeline["marks"])
    assert (abs(t_ns - 2 * SECOND) < 10, text) == (True, "half time")
    assert timeline["problems"] == ()
    core.close()


def test_a_long_timeline_is_merged(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbors are counted together, and nothing is lost."""
    every = timeline_spans(replay.reader)
    assert len(every) == len([each for each in replay.reader.spans if each.events]) <= MAX_SPANS
    monkeypatch.setattr("emulator.session.timeline.MAX_SPANS", 4)
    merged = timeline_spans(replay.reader)
    assert len(merged) <= 4
    assert [each.t_begin_ns for each in merged[1:]] == [each.t_end_ns for each in merged[:-1]]
    assert (merged[0].t_begin_ns, merged[-1].t_end_ns) == (0, every[-1].t_end_ns)
    assert sum(each.misses for each in merged) == sum(each.misses for each in every)


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    """The replay stays at its end while it grows, and ends with it."""
    path = tmp_path / "a.rtgen"
    live, core = LiveCore(), LiveCore()
    live.say({**START, "paused": True}, {"t": "record", "path": str(path)}, {"t": "resume"})
    live.run_for(SECOND)
    core.say({"t": "replay", "path": str(path)}, {"t": "follow", "on": True})
    for _ in range(6):
        live.run_for(SECOND)
        core.run_for(SECOND)
        assert (core.tape.growing, core.tape.follows) == (True, True)
        assert live.snapshots[-1].t_ns - core.tape.t_end_ns < SECOND
        assert core.snapshots[-1].t_ns == core.tape.t_end_ns
        assert core.snapshots[-1].state == "running"
    assert len(core.frames("timeline")) >= 5
    live.close()
    core.run_for(SECOND)
    assert (core.tape.growing, core.tape.follows) == (False, False)
    assert core.snapshots[-1].state == "ended"
    core.close()
