"""The queue at an instant: the jobs that were released, had not ended, and of which nothing ran."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from emulator import journal
from emulator.timeline.pieces import Pieces

LOOK_BACK_NS: Final = 10_000_000_000
"""A job that was released earlier, and of which no slice ran since, is not seen."""
MAX_QUEUED: Final = 100
_Key: TypeAlias = tuple[int, int]


class Queued(NamedTuple):
    """A job that waits."""

    stream: int
    job: int
    release_ns: int | None
    """None of a job that was released before what is known."""
    deadline_ns: int | None
    """Of the whole job."""


def queue_at(pieces: Pieces, t_ns: int) -> tuple[Queued, ...]:
    """The jobs that wait at an instant, the earliest deadline first; at most ``MAX_QUEUED``.

    What happens at the instant itself has happened. Raises SessionError: it cannot be read.
    """
    waiting = _Waiting(t_ns)
    for events in _events(pieces, t_ns - LOOK_BACK_NS, t_ns):
        for event in events:
            waiting.take(event)
    return waiting.queued()[:MAX_QUEUED]


def _events(pieces: Pieces, from_ns: int, to_ns: int) -> Iterable[Sequence[Sequence[Any]]]:
    for number in pieces.numbers(from_ns, to_ns):
        yield pieces.events(number)
    yield pieces.tail_events


class _Waiting:
    """Follows up to an instant which jobs are open and which have the backends."""

    def __init__(self, until_ns: int) -> None:
        self._until_ns = until_ns
        self._jobs: dict[_Key, Queued] = {}
        self._running: set[tuple[int, int, int]] = set()
        """Backend, stream and job of the slices that run; some may decode together."""

    def take(self, event: Sequence[Any]) -> None:
        """The next event; one of a hostile file that does not fit is left out."""
        try:
            if event[1] <= self._until_ns:
                self._take(event)
        except (IndexError, TypeError, ValueError):
            return

    def _take(self, event: Sequence[Any]) -> None:
        kind, t_ns, *fields = event
        if kind == journal.RELEASED:
            stream, job, deadline_ns, *_ = fields
            self._jobs[stream, job] = Queued(int(stream), int(job), t_ns, deadline_ns)
        elif kind == journal.STARTED:
            stream, job, _, backend, *_ = fields
            self._running.add((backend, stream, job))
            self._jobs.setdefault((stream, job), Queued(int(stream), int(job), None, None))
        elif kind == journal.FINISHED:
            stream, job, _, backend, *_ = fields
            self._running.discard((backend, stream, job))
        elif kind == journal.BACKEND_DOWN:
            self._running = {each for each in self._running if each[0] != fields[0]}
        elif kind in {journal.COMPLETED, journal.DROPPED}:
            self._jobs.pop((fields[0], fields[1]), None)

    def queued(self) -> tuple[Queued, ...]:
        running = {each[1:] for each in self._running}
        waits = [each for key, each in self._jobs.items() if key not in running]
        return tuple(sorted(waits, key=_by_deadline))


def _by_deadline(each: Queued) -> tuple[bool, int, int, int]:
    return each.deadline_ns is None, each.deadline_ns or 0, each.stream, each.job
