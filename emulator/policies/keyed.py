"""The shortest way to a policy of one's own: a number for each slice, the least goes first."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Final

from emulator.policies.axes import Admission, Placement
from emulator.policies.base import (
    BackendState,
    Decision,
    GroupedPolicy,
    Key,
    Queue,
    ReadySlice,
)
from emulator.policies.walk import Chip, walk


class KeyedPolicy(GroupedPolicy):
    """Starts slices in order of ``priority``, where ``placement`` says.

    The engine keeps the order, so a long queue costs no more than a short one.
    """

    name = ""
    description = ""
    admission = Admission.KEEP
    chunk = 0
    sticky = True
    placement = Placement.EARLIEST_FINISH

    @abstractmethod
    def priority(self, ready: ReadySlice) -> int:
        """The least goes first; asked once, when the slice begins to wait."""

    def group(self, ready: ReadySlice) -> Hashable:
        """Slices that are placed alike wait in one queue."""
        return ready.backends, ready.rest_ns, ready.home

    def key(self, ready: ReadySlice) -> Key:
        """The priority, then the order of semantics.md."""
        return int(self.priority(ready)), ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """What can start now."""
        chip = Chip(now_ns, backends)
        place = _PLACES[self.placement]
        return walk(chip, queues, lambda ready: place(ready, chip))


def _first_idle(ready: ReadySlice, chip: Chip) -> int:
    return next((each for each in ready.backends if chip.idle[each]), -1)


def _fastest_idle(ready: ReadySlice, chip: Chip) -> int:
    pairs = zip(ready.rest_ns, ready.backends, strict=True)
    return min((pair for pair in pairs if chip.idle[pair[1]]), default=(0, -1))[1]


_PLACES: Final[Mapping[Placement, Callable[[ReadySlice, Chip], int]]] = {
    Placement.FIRST_IDLE: _first_idle,
    Placement.FASTEST_IDLE: _fastest_idle,
    Placement.EARLIEST_FINISH: lambda ready, chip: chip.earliest_if_idle(ready),
    Placement.AFFINITY: lambda ready, chip: chip.home_if_idle(ready),
}
