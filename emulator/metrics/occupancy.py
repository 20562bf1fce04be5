"""Who has held the backends for how long: from it a job learns behind whom it waited."""

from collections.abc import Iterable, Iterator, Mapping
from operator import sub
from typing import Final, TypeAlias

from emulator.metrics.checkpoint import State, text, whole, wholes

_OPEN: Final = 1 << 62
"""The end of a slice that runs."""


Held: TypeAlias = tuple[Mapping[str, int], str, int, int]
"""What a backend has done so far: ns of all slices but the last by stream, and of the last one the
stream, the start and the end. A plain tuple, because each slice makes two of them; nothing in it is
ever changed, so that others may keep it."""
_NOTHING: Final[Held] = ({}, "", 0, 0)


def held_until(held: Held, t_ns: int) -> Mapping[str, int]:
    """The time that each stream has held the backend, at an instant of the last slice or later.

    The last slice may have ended after that instant: a release counts from when it was due, even
    if it is heard of later.
    """
    held_ns, stream, start_ns, end_ns = held
    ran_ns = min(t_ns, end_ns) - start_ns
    if ran_ns <= 0:
        return held_ns
    return {**held_ns, stream: held_ns.get(stream, 0) + ran_ns}


class Occupancy:
    """What the jobs of a run share: the backends by who held them, and the queues before them."""

    __slots__ = ("held", "queue")

    def __init__(self, backends: int) -> None:
        self.queue = [0] * backends
        """Ready slices by the backend that is fastest for them."""
        self.held = [_NOTHING] * backends

    def start(self, backend: int, stream: str, t_ns: int) -> None:
        """A slice of this stream starts."""
        self.held[backend] = (held_until(self.held[backend], t_ns), stream, t_ns, _OPEN)

    def finish(self, backend: int, end_ns: int) -> None:
        """The running slice ends."""
        held_ns, stream, start_ns, _ = self.held[backend]
        self.held[backend] = (held_ns, stream, start_ns, end_ns)

    def now(self) -> tuple[Held, ...]:
        """All backends as they are, to be compared with later."""
        return tuple(self.held)

    def since(
        self, before: Held, begin_ns: int, backend: int, end_ns: int
    ) -> Iterator[tuple[str, int]]:
        """(stream, ns) of those who held the backend between then and now."""
        earlier = held_until(before, begin_ns)
        for stream, held_ns in held_until(self.held[backend], end_ns).items():
            gained_ns = held_ns - earlier.get(stream, 0)
            if gained_ns > 0:
                yield stream, gained_ns

    def state(self) -> State:
        """Per backend: its queue, who held it for how long, and its last slice."""
        return tuple(
            (queue, dict(held_ns), *last_slice)
            for queue, (held_ns, *last_slice) in zip(self.queue, self.held, strict=True)
        )

    @classmethod
    def restored(cls, backends: int, state: State) -> "Occupancy":
        """The same from its state."""
        occupancy = cls(backends)
        occupancy.queue, occupancy.held = [], []
        for queue, held, stream, start_ns, end_ns in state:
            held_ns = {text(name): whole(value) for name, value in held.items()}
            occupancy.queue.append(whole(queue))
            occupancy.held.append((held_ns, text(stream), whole(start_ns), whole(end_ns)))
        if len(occupancy.held) != backends:
            raise ValueError("it is of another number of backends")
        return occupancy

    def marks_state(self, marks: Iterable[tuple[tuple[Held, ...], int]]) -> State:
        """What ``now()`` gave at some instants, each as its difference to the one before.

        Jobs that wait one behind the other have marks that differ by few slices.
        """
        columns, values = self._columns()
        rows = []
        for mark, t_ns in marks:
            known = [held_until(held, t_ns) for held in mark]
            row = [known[backend].get(stream, 0) for backend, stream in columns]
            rows.append(tuple(map(sub, values, row)))
            values = row
        return tuple(rows)

    def restored_marks(self, state: State) -> Iterator[tuple[Held, ...]]:
        """The marks from their state."""
        columns, values = self._columns()
        for row in state:
            held_ns: list[dict[str, int]] = [{} for _ in self.held]
            values = list(map(sub, values, wholes(row)))
            for (backend, stream), value in zip(columns, values, strict=True):
                held_ns[backend][stream] = value
            yield tuple((values_ns, "", 0, 0) for values_ns in held_ns)

    def _columns(self) -> tuple[list[tuple[int, str]], list[int]]:
        """Each (backend, stream) that has been seen, and for how long."""
        columns: list[tuple[int, str]] = []
        values: list[int] = []
        for backend, (held_ns, last, _, _) in enumerate(self.held):
            streams = dict.fromkeys((*held_ns, last))
            columns += [(backend, stream) for stream in streams]
            values += [held_ns.get(stream, 0) for stream in streams]
        return columns, values
