"""Events to the bytes of an events chunk and back: columns instead of rows.

Events of one kind and one stream have almost everything in common, so they stand together in a
group, column by column: a field that never changes is written once, job numbers as differences,
instants as distances from the event's time. The order of the groups' events is kept beside them.
This halves the size of msgpack rows for twice the time to pack them, because all loops over
events but one are in C. Events that do not fit that mold (too short, of differing lengths, a
second field that is no key) are grouped by kind and length and written as plain values.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import accumulate, repeat
from operator import itemgetter, sub
from typing import Any, Final, TypeAlias, cast

from emulator.journal import COMPLETED, DROPPED, FIELDS, MARKER, POLICY, RELEASED, Event
from emulator.session.errors import DamageError
from emulator.session.format import (
    COLUMN_DELTAS,
    COLUMN_FROM_TIME,
    COLUMN_VALUES,
    MAX_FIELDS,
    Span,
)
from emulator.session.packing import pack, unpack

Groups: TypeAlias = list[list[Any]]
"""Events by what they have in common. Events are read unchecked here, so they are Any."""

_KIND_AND_STREAM: Final = itemgetter(0, 2)
_TIME: Final[Callable[[Event], Any]] = itemgetter(1)
_INSTANTS: Final = {
    kind: frozenset(at for at, name in enumerate(names) if name.endswith("_ns"))
    for kind, names in FIELDS.items()
}
"""Positions of the fields that hold virtual times, by kind."""
_MISFITS: Final = (IndexError, TypeError, ValueError, OverflowError)
_NESTED: Final = (tuple, list)
_OUTCOME: Final = 4


class _Numbers(dict[Hashable, int]):
    """Numbers keys in the order in which they are first asked for."""

    def __missing__(self, key: Hashable) -> int:
        number = self[key] = len(self)
        return number


def encode(events: Sequence[Event]) -> tuple[bytes, Groups]:
    """The events as msgpack, and their groups (for ``count``).

    Raises:
        OverflowError, TypeError, ValueError: values that msgpack cannot hold.
    """
    try:
        order, groups = _grouped(map(_KIND_AND_STREAM, events), events)
        columns = list(map(_columns, groups))
        return pack([_deltas(list(map(_TIME, events))), order, columns]), groups
    except _MISFITS:
        order, groups = _grouped(((event[0], len(event)) for event in events), events)
        columns = list(map(_plain, groups))
        return pack([_deltas(list(map(_TIME, events))), order, columns]), groups


def _grouped(keys: Iterable[Hashable], events: Sequence[Event]) -> tuple[list[int], Groups]:
    """The number of each event's group, and the groups."""
    numbers = _Numbers()
    order = list(map(numbers.__getitem__, keys))
    groups: Groups = [[] for _ in numbers]
    for number, event in zip(order, events, strict=True):
        groups[number].append(event)
    return order, groups


def _deltas(values: Sequence[int]) -> list[int]:
    return [*values[:1], *map(sub, values[1:], values)]


def _columns(group: list[Any]) -> list[object]:
    """The kind and, per field, the one value that all have or a coded column."""
    columns = zip(*group, strict=True)
    kind, times = next(columns)[0], next(columns)
    instants = _INSTANTS.get(kind, ())
    size = len(group)
    written: list[object] = [kind]
    for position, column in enumerate(columns):
        first = column[0]
        if first == column[-1] and column.count(first) == size and type(first) not in _NESTED:
            written.append(first)
        elif type(first) is not int:
            written.append([COLUMN_VALUES, *column])
        else:
            if position in instants:
                coded = [COLUMN_FROM_TIME, *map(sub, column, times)]
            else:
                coded = [COLUMN_DELTAS, first, *map(sub, column[1:], column)]
            # A float among the values would come back rounded; it turns the sum into one.
            written.append(coded if type(sum(coded)) is int else [COLUMN_VALUES, *column])
    return written


def _plain(group: list[Any]) -> list[object]:
    kind, _, *columns = zip(*group, strict=True)
    return [kind[0], *([COLUMN_VALUES, *column] for column in columns)]


def count(groups: Groups) -> tuple[int, int, int, int]:
    """Jobs released, misses, policy swaps and markers among the events."""
    sizes = dict.fromkeys((RELEASED, DROPPED, POLICY, MARKER), 0)
    late = 0
    for group in groups:
        kind = group[0][0]
        if kind in sizes:
            sizes[kind] += len(group)
        elif kind == COMPLETED and len(group[0]) > _OUTCOME:
            late += [event[_OUTCOME] for event in group].count("late")
    return sizes[RELEASED], late + sizes[DROPPED], sizes[POLICY], sizes[MARKER]


def decode(value: object, span: Span) -> list[Event]:
    """The events in the unpacked body of a chunk, in the order in which they were written.

    Raises:
        DamageError: a value that is no such body, or that does not fit its summary.
    """
    try:
        times, order, groups = _parts(value, span.events)
        times_of: list[list[int]] = [[] for _ in groups]
        for group, t_ns in zip(order, times, strict=True):
            times_of[group].append(t_ns)
        pairs = zip(groups, times_of, strict=True)
        rows = [_rows(columns, own) for columns, own in pairs]
        return [next(rows[group]) for group in order]
    except (*_MISFITS, StopIteration):
        raise DamageError("does not hold events") from None


def _parts(value: object, size: int) -> tuple[list[int], tuple[int, ...], tuple[Any, ...]]:
    if not isinstance(value, tuple):
        raise TypeError
    deltas, order, groups = value[:3]
    if len(deltas) != size or len(order) != size:
        raise ValueError
    if not set(map(type, deltas)) | set(map(type, order)) <= {int} or min(order, default=0) < 0:
        raise TypeError
    return list(accumulate(deltas)), order, groups


def _rows(columns: tuple[Any, ...], times: list[int]) -> Iterator[Event]:
    """The events of one group."""
    kind, *coded = columns
    if not isinstance(kind, str) or len(coded) > MAX_FIELDS:
        raise TypeError
    return zip(repeat(kind), times, *(_values(column, times) for column in coded), strict=False)


def _values(column: object, times: list[int]) -> Iterable[object]:
    """The values of a column, one per time."""
    if not isinstance(column, tuple):
        return repeat(column)
    coding, values = column[0], column[1:]
    if len(values) != len(times):
        raise ValueError
    if coding == COLUMN_VALUES:
        return values
    if not set(map(type, values)) <= {int}:
        raise TypeError
    if coding == COLUMN_DELTAS:
        return accumulate(values)
    if coding == COLUMN_FROM_TIME:
        return map(int.__add__, times, values)
    raise ValueError


def as_read(events: Sequence[Event]) -> list[Event]:
    """The events as a reader gives them back: equal, but with tuples for lists inside them."""
    return cast("list[Event]", list(cast("tuple[Event, ...]", unpack(pack(list(events))))))
