"""Ready slices in the queues of a grouped policy, kept while slices come and go."""

from bisect import bisect_left, insort
from collections.abc import Collection, Hashable

from emulator.policies.base import GroupedPolicy, Key, ReadySlice


class ReadyQueues:
    """A queue for each group of slices that wait."""

    __slots__ = ("_places", "_queues", "policy")

    def __init__(self, policy: GroupedPolicy) -> None:
        self.policy = policy
        self._queues: dict[Hashable, list[tuple[Key, ReadySlice]]] = {}
        self._places: dict[int, tuple[Hashable, Key]] = {}
        """Group and key of each slice, by its handle."""

    def add(self, ready: ReadySlice) -> None:
        """A slice begins to wait."""
        group, key = self.policy.group(ready), self.policy.key(ready)
        insort(self._queues.setdefault(group, []), (key, ready))
        self._places[ready.handle] = (group, key)

    def remove(self, ready: ReadySlice) -> None:
        """It waits no longer."""
        group, key = self._places.pop(ready.handle)
        queue = self._queues[group]
        # Most that leave were at the head.
        del queue[0 if queue[0][1] is ready else bisect_left(queue, key, key=_key_of)]
        if not queue:
            del self._queues[group]

    @property
    def all(self) -> Collection[list[tuple[Key, ReadySlice]]]:
        """The queues; none is empty."""
        return self._queues.values()


def _key_of(entry: tuple[Key, ReadySlice]) -> Key:
    return entry[0]
