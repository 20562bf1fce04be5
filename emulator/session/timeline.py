"""A whole session at a glance: what a scrub bar shows, from the summaries of the chunks."""

from itertools import islice
from typing import Final, NamedTuple

from emulator.session.instants import marks_in
from emulator.session.reader import SessionReader

MAX_SPANS: Final = 2_000
MAX_MARKS: Final = 200


class TimelineSpan(NamedTuple):
    """What was counted in neighboring chunks."""

    t_begin_ns: int
    t_end_ns: int
    misses: int
    swaps: int
    marks: int


class TimelineMarks:
    """The marks of a session, which may grow; each chunk is read once."""

    def __init__(self) -> None:
        self.marks: list[tuple[int, str]] = []
        self._read = 0

    def update(self, reader: SessionReader) -> None:
        """Read the chunks that are new."""
        spans = reader.spans
        new = islice(marks_in(reader, spans[self._read :]), MAX_MARKS - len(self.marks))
        self.marks.extend(new)
        self._read = len(spans)


def timeline_spans(reader: SessionReader) -> list[TimelineSpan]:
    """At most ``MAX_SPANS``, in order; as many neighbors in each as it takes."""
    spans = [each for each in reader.spans if each.t_end_ns > each.t_begin_ns or each.events]
    group = -(-len(spans) // MAX_SPANS) or 1
    return [
        TimelineSpan(
            part[0].t_begin_ns,
            part[-1].t_end_ns,
            sum(each.misses for each in part),
            sum(each.swaps for each in part),
            sum(each.marks for each in part),
        )
        for part in (spans[at : at + group] for at in range(0, len(spans), group))
    ]
