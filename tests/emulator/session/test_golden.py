"""Files of format version 1 stay readable for ever."""

import hashlib
import json
from pathlib import Path

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.journal import as_dict
from emulator.session import End, Gap, Place, SessionReader, Span

FOLDER = Path(__file__).parents[2] / "data" / "session"
S = 1_000_000_000
FIRST = Span(0, 0, 1 * S, 73, 12, 1, 1, 0)
SECOND = Span(73, 1 * S, 2 * S, 41, 10, 0, 0, 1)
THIRD = Span(114, 2 * S, 3 * S, 67, 11, 2, 0, 0)
FOURTH = Span(181, 3 * S, 4 * S, 2, 0, 0, 0, 0)
NOT_CLOSED = "it was not closed: it has no end chunk"


def digest(reader: SessionReader) -> str:
    """What the events are, in short."""
    return hashlib.sha256(json.dumps(list(reader.events())).encode()).hexdigest()[:16]


@pytest.mark.parametrize("scan", [False, True])
def test_a_clean_file_is_read_whole(scan: bool) -> None:
    """Header, events, histogram, keyframes, notes and totals are all there."""
    with SessionReader(FOLDER / "clean.rtgen", scan=scan) as reader:
        assert reader.clean
        assert reader.check()
        assert reader.spans == (FIRST, SECOND, THIRD, FOURTH)
        assert reader.keyframes == (Place(73, 1 * S), Place(181, 3 * S))
        assert reader.end == End(183, 33, 3, 4 * S, 2251, "clean")
        assert digest(reader) == "6179a87d7420a022"
        keyframe = reader.keyframe_before(2 * S)
        assert keyframe is not None
        assert keyframe.state == {"events": 73, "streams": (("cam", 0.5), None)}
        (note,) = reader.notes()
        assert (note.t_ns, note.kind) == (1 * S, "speed")
        assert note.data == {"speed": 2.0, "wall_ns": 500_000_000}


def test_the_header_holds_what_the_run_depends_on() -> None:
    """Profile and scenario load again; the rest is as it was given."""
    with SessionReader(FOLDER / "clean.rtgen") as reader:
        header = reader.header
    assert load_profile(header.profile).name == "golden-soc"
    assert [stream.name for stream in load_scenario(header.scenario).streams] == ["cam", "chat"]
    assert (header.seed, header.policy, header.noise, header.run) == (7, "edf", True, 1)
    assert (header.duration_ns, header.begins_ns, header.begins_event) == (4 * S, 0, 0)
    assert header.created_ns == 1_767_225_600 * S
    assert header.versions == {"rtgen-tui": "0.1.0", "python": "3.11"}
    assert header.fields["completed"] == ("stream", "job", "outcome", "cause")


def test_of_a_torn_file_all_but_the_tail_is_read() -> None:
    """The second chunk is the last whole one."""
    with SessionReader(FOLDER / "torn-tail.rtgen") as reader:
        assert reader.problems == (
            "its last 60 bytes are an unfinished chunk and are left out",
            NOT_CLOSED,
        )
        assert reader.end is None
        assert reader.spans == (FIRST, SECOND)
        assert digest(reader) == "3764372fe996dd9e"


def test_a_flipped_bit_costs_its_chunk_and_no_other() -> None:
    """It is met while reading, and what is missing is known once all chunks were looked at."""
    with SessionReader(FOLDER / "flipped-bit.rtgen") as reader:
        assert reader.clean
        assert digest(reader) == "1f75c02d9b8c126d"
        assert reader.problems == ("the events chunk at byte 1,226 is damaged and is left out",)
        assert not reader.check()
        assert reader.gaps == (Gap(114, 67, 2 * S, 3 * S),)
        assert reader.spans == (FIRST, SECOND, FOURTH)


def test_unknown_kinds_and_fields_are_kept() -> None:
    """A later version's events come out as they went in."""
    with SessionReader(FOLDER / "unknown-event.rtgen") as reader:
        assert reader.check()
        assert digest(reader) == "2622a0f208f60523"
        events = list(reader.events())
    *_, before, last = events
    assert last == ("thermal-throttled", 3_006_000_000, 0, 84, "clock 0.9", (1, (2, 3)))
    assert as_dict(before)["field_4"] == 41_500
