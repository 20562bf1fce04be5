"""Finding instants in a session: where it can be stepped back to, and where something went wrong.

Each search decodes a limited number of chunks, since a file may say of its chunks what is not so.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from emulator.journal import COMPLETED, DROPPED, MARKER, POLICY, POLICY_FAILED, Event
from emulator.session.format import Span
from emulator.session.reader import SessionReader

MAX_CHUNKS_READ: Final = 256
_INCIDENTS: Final = frozenset((DROPPED, POLICY, POLICY_FAILED, MARKER))
_OUTCOME: Final = 4
_MAX_TEXT: Final = 200


def incident_after(reader: SessionReader, t_ns: int) -> int | None:
    """The first instant after a virtual time with a miss, drop, swap, failure or mark."""
    spans = (each for each in reader.spans if each.t_end_ns > t_ns and _is_eventful(each))
    return _first(reader, spans, lambda times: min((t for t in times if t > t_ns), default=None))


def incident_before(reader: SessionReader, t_ns: int) -> int | None:
    """The last one before it."""
    spans = (each for each in reversed(reader.spans) if each.t_begin_ns < t_ns)
    eventful = filter(_is_eventful, spans)
    return _first(reader, eventful, lambda times: max((t for t in times if t < t_ns), default=None))


def event_before(reader: SessionReader, t_ns: int) -> int | None:
    """The last instant before a virtual time at which anything happened."""
    for span in _some(each for each in reversed(reader.spans) if each.t_begin_ns < t_ns):
        found = [t for t in map(_time, _events_of(reader, span)) if t < t_ns]
        if found:
            return max(found)
    return None


def marks_in(reader: SessionReader, spans: Iterable[Span]) -> Iterator[tuple[int, str]]:
    """Times and texts of the marks."""
    for span in _some(each for each in spans if each.marks):
        for event in _events_of(reader, span):
            if event[0] == MARKER and len(event) > 2 and isinstance(event[2], str):  # noqa: PLR2004  # (kind, time, text)
                text = event[2][:_MAX_TEXT]
                yield _time(event), "".join(c if c.isprintable() else "?" for c in text)


def _first(
    reader: SessionReader, spans: Iterable[Span], chosen: Callable[[list[int]], int | None]
) -> int | None:
    for span in _some(spans):
        times = [_time(event) for event in _events_of(reader, span) if _is_incident(event)]
        if (found := chosen(times)) is not None:
            return found
    return None


def _some(spans: Iterable[Span]) -> Iterator[Span]:
    """The first spans that have events."""
    read = 0
    for span in spans:
        if span.events:
            yield span
            read += 1
            if read == MAX_CHUNKS_READ:
                return


def _events_of(reader: SessionReader, span: Span) -> list[Event]:
    return next(reader.batches(first=span.first_event), [])


def _is_eventful(span: Span) -> bool:
    return bool(span.misses or span.swaps or span.marks)


def _is_incident(event: Event) -> bool:
    kind = event[0]
    return kind in _INCIDENTS or (
        kind == COMPLETED and len(event) > _OUTCOME and event[_OUTCOME] == "late"
    )


def _time(event: Event) -> int:
    t_ns: Any = event[1]
    return int(t_ns)
