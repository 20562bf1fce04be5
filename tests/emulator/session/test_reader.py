"""Reading: seeking, following, and what is said of files that cannot be read."""

import os
from pathlib import Path

import pytest

from emulator.journal import Event
from emulator.session import SessionError, SessionReader, SessionWriter
from emulator.session.format import FORMAT_VERSION, MAGIC, PREAMBLE
from tests.emulator.session.sessions import header_of, recorded

S = 1_000_000_000
PARTS: list[list[Event]] = [
    [("marker", second * S, f"{second}"), ("marker", second * S + 5, "x")] for second in range(5)
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed session with a chunk and a keyframe a second."""
    path = tmp_path / "run.rtgen"
    path.write_bytes(recorded(PARTS))
    return path


def test_a_keyframe_and_what_follows_it_are_the_run(path: Path) -> None:
    """At any instant: the state knows exactly the events that the rest leaves out."""
    with SessionReader(path) as reader:
        for t_ns in (5, 6, 2 * S + 4, 2 * S + 5, 9 * S):
            keyframe = reader.keyframe_before(t_ns)
            assert keyframe is not None
            rest = list(reader.events(until_ns=t_ns, first=keyframe.first_event))
            assert keyframe.state == {"seen": keyframe.first_event}
            seen = keyframe.first_event + len(rest)
            assert seen == len(list(reader.events(until_ns=t_ns)))


def test_there_is_no_keyframe_before_the_first(path: Path) -> None:
    """Then the run is read from its beginning."""
    with SessionReader(path) as reader:
        assert reader.keyframe_before(4) is None


def test_a_damaged_keyframe_is_passed_over_for_the_one_before(path: Path) -> None:
    """Seeking still works, only slower, and the damage is told."""
    data = bytearray(path.read_bytes())
    at = [at for at in range(len(data)) if data.startswith(b"\xc1RTGK", at)][-1]
    data[at + 25] ^= 1
    path.write_bytes(data)
    with SessionReader(path) as reader:
        keyframe = reader.keyframe_before(9 * S)
        assert keyframe is not None
        assert keyframe.t_ns == 3 * S + 5
        assert reader.problems == (f"the keyframe chunk at byte {at:,} is damaged and is left out",)


def test_an_event_at_the_time_of_a_keyframe_may_follow_it(tmp_path: Path) -> None:
    """A command given while the run is paused: numbers tell what times cannot."""
    path = tmp_path / "run.rtgen"
    with path.open("wb") as file:
        writer = SessionWriter(file, header_of())
        writer.append([("marker", S, "before")], S)
        writer.keyframe(S, {})
        writer.append([("marker", S, "after")], S)
    with SessionReader(path) as reader:
        keyframe = reader.keyframe_before(S)
        assert keyframe is not None
        assert list(reader.events(first=keyframe.first_event)) == [("marker", S, "after")]


def test_a_file_that_is_still_written_can_be_followed(tmp_path: Path) -> None:
    """Each refresh gives what was added, also when a chunk arrives in two pieces."""
    whole = recorded(PARTS)
    path = tmp_path / "run.rtgen"
    with path.open("wb", buffering=0) as file:
        file.write(whole[:900])
        with SessionReader(path) as reader:
            seen = list(reader.events())
            for begin in range(900, len(whole), 37):
                file.write(whole[begin : begin + 37])
                reader.refresh()
                seen += reader.events(first=len(seen))
            assert [event[2] for event in seen] == [event[2] for part in PARTS for event in part]
            assert reader.clean
            assert not reader.refresh()
            assert len(reader.spans) == len(PARTS)


def test_refresh_says_whether_there_is_more(path: Path, tmp_path: Path) -> None:
    """Not for the first half of a chunk, but for the second."""
    whole = path.read_bytes()
    growing = tmp_path / "growing.rtgen"
    third = [at for at in range(len(whole)) if whole.startswith(b"\xc1RTGE", at)][2]
    growing.write_bytes(whole[:third])
    with SessionReader(growing) as reader:
        for end, is_more in ((third, False), (third + 20, False), (third + 150, True)):
            growing.write_bytes(whole[:end])
            assert reader.refresh() is is_more


def test_the_time_reached_is_told_without_events(tmp_path: Path) -> None:
    """An empty chunk says that the run has gone on."""
    path = tmp_path / "run.rtgen"
    with path.open("wb") as file:
        writer = SessionWriter(file, header_of())
        writer.append([], 3 * S)
    with SessionReader(path) as reader:
        assert reader.t_end_ns == 3 * S
        assert list(reader.batches()) == []


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is not a session file of rtgen-tui"),
        (b"something else", "is not a session file of rtgen-tui"),
        (MAGIC[:5], "ends before its header: nothing of it was recorded"),
        (PREAMBLE.pack(MAGIC, 1), "ends before its header: nothing of it was recorded"),
        (recorded([])[:60], "ends before its header: nothing of it was recorded"),
        (
            PREAMBLE.pack(MAGIC, FORMAT_VERSION + 1) + bytes(100),
            "has format version 2, this rtgen-tui reads version 1",
        ),
        (
            recorded([], closed=False).replace(b"\xc1RTGH", b"\xc1RTGJ"),
            "has a damaged header, without which its events say nothing",
        ),
    ],
)
def test_a_file_that_is_no_session_is_refused_in_one_sentence(
    tmp_path: Path, data: bytes, what: str
) -> None:
    """The sentence names the file."""
    path = tmp_path / "x.rtgen"
    path.write_bytes(data)
    with pytest.raises(SessionError) as error:
        SessionReader(path)
    assert str(error.value) == f"session {path} {what}"
    assert error.value.source == str(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe (which would wait for its writer), nothing at all, an impossible name."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, what in (
        (tmp_path, "is not a file"),
        (pipe, "is not a file"),
        (tmp_path / "none", "cannot be read: No such file or directory"),
        (Path("a\0b"), "cannot be read: "),
    ):
        with pytest.raises(SessionError, match=what):
            SessionReader(path)


def test_the_header_at_the_end_stands_in_for_the_first(path: Path) -> None:
    """One damaged byte must not cost the whole recording."""
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    with SessionReader(path) as reader:
        assert reader.header.seed == 0
        assert len(list(reader.events())) == 10
        assert not reader.clean
