"""Reading a session file: whole, cut short, damaged, or still being written."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from emulator.journal import Event
from emulator.session import columns
from emulator.session.contents import Contents, Problems
from emulator.session.errors import DamageError
from emulator.session.format import (
    CHUNK_KINDS,
    EVENTS,
    HEADER,
    KEYFRAME,
    NOTE,
    PREAMBLE,
    End,
    Place,
    Span,
)
from emulator.session.header import SessionHeader
from emulator.session.index import Index
from emulator.session.packing import unpack, unpack_body
from emulator.session.records import Gap, Keyframe, Note, note_from
from emulator.session.scan import Damage, Frame
from emulator.session.source import Source


class SessionReader:
    """An open session file; a context manager.

    It holds the header and the index, and decodes one chunk at a time when it is asked for. With
    an intact end nothing else is read on opening, so damage between shows only when it is met.

    Args:
        path: of the file.
        scan: look at all chunks on opening (an hour takes 0.05 s), so that all damage is known.

    Raises:
        SessionError: no such file, no session, or one whose header is lost.
    """

    def __init__(self, path: Path | str, *, scan: bool = False) -> None:
        self.path = Path(path)
        self._problems = Problems()
        self._contents = Contents(self._problems)
        self._torn: Damage | None = None
        self._seen = 0
        self._source = Source(self.path)
        try:
            if scan or not self._load_index():
                self._rescan()
        except BaseException:
            self.close()
            raise

    @property
    def header(self) -> SessionHeader:
        """What the run depended on."""
        return cast("SessionHeader", self._contents.header)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The events chunks: the histogram of a scrub bar."""
        return tuple(self._contents.index.spans)

    @property
    def keyframes(self) -> tuple[Place, ...]:
        """Where the keyframes are."""
        return tuple(self._contents.index.keyframes)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where events are missing between those that the file holds."""
        found = []
        number, t_ns = self.header.begins_event, self.header.begins_ns
        for span in self._contents.index.spans:
            if span.first_event > number:
                found.append(Gap(number, span.first_event - number, t_ns, span.t_begin_ns))
            number, t_ns = span.first_event + span.events, span.t_end_ns
        return tuple(found)

    @property
    def t_end_ns(self) -> int:
        """Virtual time that the recording has reached."""
        spans = self._contents.index.spans
        return spans[-1].t_end_ns if spans else self.header.begins_ns

    @property
    def end(self) -> End | None:
        """The totals and the reason of the end; None while, or as if, it is still being written."""
        return self._contents.end

    @property
    def problems(self) -> tuple[str, ...]:
        """What was found wrong so far, a sentence each."""
        found = list(self._problems)
        if self._torn is not None:
            size = self._torn.end - self._torn.offset
            found.append(f"its last {size:,} bytes are an unfinished chunk and are left out")
        if self.end is None:
            found.append("it was not closed: it has no end chunk")
        return tuple(found)

    @property
    def clean(self) -> bool:
        """Whether it was closed and nothing was found wrong so far."""
        return not self.problems

    def batches(
        self, from_ns: int = 0, until_ns: int | None = None, *, first: int = 0
    ) -> Iterator[list[Event]]:
        """Events in order, a list for each chunk that has any; what is damaged is left out.

        Args:
            from_ns: the earliest virtual time.
            until_ns: the latest, included; None: to the end.
            first: number of the first event that is wanted: ``Keyframe.first_event``.

        Raises:
            SessionError: the file cannot be read any more.
        """
        return (
            events for _, events in self.numbered(from_ns=from_ns, until_ns=until_ns, first=first)
        )

    def events(
        self, from_ns: int = 0, until_ns: int | None = None, *, first: int = 0
    ) -> Iterator[Event]:
        """The same, one by one."""
        return chain.from_iterable(self.batches(from_ns, until_ns, first=first))

    def numbered(
        self, *, from_ns: int = 0, until_ns: int | None = None, first: int = 0
    ) -> Iterator[tuple[int, list[Event]]]:
        """The same batches, each with the number of its first event in the run."""
        for at, span in enumerate(self._contents.index.spans):
            after = until_ns is not None and span.t_begin_ns > until_ns
            if after or span.t_end_ns < from_ns or span.first_event + span.events <= first:
                continue
            number = max(first, span.first_event)
            events = self._events_of(at)[number - span.first_event :]
            if span.t_begin_ns < from_ns:
                wanted = [event for event in events if cast("int", event[1]) >= from_ns]
                number += len(events) - len(wanted)
                events = wanted
            if until_ns is not None and span.t_end_ns > until_ns:
                events = [event for event in events if cast("int", event[1]) <= until_ns]
            if events:
                yield number, events

    def keyframe_before(self, t_ns: int) -> Keyframe | None:
        """The last intact keyframe at or before a virtual time.

        Raises:
            SessionError: the file cannot be read any more.
        """
        index = self._contents.index
        for number in reversed(range(len(index.keyframes))):
            place = index.keyframes[number]
            if place.t_ns <= t_ns:
                value = self._value_of(KEYFRAME, index.keyframe_offsets[number], place)
                if value is not None:
                    return Keyframe(place.t_ns, place.first_event, value[0])
        return None

    def notes(self) -> Iterator[Note]:
        """The notes in order. Raises SessionError: the file cannot be read any more."""
        index = self._contents.index
        for offset, place in zip(index.note_offsets, index.notes, strict=True):
            value = self._value_of(NOTE, offset, place)
            if value is None:
                continue
            try:
                yield note_from(place, value[0])
            except DamageError as error:
                self._add_problem(NOTE, offset, str(error))

    def refresh(self) -> bool:
        """Look for what was appended since; whether there is more than before.

        Raises:
            SessionError: the file cannot be read any more.
        """
        if self.end is not None:
            return False
        size = self._source.size()
        before = len(self._contents.index)
        if size > self._seen:
            self._scan(self._seen if self._torn is None else self._torn.offset, size)
        return len(self._contents.index) > before or self.end is not None

    def check(self) -> bool:
        """Read and decode everything, whatever the index says; whether the file is clean.

        Raises:
            SessionError: the file cannot be read any more, or its header is lost.
        """
        self._rescan()
        for _ in self.batches():
            pass
        for offset, place in zip(
            self._contents.index.keyframe_offsets, self._contents.index.keyframes, strict=True
        ):
            self._value_of(KEYFRAME, offset, place)
        for _ in self.notes():
            pass
        return self.clean

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _load_index(self) -> bool:
        """Whether the file has an intact end, index and header, which then are all that is read."""
        found = self._source.end()
        header = self._source.frame_at(PREAMBLE.size)
        if found is None or header is None or header.kind != HEADER:
            return False
        end, index = found
        try:
            loaded = Index.from_body(index.body)
        except DamageError:
            return False
        self._contents.take(header)
        self._contents.take_index(loaded)
        self._contents.take_end(end)
        return self._contents.header is not None

    def _rescan(self) -> None:
        self._problems = Problems()
        self._contents = Contents(self._problems)
        size = self._source.size()
        self._scan(PREAMBLE.size, size)
        if self._contents.header is None:
            begun = size if self._torn is None else self._torn.offset
            if begun == PREAMBLE.size:
                raise self._source.error("ends before its header: nothing of it was recorded")
            raise self._source.error("has a damaged header, without which its events say nothing")

    def _scan(self, offset: int, size: int) -> None:
        self._torn = None
        for found in self._source.scan(offset, size):
            self._contents.take(found)
            if isinstance(found, Damage) and found.is_torn:
                self._torn = found
            if self._contents.is_full:
                break
        self._seen = size

    def _events_of(self, number: int) -> list[Event]:
        index = self._contents.index
        offset, span = index.span_offsets[number], index.spans[number]
        value = self._value_of(EVENTS, offset, span)
        if value is None:
            return []
        try:
            return columns.decode(value[0], span)
        except DamageError as error:
            self._add_problem(EVENTS, offset, str(error))
            return []

    def _value_of(self, kind: bytes, offset: int, summary: Span | Place) -> tuple[object] | None:
        """What is in a chunk, None if it is damaged or not the one that the index says it is."""
        found = self._source.frame_at(offset)
        if found is None or found.kind != kind or not _has(found, summary):
            self._add_problem(kind, offset, "is damaged and is left out")
            return None
        try:
            return (unpack_body(found.body),)
        except DamageError as error:
            self._add_problem(kind, offset, str(error))
            return None

    def _add_problem(self, kind: bytes, offset: int, what: str) -> None:
        self._problems.add(f"the {CHUNK_KINDS[kind]} chunk at byte {offset:,} {what}")


def _has(found: Frame, summary: Span | Place) -> bool:
    try:
        value = unpack(found.summary)
    except DamageError:
        return False
    return isinstance(value, tuple) and value[: len(summary)] == tuple(summary)
