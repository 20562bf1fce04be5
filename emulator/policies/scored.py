"""Policies that give each waiting slice a score at each decision, kept linear in overload.

Slices of one stage that cost the same and leave the same work form a queue by deadline. In it those
that are late and those that are not are looked at apart, and of each only the first and the last: a
score that is monotone in the deadline and the waiting time is best at one of them. Jobs of an LLM
have work of their own, so each makes its own queue.
"""

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Collection, Hashable, Iterator, Sequence

from emulator.policies.axes import Admission
from emulator.policies.base import (
    BackendState,
    Decision,
    GroupedPolicy,
    Key,
    Queue,
    ReadySlice,
)
from emulator.policies.walk import NEVER, Chip

LAYERS = 256
"""Tokens of a prefill chunk: the nearest to the layer boundaries at which these decide."""


class Span:
    """A part of a queue of which both ends are looked at."""

    __slots__ = ("first", "last", "queue")

    def __init__(self, queue: Queue, first: int, end: int) -> None:
        self.queue = queue
        self.first = first
        self.last = end - 1

    @property
    def ends(self) -> Iterator[ReadySlice]:
        """Its first and its last slice."""
        if self.first <= self.last:
            yield self.queue[self.first][1]
        if self.first < self.last:
            yield self.queue[self.last][1]

    def take(self, ready: ReadySlice) -> None:
        """One of the ends has been started."""
        if self.queue[self.first][1] is ready:
            self.first += 1
        else:
            self.last -= 1


class Scored(GroupedPolicy):
    """Starts the slice with the highest score at its home, as long as one of those is idle."""

    admission = Admission.KEEP
    chunk = LAYERS
    sticky = True

    def group(self, ready: ReadySlice) -> Hashable:
        """Equal work, in one stage, bound to one home."""
        costs = (ready.backends, ready.rest_ns, ready.job_rest_ns, ready.job_whole_ns)
        return ready.stream, ready.stage, ready.home, costs

    def key(self, ready: ReadySlice) -> Key:
        """By deadline, then in order."""
        return (NEVER if ready.deadline_ns is None else ready.deadline_ns), ready.tie

    @abstractmethod
    def score(self, ready: ReadySlice, backend: int, now_ns: int, waiting: int) -> float:
        """What is highest for the slice to start on this backend, of so many that wait."""

    def places(self, ready: ReadySlice, chip: Chip) -> list[int]:
        """The idle backends that are scored: its home, as the rule is one for a single device."""
        return [ready.home] if chip.idle[ready.home] else []

    def among(self, candidates: Sequence[ReadySlice], now_ns: int) -> Sequence[ReadySlice]:
        """Those of them that are considered."""
        return candidates

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """The best pair of slice and backend, over and over; ties go to the earlier release."""
        chip = Chip(now_ns, backends)
        waiting = sum(map(len, queues))
        spans = [span for queue in queues for span in _spans(queue, now_ns)]
        decisions: list[Decision] = []
        while any(chip.idle):
            ends = {each.handle: (each, span) for span in spans for each in span.ends}
            considered = self.among([each for each, _ in ends.values()], now_ns)
            scored = [
                (-score, each.release_ns, each.tie, backend, each.handle)
                for each in considered
                for backend in self.places(each, chip)
                for score in [self.score(each, backend, now_ns, waiting)]
            ]
            if not scored:
                break
            *_, backend, handle = min(scored)
            ready, span = ends[handle]
            span.take(ready)
            decisions.append(chip.start(ready, backend))
        return decisions


def _spans(queue: Queue, now_ns: int) -> list[Span]:
    """The late slices and the others; a deadline at this instant is late, no time is left."""
    if queue[0][0][0] > now_ns:
        return [Span(queue, 0, len(queue))]
    late = bisect_left(queue, now_ns + 1, key=_deadline)
    return [Span(queue, 0, late), Span(queue, late, len(queue))]


def _deadline(entry: tuple[Key, ReadySlice]) -> int:
    return entry[0][0]
