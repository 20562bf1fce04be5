"""The files of a recording: their names, rotation, and disks that are full or hang."""

import errno
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulator.journal import Event
from emulator.session import ChunkEncoder, SessionReader
from emulator.session import recording as recording_module
from emulator.session.folder import default_path
from emulator.session.inputs import from_plain
from emulator.session.recorder import CHUNK_NS, MAX_BACKLOG, Instant
from emulator.session.recording import Recording, Saved
from emulator.session.rotation import NEVER
from emulator.session.run_inputs import run_inputs
from emulator.virtual import run_virtual
from tests.emulator.paced_fakes import S
from tests.emulator.recorded_runs import SECOND, START, LiveCore, events_of, header_in
from tests.emulator.session.sessions import header_of, machine
from tests.emulator.session.stuck_disk import Stuck, recorder_of

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def test_a_rotated_recording_goes_on_without_a_gap(tmp_path: Path) -> None:
    """Every part opens by itself, begins with a keyframe, and together they are the run."""
    path = tmp_path / "a.rtgen"
    (tmp_path / "a-3.rtgen").write_bytes(b"somebody else's")
    live = LiveCore()
    live.say(START, {"t": "record", "path": str(path), "rotate_s": 2.0})
    live.run_for(3 * SECOND)
    live.say({"t": "swap", "policy": "fcfs"})
    live.run_for(4 * SECOND)
    live.close()
    names = ["a.rtgen", "a-2.rtgen", "a-4.rtgen", "a-5.rtgen"]
    assert [Path(str(each["path"])).name for each in live.frames("saved")] == names
    assert [each["reason"] for each in live.frames("saved")] == ["rotated"] * 3 + ["quit"]
    events: list[Event] = []
    for name in names:
        with SessionReader(tmp_path / name) as reader:
            assert reader.header.begins_event == len(events)
            if events:
                assert reader.keyframes[0].first_event == len(events)
                assert reader.header.begins_ns >= 2 * SECOND
            end_ns = reader.t_end_ns
            inputs = [each[1:] for each in reader.header.inputs]
            assert inputs == ([("swap", "fcfs")] if reader.header.begins_ns > 3 * SECOND else [])
        events += events_of(tmp_path / name)
    header = header_in(path)
    commands = [from_plain(each) for each in header_in(tmp_path / "a-5.rtgen").inputs]
    expected: list[Event] = []
    engine = run_inputs(header, "a").engine()
    run_virtual(engine, expected.extend, until_ns=end_ns, commands=commands)
    assert events == expected


def test_a_recording_is_rotated_by_size(tmp_path: Path) -> None:
    """No part is much larger than it was asked to be."""
    live = LiveCore()
    live.say(START, {"t": "record", "path": str(tmp_path / "a.rtgen"), "rotate_bytes": 15_000})
    live.run_for(12 * SECOND)
    live.close()
    sizes = [int(str(each["bytes"])) for each in live.frames("saved")]
    assert len(sizes) > 2
    assert all(15_000 < size < 25_000 for size in sizes[:-1])


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A name that is taken is refused with one sentence."""
    path = tmp_path / "a.rtgen"
    path.write_bytes(b"precious")
    live = LiveCore()
    live.say(START, {"t": "record", "path": str(path)}, {"t": "save-flight", "path": str(path)})
    assert live.errors == [f"{path} exists already: choose another name"] * 2
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            {"t": "record", "path": "/nowhere/a.rtgen"},
            "/nowhere/a.rtgen cannot be written: No such",
        ),
        ({"t": "record", "path": 5}, "record: 'path' must be a text"),
        ({"t": "record", "path": "", "rotate_bytes": -1}, "'rotate_bytes' must be a whole number"),
        ({"t": "record", "path": "", "rotate_s": -1.0}, "'rotate_s' must be a number of seconds"),
        ({"t": "stop-recording"}, "stop-recording: this run is not being recorded"),
        ({"t": "save-flight", "path": "/nowhere/a.rtgen"}, "/nowhere/a.rtgen cannot be written"),
    ],
)
def test_what_cannot_be_recorded(message: dict[str, object], sentence: str) -> None:
    """One sentence, and the run goes on unrecorded."""
    live = LiveCore()
    live.say(START, message)
    (error,) = live.errors
    assert sentence in error
    assert live.frames("snapshot")[-1]["rec"] is None


def test_a_second_recording_is_refused(tmp_path: Path) -> None:
    """The sentence names the first."""
    live = LiveCore()
    live.say(START, {"t": "record", "path": str(tmp_path / "a.rtgen")})
    live.say({"t": "record", "path": str(tmp_path / "b.rtgen")})
    assert live.errors == [f"this run is being recorded into {tmp_path / 'a.rtgen'} already"]
    assert not (tmp_path / "b.rtgen").exists()
    live.close()


def test_an_empty_path_is_a_new_file_in_the_sessions_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named after the time and the scenario; a second one in the same second has another name."""
    monkeypatch.setattr("emulator.session.folder.sessions_folder", lambda: tmp_path / "new")
    live = LiveCore()
    live.say(START)
    for _ in range(3):
        live.say({"t": "save-flight", "path": ""})
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert len(names) == 3
    assert all(name.endswith(".rtgen") and "-busy" in name for name in names)


def test_a_scenario_with_any_name_has_a_file_name() -> None:
    """Nothing of it can lead out of the folder."""
    begun_at = datetime(2026, 2, 3, 4, 5, 6)  # noqa: DTZ001 - local time
    names = [
        default_path(name, begun_at).name for name in ("video-call", "../../x y", "…", "a" * 99)
    ]
    assert names == [
        "20260203-040506-video-call.rtgen",
        "20260203-040506-x-y.rtgen",
        "20260203-040506-run.rtgen",
        f"20260203-040506-{'a' * 60}.rtgen",
    ]


def test_another_run_closes_the_recording(tmp_path: Path) -> None:
    """Its reason is in the file."""
    live = LiveCore()
    live.say(START, {"t": "record", "path": str(tmp_path / "a.rtgen")})
    live.run_for(SECOND)
    live.say(START)
    (saved,) = live.frames("saved")
    assert saved["reason"] == "another run was started"
    with SessionReader(tmp_path / "a.rtgen") as reader:
        assert reader.end is not None
        assert reader.end.reason == saved["reason"]
    assert live.frames("snapshot")[-1]["rec"] is None


class FullDisk(io.BytesIO):
    """Takes so many bytes and then refuses, in the middle of a write, until it gets room."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.kept = b""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write what there is room for."""
        part = bytes(data)[: max(self.room - self.tell(), 0)]
        if not part:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(part)

    def close(self) -> None:
        """Keep what was written."""
        self.kept = self.getvalue()
        super().close()


def recording_on(disk: FullDisk, tmp_path: Path) -> tuple[Recording, Callable[[int], None]]:
    """A recording into that file, and a way to let so many seconds of a run go by."""
    encoder = ChunkEncoder()
    engine = machine()
    recording = Recording(tmp_path / "a.rtgen", disk, encoder.header(header_of()))
    recording.begin()

    def run_to(second: int) -> None:
        engine.advance(second * S)
        for chunk in encoder.events(engine.drain(), second * S):
            recording.append(chunk)

    return recording, run_to


def test_a_full_disk_is_told_and_what_waits_is_written_later(tmp_path: Path) -> None:
    """As soon as there is room nothing is missing and nothing is wrong."""
    disk = FullDisk(2_000)
    recording, run_to = recording_on(disk, tmp_path)
    for second in range(1, 30):
        run_to(second)
    assert recording.problem == f"{tmp_path / 'a.rtgen'} cannot be written: No space left on device"
    disk.room = 10**9
    run_to(30)
    assert recording.problem == ""
    assert recording.close("quit") == Saved(tmp_path / "a.rtgen", len(disk.kept), "quit")
    (tmp_path / "a.rtgen").write_bytes(disk.kept)
    expected: list[Event] = []
    run_virtual(machine(), expected.extend, until_ns=30 * S)
    assert events_of(tmp_path / "a.rtgen") == expected


@pytest.mark.parametrize("room", [0, 5, 500, 2_000, 3_000])
def test_a_disk_that_stays_full_costs_only_what_does_not_fit(room: int, tmp_path: Path) -> None:
    """The close says why; what was written before can be read."""
    disk = FullDisk(room)
    recording, run_to = recording_on(disk, tmp_path)
    for second in range(1, 10):
        run_to(second)
    saved = recording.close("quit")
    assert "No space left on device" in saved.reason
    (tmp_path / "a.rtgen").write_bytes(disk.kept)
    if room < 2_000:
        return
    with SessionReader(tmp_path / "a.rtgen") as reader:
        events = list(reader.events())
    expected: list[Event] = []
    run_virtual(machine(), expected.extend, until_ns=10 * S)
    assert events == expected[: len(events)]


def test_what_waits_for_a_full_disk_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest is given up; what comes after can be read, with a gap before it."""
    monkeypatch.setattr(recording_module, "MAX_WAITING_BYTES", 2_000)
    disk = FullDisk(2_000)
    recording, run_to = recording_on(disk, tmp_path)
    for second in range(1, 60):
        run_to(second)
    assert recording._waiting_bytes <= 2_000
    disk.room = 10**9
    run_to(60)
    recording.close("quit")
    (tmp_path / "a.rtgen").write_bytes(disk.kept)
    with SessionReader(tmp_path / "a.rtgen") as reader:
        (gap,) = reader.gaps
        assert reader.t_end_ns == 60 * S
        assert gap.t_end_ns < 60 * S


def test_a_disk_that_hangs_bounds_what_waits_and_leaves_a_gap(tmp_path: Path) -> None:
    """The run goes on, the status says so, and a keyframe follows the gap."""
    worker, saved = Stuck(), list[Saved]()
    recorder, engine = recorder_of(worker, saved), machine()
    recorder.record(str(tmp_path / "a.rtgen"), NEVER, Instant(0, 0))
    for number in range(1, MAX_BACKLOG + 200):
        engine.advance(number * CHUNK_NS)
        recorder.take(engine.drain())
        recorder.cut(Instant(number * CHUNK_NS, number * CHUNK_NS))
    assert worker.backlog == MAX_BACKLOG
    assert recorder.status is not None
    assert "the disk was too slow" in recorder.status.problem
    assert recorder.keyframe_is_due(number * CHUNK_NS)
    jobs, worker.jobs = worker.jobs, []
    for job in jobs:
        job()
    end_ns = (number + 1) * CHUNK_NS
    recorder.keyframe(Instant(end_ns, end_ns))
    recorder.stop(Instant(end_ns, end_ns), "quit")
    for job in worker.jobs:
        job()
    with SessionReader(tmp_path / "a.rtgen") as reader:
        (gap,) = reader.gaps
        assert reader.keyframes[-1].first_event >= gap.first_event + gap.events
    assert saved[0].reason == "quit"
