"""A journal with holes, so that a result can be made of it: whole jobs only.

A recording that was begun in mid-run, or that lost a chunk, has jobs of which something is
missing. They are left out: no figure rests on half a job.
"""

from collections.abc import Mapping, Sequence

from emulator import journal
from emulator.journal import Event
from emulator.metrics.events import MISFITS, Unread, misfit
from emulator.shared_time import place_of, share_ns

_OF_JOB = journal.OF_STAGE | journal.ENDS


class WholeJobs:
    """Lays the events of each job aside until it has ended, and hands them on then.

    Args:
        streams: (name, spec) of the streams that were there before the first event, as in the
            journal.
        backends: how many there are.
        begins_ns: virtual time at which the recording begins.
    """

    def __init__(
        self,
        streams: Sequence[tuple[str, Mapping[str, object] | None]],
        backends: int,
        begins_ns: int,
    ) -> None:
        self.announced: list[Event] = [
            (journal.STREAM_ADDED, 0, index, name, spec)
            for index, (name, spec) in enumerate(streams)
        ]
        """What the journal would have said of these streams."""
        self.busy_ns = [0] * backends
        """By backend, of slices that ended, whoever they belong to."""
        self._streams = set(range(len(streams)))
        self._begins_ns = begins_ns
        self._open: dict[tuple[object, object], list[Event]] = {}
        self.left_out = 0
        """Jobs of which something is missing, as far as they were seen."""

    def gap(self) -> None:
        """Events are missing here: of any job that is open."""
        self.left_out += len(self._open)
        self._open.clear()

    def feed(self, events: Sequence[Unread]) -> list[Event]:
        """The next events; gives back those of jobs that are whole now.

        Raises:
            JournalError: an event that is none.
        """
        whole: list[Event] = []
        event: Unread = ()
        try:
            for event in events:
                self._take(event, whole)
        except MISFITS as error:
            raise misfit(event, error) from error
        return whole

    def rest(self) -> list[Event]:
        """The events of jobs that were open at the end."""
        return [event for events in self._open.values() for event in events]

    def _take(self, event: Unread, whole: list[Event]) -> None:
        kind = event[0]
        if kind == journal.FINISHED:
            held_ns = event[1] - max(event[8], self._begins_ns)
            self.busy_ns[event[5]] += share_ns(held_ns, *place_of(event[11:]))
        if kind == journal.RELEASED:
            if event[2] in self._streams:
                self._open[event[2], event[3]] = [event]
        elif kind in _OF_JOB:
            self._take_of_job(event, whole)
        elif kind == journal.BACKEND_DOWN:
            for events in self._open.values():
                events.append(event)
        elif kind == journal.STREAM_ADDED and event[2] not in self._streams:
            self._streams.add(event[2])
            whole.append(event)

    def _take_of_job(self, event: Unread, whole: list[Event]) -> None:
        ends = event[0] in journal.ENDS
        kept = self._open.get((event[2], event[3]))
        if kept is not None:
            kept.append(event)
            if ends:
                whole += self._open.pop((event[2], event[3]))
        elif ends:
            self.left_out += 1
