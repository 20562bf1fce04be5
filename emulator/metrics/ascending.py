"""Numbers of a rolling window in ascending order."""

from bisect import bisect_left
from typing import Final, Generic, TypeVar

_MAX_PENDING: Final = 1024

_Number = TypeVar("_Number", int, float)


class Ascending(Generic[_Number]):
    """Numbers that come and go, put in order when somebody asks.

    Between two frames few of them do, and a list that is in order but for its end is sorted in next
    to no time.
    """

    __slots__ = ("_come", "_gone", "_sorted")

    def __init__(self) -> None:
        self._sorted: list[_Number] = []
        self._come: list[_Number] = []
        self._gone: list[_Number] = []

    def add(self, value: _Number) -> None:
        """One comes."""
        self._come.append(value)
        if len(self._come) >= _MAX_PENDING:
            # Nobody may ever ask.
            self.values()

    def remove(self, value: _Number) -> None:
        """One that came before goes."""
        self._gone.append(value)

    def values(self) -> list[_Number]:
        """Those that are there, ascending. The list is not the caller's to change or to keep."""
        ordered = self._sorted
        if self._come:
            ordered += self._come
            ordered.sort()
            self._come.clear()
        for value in self._gone:
            del ordered[bisect_left(ordered, value)]
        self._gone.clear()
        return ordered
