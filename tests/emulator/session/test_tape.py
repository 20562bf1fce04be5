"""Playing damaged, torn and hostile sessions: what is there is shown, and what is wrong is said."""

import random
import shutil
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from emulator.errors import UserError
from emulator.session import SessionReader, SessionWriter
from emulator.session import tape as tape_module
from emulator.session.format import EVENTS, KEYFRAME
from emulator.session.instants import incident_after
from emulator.session.stretches import Stretch, stretches_of
from emulator.snapshot import Snapshot
from tests.emulator.paced_fakes import MS, S
from tests.emulator.recorded_runs import (
    SECOND,
    START,
    LiveCore,
    compared,
    last_of_each_instant,
    replayed,
    seen_at,
)
from tests.emulator.session.mutations import BYTES, FORGERIES, ORDER, assembled, parts_of
from tests.emulator.strategies import examples

GOLDEN = Path(__file__).parents[2] / "data" / "session"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, Snapshot]]:
    """25 s of a run with swaps, and what was seen of it."""
    path = tmp_path_factory.mktemp("sessions") / "a.rtgen"
    live = LiveCore()
    live.say({**START, "speed": 5.0, "paused": True}, {"t": "record", "path": str(path)})
    live.say({"t": "resume"})
    live.run_for(1000 * MS)
    live.say({"t": "swap", "policy": "llf"})
    live.run_for(4000 * MS)
    live.say({"t": "stop-recording"})
    return path, last_of_each_instant(live.snapshots)


def without(path: Path, to: Path, kind: bytes, *numbers: int) -> Path:
    """The session without some of its chunks."""
    kept, number = [], 0
    for part in parts_of(path.read_bytes()):
        if part.kind == kind:
            number += 1
            if number - 1 in numbers:
                continue
        kept.append(part)
    to.write_bytes(assembled(kept, patch_end=True))
    return to


def test_after_a_gap_it_goes_on_from_the_next_keyframe(
    session: tuple[Path, dict[int, Snapshot]], tmp_path: Path
) -> None:
    """Before the gap and after that keyframe every picture is right, sought or played."""
    original, seen = session
    path = without(original, tmp_path / "gap.rtgen", EVENTS, 20)
    with SessionReader(path, scan=True) as reader:
        (gap,) = reader.gaps
        after = next(each for each in reader.keyframes if each.first_event >= gap.first_event)
        assert stretches_of(reader) == (
            Stretch(0, gap.t_begin_ns, 0, is_start=True),
            Stretch(after.t_ns, reader.t_end_ns, after.first_event, is_start=False),
        )
    right = [t for t in seen if t <= gap.t_begin_ns or t >= after.t_ns]
    with closing(replayed(path)) as replay:
        for t_ns in random.Random(2).sample(right, 10):  # noqa: S311 - seeded
            assert seen_at(replay, t_ns) == seen[t_ns]
        assert any(f"{gap.events:,} events between" in each for each in replay.problems)
        replay.seek(gap.t_begin_ns - SECOND)
        assert seen_at(replay, right[-1]) == seen[right[-1]]
    core = LiveCore()
    core.say({"t": "replay", "path": str(path), "speed": 5.0})
    core.run_for(6 * SECOND)
    assert core.errors == []
    with closing(replayed(original)) as whole:
        last = compared(core.snapshots[-1])
        assert last == seen_at(whole, last.t_ns)
    core.close()


def test_a_lost_keyframe_costs_nothing_but_time(
    session: tuple[Path, dict[int, Snapshot]], tmp_path: Path
) -> None:
    """Without any keyframe everything is played from the start."""
    original, seen = session
    path = without(original, tmp_path / "bare.rtgen", KEYFRAME, *range(100))
    with closing(replayed(path)) as replay:
        for t_ns in list(seen)[::-18]:
            assert seen_at(replay, t_ns) == seen[t_ns]


def test_a_lost_beginning_is_left_out(
    session: tuple[Path, dict[int, Snapshot]], tmp_path: Path
) -> None:
    """Nothing can be said before the first keyframe, everything after it."""
    original, seen = session
    path = without(original, tmp_path / "late.rtgen", EVENTS, 0)
    with closing(replayed(path)) as replay:
        first_ns = replay.reader.keyframes[0].t_ns
        for t_ns in [t for t in seen if t >= first_ns][::20]:
            assert seen_at(replay, t_ns) == seen[t_ns]
        assert seen_at(replay, first_ns - 1).streams == ()


def test_a_torn_tail_is_left_out_and_told(
    session: tuple[Path, dict[int, Snapshot]], tmp_path: Path
) -> None:
    """It plays to the last whole chunk."""
    original, seen = session
    path = tmp_path / "torn.rtgen"
    path.write_bytes(original.read_bytes()[: original.stat().st_size // 2])
    with closing(replayed(path)) as replay:
        end_ns = replay.status.t_end_ns
        assert 10 * S < end_ns < 20 * S
        for t_ns in [t for t in seen if t <= end_ns][::20]:
            assert seen_at(replay, t_ns) == seen[t_ns]
        assert any("unfinished chunk" in each for each in replay.problems)


@pytest.mark.parametrize("name", ["torn-tail", "flipped-bit", "unknown-event", "clean"])
def test_golden_files_play_to_their_end(name: str) -> None:
    """Whatever their keyframes hold: those of the golden files are no states of metrics."""
    with closing(replayed(GOLDEN / f"{name}.rtgen")) as replay:
        end_ns = replay.status.t_end_ns
        replay.seek(end_ns)
        snapshot = replay.snapshot()
        assert (snapshot.t_ns, snapshot.state) == (end_ns, "ended")
        assert len(snapshot.streams) == 2
        assert any("the keyframe does not fit" in each for each in replay.problems)


def test_events_that_fit_nothing_are_left_out(tmp_path: Path, session: tuple[Path, object]) -> None:
    """A chunk of another run costs what lies before the next keyframe."""
    path = tmp_path / "odd.rtgen"
    with SessionReader(session[0]) as reader, path.open("wb") as file:
        writer = SessionWriter(file, reader.header)
        places = list(reader.keyframes)
        for number, span in enumerate(reader.spans):
            events = next(reader.batches(first=span.first_event))
            if number == 5:
                events = [("finished", events[0][1], 9, 9, 9, 9, 9, 9, 9, 9, 9)] * len(events)
            writer.append(events, span.t_end_ns)
            while places and places[0].first_event <= span.first_event + span.events:
                keyframe = reader.keyframe_before(places[0].t_ns)
                assert keyframe is not None
                writer.keyframe(places.pop(0).t_ns, keyframe.state)
        writer.close()
        end_ns = reader.t_end_ns
    with closing(replayed(path)) as replay, closing(replayed(session[0])) as whole:
        replay.seek(end_ns)
        assert compared(replay.snapshot()) == seen_at(whole, end_ns)
        replay.seek(0)
        replay.driver.resume()
        replay.driver.set_speed(0.0)
        while replay.state == "running":
            replay.turn()
        assert compared(replay.snapshot()) == seen_at(whole, end_ns)
        assert any("the journal does not fit" in each for each in replay.problems)


def test_a_long_way_is_gone_in_slices(
    session: tuple[Path, dict[int, Snapshot]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seek that takes longer than a turn may is not shown before it has arrived."""
    path, seen = session
    t_ns = list(seen)[-5]
    with closing(replayed(path)) as replay:
        clock = replay._clock
        drain = tape_module.Tape.drain

        def slow(tape: tape_module.Tape) -> object:
            clock.move_to(clock.now_ns() + 20 * MS)  # type: ignore[attr-defined]
            return drain(tape)

        monkeypatch.setattr(tape_module.Tape, "drain", slow)
        replay.seek(t_ns)
        turns = 0
        while replay.due_ns == clock.now_ns():
            assert not replay.is_settled
            replay.turn()
            turns += 1
        assert turns > 5
        assert compared(replay.snapshot()) == seen[t_ns]
        replay.driver.resume()
        replay.seek(t_ns // 2)
        for speed in (2.0, 0.5, 4.0):
            assert replay.due_ns == clock.now_ns()
            replay.driver.set_speed(speed)
        replay.step()
        while not replay.is_settled:
            replay.turn()
        monkeypatch.undo()
        snapshot = compared(replay.snapshot())
        assert 0 <= snapshot.t_ns - t_ns // 2 < SECOND
        assert snapshot == seen_at(replay, snapshot.t_ns)


def test_a_search_reads_a_limited_number_of_chunks(
    session: tuple[Path, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that promises misses which are not there cannot keep the core busy."""
    monkeypatch.setattr("emulator.session.instants.MAX_CHUNKS_READ", 3)
    monkeypatch.setattr("emulator.session.instants._INCIDENTS", frozenset())
    monkeypatch.setattr("emulator.session.instants.COMPLETED", "never")
    with SessionReader(session[0]) as reader:
        assert incident_after(reader, 0) is None


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The file after a disk, a crash or somebody who means harm."""
    if rng.random() < 0.3:
        return rng.choice(BYTES)(rng, data)
    parts = parts_of(data)
    for _ in range(rng.randrange(1, 4)):
        parts = rng.choice((*ORDER, *FORGERIES))(rng, parts)
    return assembled(parts, patch_end=True)


@pytest.mark.parametrize("seed", range(examples(30)))
def test_no_mutation_ends_the_core(seed: int, session: tuple[Path, object], tmp_path: Path) -> None:
    """It plays, or it is refused with a sentence; the core and the other session go on."""
    rng = random.Random(seed)  # noqa: S311 - seeded
    whole = session[0].read_bytes()
    path = tmp_path / "m.rtgen"
    path.write_bytes(mutated(rng, whole))
    core = LiveCore()
    core.say({"t": "replay", "path": str(path), "speed": 0.0})
    for _ in range(4):
        core.say({"t": "seek", "t_ns": rng.randrange(30 * S)})
        core.say({"t": rng.choice(["step", "step-back", "resume"])})
        core.say({"t": "incident", "direction": rng.choice([1, -1])})
        core.run_for(rng.randrange(200 * MS))
    assert core.core.finished is None
    assert all("\n" not in each for each in core.errors)
    core.say({"t": "replay", "path": str(session[0])})
    core.run_for(SECOND)
    assert core.snapshots[-1].t_ns > 800 * MS
    core.close()


def test_a_scenario_that_names_files_is_refused(
    tmp_path: Path, session: tuple[Path, object]
) -> None:
    """A session from elsewhere opens no files here."""
    path = tmp_path / "spy.rtgen"
    with SessionReader(session[0]) as reader:
        scenario = dict(cast("dict[str, object]", reader.header.scenario))
        header = reader.header
    stream = {
        "name": "s",
        "model": "blur",
        "arrival": {"process": "trace", "file": "/etc/hostname"},
    }
    changed = {name: getattr(header, name) for name in header.to_table()}
    with path.open("wb") as file:
        SessionWriter(
            file, type(header)(**(changed | {"scenario": {**scenario, "streams": [stream]}}))
        ).close()
    with pytest.raises(UserError, match="file"):
        replayed(path)


def test_a_file_that_vanishes_ends_the_replay_with_a_sentence(
    tmp_path: Path, session: tuple[Path, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the core is ready for the next."""
    path = tmp_path / "a.rtgen"
    shutil.copy(session[0], path)
    core = LiveCore()
    core.say({"t": "replay", "path": str(path), "speed": 5.0})

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("emulator.session.source.frame_at", broken)
    core.run_for(2 * SECOND)
    assert core.errors == [f"session {path} cannot be read: Input/output error"]
    monkeypatch.undo()
    core.say({"t": "replay", "path": str(path), "speed": 5.0})
    core.run_for(SECOND)
    assert core.snapshots[-1].t_ns > 4 * S
    core.close()
