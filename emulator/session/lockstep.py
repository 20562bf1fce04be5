"""Two journals side by side, by the numbers of their events: where they first differ."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from emulator.journal import Event, as_dict

_Part: TypeAlias = tuple[int, Sequence[Event]]
"""Number of the first event in the run, and the events."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event of which two journals differ; None for a side that has no such event."""

    event: int
    """Its number in the run, from 0."""
    t_ns: int
    """The earlier of the two sides."""
    left: Mapping[str, object] | None
    """Named fields, as of ``journal.as_dict``."""
    right: Mapping[str, object] | None


class Lockstep:
    """Takes the parts of both journals, each in order, and compares what it has of both.

    Events that only one side has, because the other has a gap there, are passed over.
    """

    def __init__(self) -> None:
        self._left: deque[_Part] = deque()
        self._right: deque[_Part] = deque()
        self.equal = 0
        """Events that were compared and found equal."""
        self.t_ns = 0
        """Virtual time of the last of them."""
        self.difference: Difference | None = None
        self.skipped = 0
        """Events that only one side had."""

    @property
    def left_waits(self) -> bool:
        """Whether the left side has events that were not compared yet."""
        return bool(self._left)

    @property
    def right_waits(self) -> bool:
        """Likewise the right side."""
        return bool(self._right)

    def add_left(self, first: int, events: Sequence[Event]) -> None:
        """The next events of the left side, and the number of the first of them."""
        if events:
            self._left.append((first, events))
            self._compare()

    def add_right(self, first: int, events: Sequence[Event]) -> None:
        """Likewise for the right side."""
        if events:
            self._right.append((first, events))
            self._compare()

    def end_right(self) -> None:
        """The right side has no more: what is left of the left side differs from it."""
        if self._left and self.difference is None:
            number, events = self._left[0]
            self._differ(number, events[0], None)

    def _compare(self) -> None:
        while self._left and self._right and self.difference is None:
            (left_at, left), (right_at, right) = self._left.popleft(), self._right.popleft()
            first = max(left_at, right_at)
            left, right = left[first - left_at :], right[first - right_at :]
            self.skipped += (first - left_at) + (first - right_at)
            count = min(len(left), len(right))
            self._compare_parts(first, left[:count], right[:count])
            if left[count:] or not count:
                self._put_back(self._left, first + count, left[count:])
            if right[count:]:
                self._put_back(self._right, first + count, right[count:])

    @staticmethod
    def _put_back(side: deque[_Part], first: int, events: Sequence[Event]) -> None:
        if events:
            side.appendleft((first, events))

    def _compare_parts(self, first: int, left: Sequence[Event], right: Sequence[Event]) -> None:
        """Compare as many events of both sides."""
        if left != right:
            for number, (one, other) in enumerate(zip(left, right, strict=True), first):
                # A journal from a file has tuples where one from an engine may have lists.
                if one != other and _tupled(one) != _tupled(other):
                    self.equal += number - first
                    self._differ(number, one, other)
                    return
        if left:
            self.equal += len(left)
            self.t_ns = cast("int", left[-1][1])

    def _differ(self, number: int, left: Event | None, right: Event | None) -> None:
        t_ns = min(cast("int", each[1]) for each in (left, right) if each is not None)
        self.difference = Difference(
            event=number,
            t_ns=t_ns,
            left=None if left is None else as_dict(left),
            right=None if right is None else as_dict(right),
        )


def _tupled(value: object) -> object:
    """The value with tuples for lists."""
    if isinstance(value, list | tuple):
        return tuple(map(_tupled, value))
    if isinstance(value, dict):
        return {key: _tupled(each) for key, each in value.items()}
    return value
