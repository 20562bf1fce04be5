"""Repair keeps what is intact and leaves nothing to complain about."""

import stat
from pathlib import Path

import pytest

from emulator.journal import Event
from emulator.session import Gap, SessionError, SessionReader, repair
from emulator.session.format import PREAMBLE, frame
from tests.emulator.session.sessions import recorded

S = 1_000_000_000
PARTS: list[list[Event]] = [[("marker", second * S, "x" * 50)] for second in range(1, 5)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed session of four chunks."""
    path = tmp_path / "run.rtgen"
    path.write_bytes(recorded(PARTS))
    return path


def offset_of(data: bytes | bytearray, kind: bytes, number: int) -> int:
    """Where a chunk of that kind begins."""
    return [at for at in range(len(data)) if data.startswith(b"\xc1RTG" + kind, at)][number]


def test_a_clean_file_is_left_alone(path: Path) -> None:
    """Not one byte and not the time of change."""
    before = path.stat()
    report = repair(path)
    assert not report.changed
    assert report.events == 4
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_torn_file_is_closed(path: Path) -> None:
    """With everything before the tear, and the reason that it was recovered."""
    data = path.read_bytes()
    path.write_bytes(data[: offset_of(data, b"E", 3) + 20])
    path.chmod(0o640)
    report = repair(path)
    assert report.changed
    assert report.events == 3
    assert len(report.problems) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in path.parent.iterdir()] == ["run.rtgen"]
    with SessionReader(path) as reader:
        assert reader.check()
        assert list(reader.events()) == [part[0] for part in PARTS[:3]]
        assert reader.end is not None
        assert reader.end.reason == "recovered"


def test_a_damaged_chunk_leaves_a_gap_that_is_told(path: Path) -> None:
    """The file is clean afterwards; what it does not hold is no secret."""
    data = bytearray(path.read_bytes())
    data[offset_of(data, b"E", 1) + 30] ^= 1
    path.write_bytes(data)
    repair(path)
    with SessionReader(path) as reader:
        assert reader.check()
        assert len(reader.keyframes) == 4
        assert reader.gaps == (Gap(1, 1, 1 * S, 2 * S),)


def test_a_copy_leaves_the_original_alone(path: Path, tmp_path: Path) -> None:
    """Also of a clean file."""
    data = path.read_bytes()
    copy = tmp_path / "copy.rtgen"
    assert repair(path, copy).path == copy
    assert copy.read_bytes() == path.read_bytes() == data


def test_chunks_of_unknown_kinds_are_kept(path: Path) -> None:
    """A later version may have written them."""
    data = path.read_bytes()
    at = offset_of(data, b"E", 2)
    unknown = frame(b"q", b"\x90", b"from later")
    path.write_bytes(data[:at] + unknown + data[at : len(data) - 10])
    repair(path)
    assert unknown in path.read_bytes()
    with SessionReader(path) as reader:
        assert reader.check()


def test_without_a_header_there_is_nothing_to_repair(path: Path) -> None:
    """The file is left as it is."""
    data = path.read_bytes()[: PREAMBLE.size + 40]
    path.write_bytes(data)
    with pytest.raises(SessionError, match="ends before its header"):
        repair(path)
    assert path.read_bytes() == data


def test_a_place_that_cannot_be_written_is_told(path: Path, tmp_path: Path) -> None:
    """In one sentence, and nothing is left behind."""
    with pytest.raises(SessionError, match="cannot be repaired"):
        repair(path, tmp_path / "no such folder" / "x.rtgen")
    assert [each.name for each in tmp_path.iterdir()] == ["run.rtgen"]
