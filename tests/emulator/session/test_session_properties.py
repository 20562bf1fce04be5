"""What goes into a session comes out of it, and damage only ever takes away."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.journal import Event
from emulator.session import (
    ChunkEncoder,
    SessionError,
    SessionReader,
    SessionWriter,
    columns,
    repair,
)
from emulator.session.format import MAX_CHUNK_EVENTS, Span
from emulator.session.packing import unpack
from tests.emulator.session.journals import chunked, journals
from tests.emulator.session.sessions import header_of, recorded
from tests.emulator.strategies import examples
from tests.fuzz_sessions import is_part_of


@contextmanager
def reading(data: bytes) -> Iterator[SessionReader]:
    """A reader of a file of these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.rtgen"
        path.write_bytes(data)
        with SessionReader(path) as reader:
            yield reader


def read(data: bytes) -> list[Event]:
    """All events of a file, none if there is no reading it."""
    try:
        with reading(data) as reader:
            return list(reader.events())
    except SessionError:
        return []


@given(events=journals())
def test_columns_decode_to_the_same_events(events: list[Event]) -> None:
    """For any journal, whatever is in it."""
    packed, _ = columns.encode(events)
    span = Span(0, 0, 0, len(events), 0, 0, 0, 0)
    assert columns.decode(unpack(packed), span) == events


@pytest.mark.parametrize(
    "column",
    [[1, 2.5, 3], [0.1, 0.3, 0.2], [1, None, 2], [1, "a", 2], [2**63 - 1, -(2**63), 0], [1, (), 3]],
)
def test_any_mixture_in_a_column_comes_back_exactly(column: list[object]) -> None:
    """Differences are taken of integers only, and only where they fit."""
    events: list[Event] = [("ready", n, 0, value, 1) for n, value in enumerate(column)]
    packed, _ = columns.encode(events)
    span = Span(0, 0, 0, len(events), 0, 0, 0, 0)
    assert repr(columns.decode(unpack(packed), span)) == repr(events)


@settings(max_examples=examples(60), deadline=None)
@given(parts=chunked(), closed=st.booleans())
def test_what_is_appended_is_what_is_read(parts: list[list[Event]], closed: bool) -> None:
    """For any chunking, closed or not."""
    with reading(recorded(parts, closed=closed)) as reader:
        assert list(reader.events()) == list(chain.from_iterable(parts))
        assert reader.clean == closed
        assert reader.gaps == ()


@settings(max_examples=examples(60), deadline=None)
@given(parts=chunked(), data=st.data())
def test_any_range_is_what_a_filter_leaves(parts: list[list[Event]], data: st.DataObject) -> None:
    """From, until and the first event number take away exactly what they say."""
    events = list(chain.from_iterable(parts))
    instants = st.sampled_from([0, 10**13, *(int(str(event[1])) for event in events)])
    begin, end = data.draw(instants), data.draw(instants)
    first = data.draw(st.integers(0, len(events) + 1))
    with reading(recorded(parts)) as reader:
        found = list(reader.events(begin, end, first=first))
    assert found == [each for each in events[first:] if begin <= int(str(each[1])) <= end]


@settings(max_examples=examples(60), deadline=None)
@given(parts=chunked(), data=st.data())
def test_a_file_cut_anywhere_holds_a_prefix(parts: list[list[Event]], data: st.DataObject) -> None:
    """And repair makes it a clean file with the same events."""
    whole = recorded(parts)
    events = list(chain.from_iterable(parts))
    left = whole[: data.draw(st.integers(0, len(whole)))]
    found = read(left)
    assert found == events[: len(found)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cut.rtgen"
        path.write_bytes(left)
        try:
            repair(path)
        except SessionError:
            assert found == []
            return
        with SessionReader(path) as reader:
            assert reader.check()
            assert list(reader.events()) == found


@settings(max_examples=examples(100), deadline=None)
@given(parts=chunked(max_size=30), data=st.data(), bits=st.integers(1, 255))
def test_a_changed_byte_invents_nothing(
    parts: list[list[Event]], data: st.DataObject, bits: int
) -> None:
    """What is read is part of what was written, and at most one chunk of it is gone."""
    changed = bytearray(recorded(parts))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= bits
    assert is_part_of(read(bytes(changed)), list(chain.from_iterable(parts)))


def test_every_byte_of_a_small_file_may_change() -> None:
    """No position is special: each flip loses a chunk at most, or the file is refused."""
    parts: list[list[Event]] = [
        [("released", 1, 0, 0, None, None), ("started", 1, 0, 0, 0, 0, 0, 0)],
        [("completed", 5, 0, 0, "met", "")],
        [("marker", 9, "end")],
    ]
    whole, events = recorded(parts), list(chain.from_iterable(parts))
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0x40
        found = read(bytes(changed))
        assert is_part_of(found, events)
        assert len(found) >= (0 if at < 10 else len(events) - 2), at


@pytest.mark.parametrize("extra", [0, 1, MAX_CHUNK_EVENTS + 1])
def test_many_events_become_several_chunks(extra: int) -> None:
    """A chunk has no more events than a reader takes, and none are lost between two."""
    events: list[Event] = [("ready", n, 0, n, 1) for n in range(MAX_CHUNK_EVENTS + extra)]
    encoder = ChunkEncoder()
    spans = [chunk.summary for chunk in encoder.events(events, 10**6)]
    assert len(spans) == 1 + (extra > 0) + (extra > MAX_CHUNK_EVENTS)
    assert encoder.next_event == len(events)
    file = io.BytesIO()
    writer = SessionWriter(file, header_of())
    writer.append(events, 10**6)
    assert read(file.getvalue()) == events
