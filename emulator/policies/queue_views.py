"""The queues of the engine as somebody's own policy is shown them: to look at only."""

from collections.abc import Collection, Iterator, Sequence
from typing import overload

from emulator.policies.base import Key, Queue, ReadySlice

Entry = tuple[Key, ReadySlice]


class ReadOnlyQueue(Sequence[Entry]):
    """A queue that cannot be changed."""

    __slots__ = ("_queue",)

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | Sequence[Entry]:
        return self._queue[at]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._queue)

    def __len__(self) -> int:
        return len(self._queue)


class ReadOnlyQueues(Collection[Queue]):
    """All of them."""

    __slots__ = ("_queues",)

    def __init__(self, queues: Collection[Queue]) -> None:
        self._queues = queues

    def __contains__(self, queue: object) -> bool:
        return any(each is queue for each in self)

    def __iter__(self) -> Iterator[Queue]:
        return map(ReadOnlyQueue, self._queues)

    def __len__(self) -> int:
        return len(self._queues)
