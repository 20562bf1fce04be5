"""Recording a run that goes on: what is kept of it, from where on, and how soon."""

import io
from pathlib import Path

from emulator.commands import FailPolicy
from emulator.journal import Event
from emulator.session import SessionReader, SessionWriter
from emulator.session.inputs import from_plain
from emulator.session.recorder import CHUNK_NS, Instant
from emulator.session.rotation import NEVER
from emulator.session.run_inputs import run_inputs
from emulator.session.verify import verify
from emulator.virtual import run_virtual
from tests.emulator.paced_fakes import MS, S
from tests.emulator.recorded_runs import SECOND, START, LiveCore, begun, events_of, header_in
from tests.emulator.session.sessions import header_of, machine
from tests.emulator.session.stuck_disk import Stuck, recorder_of


def test_a_recording_from_the_start_holds_the_whole_run(tmp_path: Path) -> None:
    """Begun before the first chunk was made it begins at 0, without a keyframe."""
    path = tmp_path / "a.rtgen"
    live = LiveCore()
    live.say(START)
    live.run_for(100 * MS)
    live.say({"t": "record", "path": str(path)})
    live.run_for(2 * SECOND)
    live.say({"t": "stop-recording"})
    with SessionReader(path) as reader:
        assert (reader.header.begins_ns, reader.header.begins_event) == (0, 0)
        assert not reader.keyframes
        expected: list[Event] = []
        engine = run_inputs(reader.header, "a").engine()
        run_virtual(engine, expected.extend, until_ns=reader.t_end_ns)
    assert events_of(path) == expected


def test_a_run_that_waits_at_its_start_can_be_recorded_from_there(tmp_path: Path) -> None:
    """However long it has waited."""
    live = LiveCore()
    live.say({**START, "paused": True})
    live.run_for(5 * SECOND)
    live.say({"t": "record", "path": str(tmp_path / "a.rtgen")}, {"t": "resume"})
    live.run_for(SECOND)
    live.close()
    assert header_in(tmp_path / "a.rtgen").begins_event == 0
    assert events_of(tmp_path / "a.rtgen")[0][0] == "stream-added"


def test_a_recording_in_mid_run_begins_with_a_keyframe_and_the_inputs(tmp_path: Path) -> None:
    """With them, the events of the file follow from its header alone."""
    path = tmp_path / "a.rtgen"
    live = begun()
    live.say({"t": "record", "path": str(path)})
    live.run_for(SECOND)
    live.say({"t": "swap", "policy": "fcfs"})
    live.run_for(SECOND)
    live.say({"t": "stop-recording"})
    with SessionReader(path) as reader:
        header = reader.header
        assert header.begins_ns == 3 * SECOND
        assert reader.keyframes[0] == (header.begins_event, header.begins_ns)
        assert [each[1:] for each in header.inputs] == [("swap", "llf"), ("mark", "before")]
        swaps = [event for event in reader.events() if event[0] == "policy"]
        inside = [(int(str(event[1])), "swap", event[3]) for event in swaps]
        commands = [from_plain(each) for each in (*header.inputs, *inside)]
        expected: list[Event] = []
        engine = run_inputs(header, "a").engine()
        run_virtual(engine, expected.extend, until_ns=reader.t_end_ns, commands=commands)
    assert events_of(path) == expected[header.begins_event :]


def test_chunks_keep_up_with_run_time_and_wall_time(tmp_path: Path) -> None:
    """Whatever the speed, a chunk holds at most 0.4 s of either, and what it waited for quiet."""
    for speed in (0.2, 1.0, 5.0, 50.0):
        path = tmp_path / f"{speed}.rtgen"
        live = LiveCore()
        live.say({**START, "speed": speed}, {"t": "record", "path": str(path)})
        live.run_for(3 * SECOND // 2)
        with SessionReader(path) as reader:
            spans = reader.spans
            missing_ns = live.snapshots[-1].t_ns - reader.t_end_ns
        longest_ns = max(each.t_end_ns - each.t_begin_ns for each in spans)
        assert longest_ns <= CHUNK_NS * 1.6
        assert longest_ns <= max(speed, 0.2) * (CHUNK_NS + 31 * MS)
        assert missing_ns < SECOND
        live.close()


def test_a_keyframe_follows_every_swap_and_every_ten_seconds(tmp_path: Path) -> None:
    """So that nothing is far from one."""
    path = tmp_path / "a.rtgen"
    live = LiveCore()
    live.say({**START, "speed": 10.0}, {"t": "record", "path": str(path)})
    live.run_for(1500 * MS)
    live.say({"t": "swap", "policy": "fcfs"})
    live.run_for(2000 * MS)
    live.close()
    with SessionReader(path) as reader:
        times = [each.t_ns / S for each in reader.keyframes]
        swap_s = next(int(str(e[1])) for e in reader.events() if e[0] == "policy") / S
    assert any(swap_s <= t < swap_s + 1.5 for t in times)
    assert all(b - a < 12 for a, b in zip([0.0, *times], [*times, 35.0], strict=True))


def test_notes_tell_of_speed_and_pauses(tmp_path: Path) -> None:
    """With the wall time since the start of the run; none for what changed nothing."""
    path = tmp_path / "a.rtgen"
    live = LiveCore()
    live.say(START, {"t": "record", "path": str(path)}, {"t": "resume"})
    live.run_for(SECOND)
    live.say({"t": "speed", "speed": 2.0}, {"t": "pause"}, {"t": "pause"})
    live.run_for(SECOND)
    live.say({"t": "resume"})
    live.close()
    with SessionReader(path) as reader:
        notes = [(each.t_ns, each.kind, dict(each.data)) for each in reader.notes()]
    assert notes == [
        (SECOND, "speed", {"wall_ns": SECOND, "speed": 2.0}),
        (SECOND, "pause", {"wall_ns": SECOND}),
        (SECOND, "resume", {"wall_ns": 2 * SECOND}),
    ]


def test_a_session_writer_and_a_recorder_agree(tmp_path: Path) -> None:
    """What the simple writer writes of a run is what the recorder writes of it."""
    file = io.BytesIO()
    writer = SessionWriter(file, header_of())
    events: list[Event] = []
    run_virtual(machine(), events.extend, until_ns=S)
    writer.append(events, S)
    writer.close()
    (tmp_path / "w.rtgen").write_bytes(file.getvalue())
    worker = Stuck()
    recorder = recorder_of(worker, [])
    recorder.record(str(tmp_path / "r.rtgen"), NEVER, Instant(0, 0))
    recorder.take(events)
    recorder.stop(Instant(S, S))
    for job in worker.jobs:
        job()
    assert events_of(tmp_path / "r.rtgen") == events_of(tmp_path / "w.rtgen")


def test_a_policy_that_failed_is_an_input_of_what_is_recorded_later(tmp_path: Path) -> None:
    """A file that begins after the fallback can be made again: its header names the failure."""
    engine = machine()
    failure = FailPolicy("too slow", 1)
    engine.apply(failure, S)
    engine.advance(2 * S)
    worker = Stuck()
    recorder = recorder_of(worker, [])
    recorder.take(engine.drain())
    recorder.cut(Instant(2 * S, 2 * S))
    path = tmp_path / "a.rtgen"
    recorder.record(str(path), NEVER, Instant(2 * S, 2 * S))
    engine.advance(3 * S)
    recorder.take(engine.drain())
    recorder.stop(Instant(3 * S, 3 * S))
    for job in worker.jobs:
        job()
    with SessionReader(path, scan=True) as reader:
        assert [from_plain(each) for each in reader.header.inputs] == [(S, failure)]
        assert verify(reader).difference is None
