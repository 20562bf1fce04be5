"""Writing: disks that fail, recordings that begin late, values that cannot be recorded."""

import errno
import io
from pathlib import Path

import pytest

from emulator.journal import Event
from emulator.session import ChunkEncoder, Gap, SessionError, SessionFile, SessionReader
from emulator.session.format import MAX_REASON, Span
from tests.emulator.session.sessions import header_of, recorded

S = 1_000_000_000


class FullDisk(io.BytesIO):
    """Takes so many bytes, a few at a time, and then fails until there is room again."""

    room = 10**9

    def write(self, data: object, /) -> int:
        """At most 100 bytes."""
        piece = bytes(data)[:100]  # type: ignore[call-overload]
        if self.room < len(piece):
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(piece)
        return super().write(piece)


def test_a_full_disk_costs_the_chunks_of_that_time_only(tmp_path: Path) -> None:
    """The file stays readable, and recording goes on when there is room again."""
    disk = FullDisk()
    encoder = ChunkEncoder()
    file = SessionFile(disk, encoder.header(header_of()))
    failed = 0
    for second in range(1, 7):
        events: list[Event] = [("marker", second * S, f"{second}" * 300 * second)]
        disk.room = 30 if second in {3, 4} else 10**9
        for chunk in encoder.events(events, second * S):
            try:
                file.append(chunk)
            except OSError:
                failed += 1
    file.close()
    path = tmp_path / "run.rtgen"
    path.write_bytes(disk.getvalue())
    with SessionReader(path) as reader:
        assert failed == 2
        assert reader.check()
        assert [event[1] for event in reader.events()] == [1 * S, 2 * S, 5 * S, 6 * S]
        assert reader.gaps == (Gap(2, 2, 2 * S, 4 * S),)
        assert file.size == path.stat().st_size


def test_what_a_failed_write_left_behind_is_taken_away(tmp_path: Path) -> None:
    """Also when less is written after it than it had written: the file ends with its end chunk."""
    disk = FullDisk()
    encoder = ChunkEncoder()
    file = SessionFile(disk, encoder.header(header_of()))
    text = "".join(map(str, range(5000)))
    (large,) = encoder.events([("marker", S, text)], S)
    disk.room = len(large.data) - 50
    with pytest.raises(OSError, match="No space left"):
        file.append(large)
    disk.room = 10**9
    file.close()
    path = tmp_path / "run.rtgen"
    path.write_bytes(disk.getvalue())
    assert file.size == path.stat().st_size
    with SessionReader(path) as reader:
        assert reader.check()


def test_counts_of_a_chunk_are_those_of_its_events() -> None:
    """Releases, misses, swaps and marks are what the scrub bar shows."""
    events: list[Event] = [
        ("released", 1, 0, 0, 9, None),
        ("released", 1, 0, 1, 9, None),
        ("released", 2, 1, 0, None, None),
        ("completed", 3, 0, 0, "late", "backlog"),
        ("completed", 3, 0, 1, "met", ""),
        ("dropped", 4, 1, 0, "policy", ""),
        ("policy", 5, "edf", "fcfs"),
        ("marker", 5, "a"),
        ("marker", 6, "b"),
    ]
    (chunk,) = ChunkEncoder().events(events, 7)
    assert chunk.summary == Span(0, 0, 7, events=9, jobs=3, misses=2, swaps=1, marks=2)


def test_a_recording_may_begin_in_the_middle_of_a_run(tmp_path: Path) -> None:
    """Events keep their numbers, and what was before is no gap."""
    header = header_of(begins_ns=5 * S, begins_event=1000, inputs=((2 * S, "swap", "fcfs"),))
    path = tmp_path / "late.rtgen"
    path.write_bytes(recorded([[("marker", 6 * S, "x")]], header=header))
    with SessionReader(path) as reader:
        assert reader.check()
        assert reader.gaps == ()
        assert (reader.header.begins_ns, reader.header.begins_event) == (5 * S, 1000)
        assert reader.header.inputs == header.inputs
        assert reader.spans[0].first_event == 1000
        assert reader.spans[0].t_begin_ns == 5 * S


def test_a_recording_says_why_it_ended(tmp_path: Path) -> None:
    """In the end chunk, at most so many characters of it."""
    buffer = io.BytesIO()
    encoder = ChunkEncoder()
    SessionFile(buffer, encoder.header(header_of())).close("SIGTERM" * 200)
    path = tmp_path / "run.rtgen"
    path.write_bytes(buffer.getvalue())
    with SessionReader(path) as reader:
        assert reader.clean
        assert reader.end is not None
        assert reader.end.reason == ("SIGTERM" * 200)[:MAX_REASON]


@pytest.mark.parametrize("state", [{1: 2}, {"a": {(1, 2): 3}}, 1 << 70, object()])
def test_a_state_that_no_reader_would_take_is_refused_at_once(state: object) -> None:
    """Better at the first keyframe than when the recording is needed."""
    with pytest.raises(SessionError, match="this state cannot be recorded"):
        ChunkEncoder().keyframe(0, state)


def test_events_that_msgpack_cannot_hold_are_refused() -> None:
    """In one sentence."""
    with pytest.raises(SessionError, match="these events cannot be recorded"):
        list(ChunkEncoder().events([("marker", 1, object())], 1))
