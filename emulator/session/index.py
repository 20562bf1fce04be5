"""Where the chunks of a session file are, and what they say of themselves."""

from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from typing import Final, TypeVar

from emulator.session.errors import DamageError
from emulator.session.format import EVENTS, KEYFRAME, MAX_CHUNKS, NOTE, Place, Span
from emulator.session.packing import SMALL, compress, pack, unpack_body

S = TypeVar("S", Span, Place)
_LARGEST: Final = 2**63 - 1


class Index:
    """Offsets and summaries of the events chunks, keyframes and notes of a file, in its order."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.keyframes: list[Place] = []
        self.notes: list[Place] = []
        self.span_offsets: list[int] = []
        self.keyframe_offsets: list[int] = []
        self.note_offsets: list[int] = []

    def __len__(self) -> int:
        return len(self.spans) + len(self.keyframes) + len(self.notes)

    def add(self, kind: bytes, offset: int, summary: Span | Place) -> None:
        """The next chunk."""
        if isinstance(summary, Span):
            self.spans.append(summary)
            self.span_offsets.append(offset)
        elif kind == KEYFRAME:
            self.keyframes.append(summary)
            self.keyframe_offsets.append(offset)
        else:
            self.notes.append(summary)
            self.note_offsets.append(offset)

    def to_body(self) -> bytes:
        """The body of the index chunk: per kind the columns, offset first, as differences."""
        table = {
            EVENTS.decode(): _columns(self.span_offsets, self.spans),
            KEYFRAME.decode(): _columns(self.keyframe_offsets, self.keyframes),
            NOTE.decode(): _columns(self.note_offsets, self.notes),
        }
        return compress(pack(table), SMALL)

    @classmethod
    def from_body(cls, body: bytes) -> "Index":
        """The index in the body of a chunk. Raises DamageError: it is none."""
        table = unpack_body(body)
        index = cls()
        if not isinstance(table, dict):
            raise DamageError("holds no table")
        index.span_offsets, index.spans = _rows(table, EVENTS, Span)
        index.keyframe_offsets, index.keyframes = _rows(table, KEYFRAME, Place)
        index.note_offsets, index.notes = _rows(table, NOTE, Place)
        return index


def summary_of(kind: type[S], value: object) -> S:
    """A summary from the values in a file; more than it knows are ignored.

    Raises:
        DamageError: too few, or anything but integers from 0 to 2**63 - 1.
    """
    values = value[: len(kind._fields)] if isinstance(value, tuple) else ()
    if len(values) != len(kind._fields) or not all(map(is_count, values)):
        raise DamageError("has a summary that is none")
    return kind(*values)


def is_count(value: object) -> bool:
    """Whether a value of a summary is an integer from 0 to 2**63 - 1."""
    return type(value) is int and 0 <= value <= _LARGEST


def _columns(offsets: list[int], summaries: Sequence[Span | Place]) -> list[list[int]]:
    columns = [tuple(offsets), *zip(*summaries, strict=True)]
    return [[*column[:1], *map(sub, column[1:], column)] for column in columns]


def _rows(table: dict[str, object], kind: bytes, row: type[S]) -> tuple[list[int], list[S]]:
    columns = table.get(kind.decode(), ())
    if not isinstance(columns, tuple) or not all(isinstance(each, tuple) for each in columns):
        raise DamageError("holds no columns")
    if not columns or not columns[0]:
        return [], []
    if len({len(column) for column in columns}) > 1 or len(columns[0]) > MAX_CHUNKS:
        raise DamageError("holds columns that do not fit each other")
    if any(set(map(type, column)) != {int} for column in columns):
        raise DamageError("holds columns that are no numbers")
    wanted = columns[: 1 + len(row._fields)]
    offsets, *values = (list(accumulate(column)) for column in wanted)
    if len(values) != len(row._fields) or min(map(min, (offsets, *values))) < 0:
        raise DamageError("holds columns that are no summaries")
    return offsets, [row(*each) for each in zip(*values, strict=True)]
