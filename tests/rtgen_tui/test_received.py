"""What the client keeps of frames about recordings and replays."""

from pathlib import Path

import pytest

from emulator.protocol import Message, ProtocolError
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.received import Received
from rtgen_tui.session import (
    FakeCore,
    Notice,
    Recording,
    ReplayRequest,
    Tape,
    Timeline,
    TimelineMark,
    TimelineSpan,
)
from tests.emulator.recorded_runs import START
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

S = 1_000_000_000
TIMELINE: Message = {
    "t": "timeline",
    "spans": [(0, 5, 1, 0, 0), (5, 9, 0, 1, 1)],
    "marks": [(7, "here")],
    "problems": ("it was not closed: it has no end chunk",),
}


def test_a_snapshot_brings_recording_and_tape() -> None:
    """Both are as of the newest snapshot, and gone with one that has none."""
    received = Received()
    snapshot = make_snapshot()
    received.send({"t": "snapshot", "s": snapshot, "rec": ("a.rtgen", 5, ""), "tape": None})
    assert (received.recording, received.tape) == (Recording("a.rtgen", 5, ""), None)
    tape = ("b.rtgen", 0, 9, False, False)
    received.send({"t": "snapshot", "s": snapshot, "rec": None, "tape": tape})
    assert received.recording is None
    assert received.tape == Tape("b.rtgen", 0, 9, growing=False, follows=False)
    received.send({"t": "snapshot", "s": snapshot})
    assert received.recording is None
    assert untouched(received).tape is None


def untouched(received: Received) -> Received:
    """The same, of which the type checker knows nothing any more."""
    return received


def test_a_timeline_lasts_as_long_as_the_replay() -> None:
    """It comes before the first snapshot, and goes with the first of a live run."""
    received = Received()
    received.send(TIMELINE)
    expected = Timeline(
        (TimelineSpan(0, 5, 1, 0, 0), TimelineSpan(5, 9, 0, 1, 1)),
        (TimelineMark(7, "here"),),
        ("it was not closed: it has no end chunk",),
    )
    tape = ("b.rtgen", 0, 9, False, False)
    received.send({"t": "snapshot", "s": make_snapshot(), "tape": tape})
    assert received.timeline == expected
    received.send({"t": "snapshot", "s": make_snapshot(), "tape": None})
    assert received.timeline is None


def test_a_saved_file_is_a_notice() -> None:
    """With its path."""
    received = Received()
    received.send({"t": "saved", "path": "a.rtgen", "bytes": 7, "reason": "clean"})
    assert received.take_notices() == [Notice("saved", "a.rtgen")]


@pytest.mark.parametrize(
    "message",
    [
        {"t": "timeline"},
        {**TIMELINE, "spans": 5},
        {**TIMELINE, "spans": [(1, 2)]},
        {**TIMELINE, "marks": [3]},
        {"t": "snapshot", "s": make_snapshot(), "tape": ("b.rtgen",)},
        {"t": "snapshot", "s": make_snapshot(), "rec": (1, 2, 3, 4)},
    ],
)
def test_frames_of_another_shape_are_refused(message: Message) -> None:
    """As those of another version's core."""
    with pytest.raises(ProtocolError, match="another shape"):
        Received().send(message)


async def test_a_core_in_process_records_and_replays(tmp_path: Path) -> None:
    """The way a person goes: record, stop, and play what was recorded."""
    path = tmp_path / "a.rtgen"
    core = InProcessCore()
    await core.start()
    await core.send(START)
    await core.send({"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0})
    core.tick(2 * S)
    assert core.recording is not None
    assert (core.recording.path, core.tape, core.timeline) == (str(path), None, None)
    await core.send({"t": "stop-recording"})
    assert core.messages() == [Notice("saved", str(path))]
    await core.send(ReplayRequest(str(path), at_ns=S, speed=4.0, paused=True).command())
    core.tick(2 * S + S // 10)
    assert core.tape is not None
    assert (core.tape.path, core.tape.growing) == (str(path), False)
    assert core.timeline is not None
    assert core.latest is not None
    assert core.latest.t_ns == S
    await core.send({"t": "resume"})
    core.tick(3 * S)
    assert core.latest.state == "ended"
    await core.close()


async def test_a_core_that_is_closed_closes_its_recording(tmp_path: Path) -> None:
    """Nothing is lost with the screen."""
    path = tmp_path / "a.rtgen"
    core = InProcessCore()
    await core.start()
    await core.send(START)
    await core.send({"t": "record", "path": str(path)})
    core.tick(S)
    await core.close()
    await core.close()
    assert core.messages() == [Notice("saved", str(path))]


def test_a_fake_core_can_say_that_a_file_was_saved() -> None:
    """For tests of the screens."""
    core = FakeCore()
    core.save("x.rtgen")
    assert core.messages() == [Notice("saved", "x.rtgen")]
    assert (core.recording, core.tape, core.timeline) == (None, None, None)
