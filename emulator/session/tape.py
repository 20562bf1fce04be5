"""A session file as a machine that a driver can pace, with the metrics that go with it.

Where the file has gaps, or events that fit nothing before them, the metrics go on from the next
keyframe. What cannot be used is left out and said in ``problems``; nothing of it raises. Where the
file has no keyframes the tape keeps some of its own, made while it plays.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final, Protocol, TypeAlias

from emulator.commands import Command
from emulator.errors import UserError
from emulator.journal import Event
from emulator.metrics import JournalError
from emulator.metrics.checkpoint import State
from emulator.session.checkpoints import Checkpoints, KnownStates
from emulator.session.contents import Problems
from emulator.session.reader import SessionReader
from emulator.session.records import Keyframe
from emulator.session.stretches import Stretch, stretches_of

_MAX_TRIES: Final = 3
"""Keyframes that are tried for one seek."""
_LATEST_NS: Final = 2**63 - 1
_TIME: Final = itemgetter(1)
_Batch: TypeAlias = tuple[int, list[Event]]
"""Number of the first event in the run, and the events."""
_NO_BATCH: Final[_Batch] = (0, [])


class TapeMeter(Protocol):
    """What a tape needs of the metrics."""

    def feed(self, events: Sequence[Event]) -> None:
        """Take in the next events. Raises JournalError."""

    def state(self) -> State:
        """All that is known."""

    def restore(self, state: State) -> None:
        """Know that and nothing else. Raises JournalError: it is no such state."""


class Tape:
    """Plays a session; keeps the metrics at ``now_ns``. Every method may raise SessionError.

    Args:
        reader: of the session.
        meter: metrics that have seen nothing.
        checkpoints: states that tapes of this session and like metrics have made; it adds its own.
    """

    def __init__(
        self, reader: SessionReader, meter: TapeMeter, checkpoints: Checkpoints | None = None
    ) -> None:
        self._reader = reader
        self._meter = meter
        self._checkpoints = Checkpoints() if checkpoints is None else checkpoints
        self._states = KnownStates(reader, self._checkpoints)
        self._blank = meter.state()
        self._own_problems = Problems()
        self._stretches = stretches_of(reader)
        self._ends_ns = reader.t_end_ns
        self._now_ns = self.begins_ns
        self._stretch = -1
        """Index of the one that plays."""
        self._batches: Iterator[_Batch] = iter(())
        self._batch: list[Event] = []
        self._at = 0
        self._first = 0
        """Number in the run of the first event of the batch."""
        self._unfed: list[Event] = []
        self._known_ns = self.begins_ns
        """Virtual time of the last state before now that a seek finds."""
        self._tell_gaps()
        self.seek(self.begins_ns)

    @property
    def begins_ns(self) -> int:
        """Virtual time at which the session begins."""
        return self._reader.header.begins_ns

    @property
    def ends_ns(self) -> int:
        """Virtual time that the session has reached."""
        return self._ends_ns

    @property
    def problems(self) -> tuple[str, ...]:
        """What was found wrong so far, a sentence each."""
        return (*self._reader.problems, *self._own_problems)

    # As a machine

    @property
    def now_ns(self) -> int:
        """The instant that was played last."""
        return self._now_ns

    @property
    def next_event_ns(self) -> int | None:
        """The next instant of the session, its end included; None after that."""
        if self._has_event():
            return self._time(self._batch[self._at])
        if self._stretch + 1 < len(self._stretches):
            return max(self._stretches[self._stretch + 1].t_begin_ns, self._now_ns)
        return self._ends_ns if self._now_ns < self._ends_ns else None

    def advance(self, until_ns: int) -> None:
        """Play every instant up to and including this one."""
        while (t_ns := self.next_event_ns) is not None and t_ns <= until_ns:
            if self._has_event():
                self._play(until_ns)
            elif self._stretch + 1 < len(self._stretches):
                self._enter(self._stretch + 1)
            self._now_ns = max(self._now_ns, t_ns)

    def apply(self, command: Command, t_ns: int) -> int:
        """Raises UserError: what has happened cannot be changed."""
        raise UserError("a recorded session cannot be changed")

    def drain(self) -> list[Event]:
        """Bring the metrics up to date; the events that they were given."""
        fed, self._unfed = self._unfed, []
        if fed:
            try:
                self._meter.feed(fed)
            except JournalError as error:
                self._own_problems.add(str(error))
                self._leave_out(self._time(fed[0]))
            else:
                self._keep_state()
        return fed

    # As a tape

    def seek(self, t_ns: int) -> None:
        """Go to the last place at or before a virtual time from which the metrics are known.

        ``advance`` to the time itself is left to the caller.
        """
        self._unfed = []
        index = self._stretch_at(t_ns)
        while index >= 0 and not self._restore_in(index, t_ns):
            index -= 1
        if index < 0:
            self._meter.restore(self._blank)
            self._now_ns = self.begins_ns
            self._stretch, self._batches, self._batch, self._at = -1, iter(()), [], 0

    def distance_ns(self, t_ns: int) -> int:
        """Run time between a virtual time and the place that ``seek`` would go to."""
        return t_ns - self._states.time_before(t_ns)

    def refresh(self) -> bool:
        """Look for what was appended to the file since; whether there is more."""
        was_at_end = not self._has_event()
        known = self._reader.spans
        if not self._reader.refresh():
            return False
        stretches = len(self._stretches)
        self._stretches = stretches_of(self._reader)
        self._ends_ns = max(self._ends_ns, self._reader.t_end_ns)
        if len(self._stretches) != stretches:
            self._tell_gaps()
            now_ns = self._now_ns
            self.seek(now_ns)
            self.advance(now_ns)
        elif was_at_end and self._stretch >= 0:
            first = known[-1].first_event + known[-1].events if known else 0
            self._batches = self._reader.numbered(first=max(first, self._current.first_event))
        return True

    # Inside

    @property
    def _current(self) -> Stretch:
        return self._stretches[self._stretch]

    def _stretch_at(self, t_ns: int) -> int:
        begun = [at for at, each in enumerate(self._stretches) if each.t_begin_ns <= t_ns]
        return begun[-1] if begun else -1

    def _enter(self, index: int) -> None:
        """Play on from the beginning of a stretch, or leave it out."""
        self.drain()
        if not self._restore_in(index, self._stretches[index].t_begin_ns):
            self._stretch, self._batches, self._batch, self._at = index, iter(()), [], 0

    def _restore_in(self, index: int, t_ns: int) -> bool:
        """Set the metrics to the last known state of a stretch; whether there is one."""
        stretch = self._stretches[index]
        before_ns = min(t_ns, stretch.t_end_ns)
        for _ in range(_MAX_TRIES):
            keyframe = self._states.before(before_ns)
            if keyframe is None or keyframe.first_event < stretch.first_event:
                break
            if self._restore(keyframe):
                self._play_from(index, keyframe.t_ns, keyframe.first_event)
                return True
            before_ns = keyframe.t_ns - 1
        if stretch.is_start:
            self._meter.restore(self._blank)
            self._play_from(index, stretch.t_begin_ns, stretch.first_event)
        return stretch.is_start

    def _keep_state(self) -> None:
        """Remember what the metrics know, where a seek would have far to go to here."""
        now_ns, spacing_ns = self._now_ns, self._checkpoints.spacing_ns
        if now_ns - self._known_ns < spacing_ns:
            return
        self._known_ns = self._states.time_before(now_ns)
        if now_ns - self._known_ns >= spacing_ns:
            self._known_ns = now_ns
            first = self._first + self._at
            self._checkpoints.add(Keyframe(now_ns, first, self._meter.state()))

    def _restore(self, keyframe: Keyframe) -> bool:
        state: Any = keyframe.state
        try:
            self._meter.restore(state)
        except JournalError as error:
            self._own_problems.add(str(error))
            return False
        return True

    def _play_from(self, index: int, t_ns: int, first_event: int) -> None:
        self._stretch, self._now_ns, self._known_ns = index, t_ns, t_ns
        is_last = index == len(self._stretches) - 1
        until_ns = None if is_last else self._stretches[index].t_end_ns
        self._batches = self._reader.numbered(until_ns=until_ns, first=first_event)
        self._batch, self._at = [], 0

    def _has_event(self) -> bool:
        """Whether an event of this stretch is left; loads the chunk it is in."""
        while self._at >= len(self._batch):
            number, batch = next(self._batches, _NO_BATCH)
            if not batch:
                return False
            if _in_order(batch):
                self._first, self._batch, self._at = number, batch, 0
            else:
                self._own_problems.add("some of its events are out of order and are left out")
        return True

    def _play(self, until_ns: int) -> None:
        """Take events of the chunk up to a time."""
        batch, begin = self._batch, self._at
        at = begin
        while at < len(batch) and self._time(batch[at]) <= until_ns:
            at += 1
        self._at = at
        self._unfed += batch[begin:at]
        self._now_ns = max(self._now_ns, self._time(batch[at - 1]))

    @staticmethod
    def _time(event: Event) -> int:
        t_ns: Any = event[1]
        return int(t_ns)

    def _leave_out(self, from_ns: int) -> None:
        """Forget everything, and go on from the next keyframe."""
        self._meter.restore(self._blank)
        self._batches, self._batch, self._at = iter(()), [], 0
        index, stretch = self._stretch, self._current
        head = stretch._replace(t_end_ns=from_ns)
        parts = [head]
        for place in self._reader.keyframes:
            if from_ns < place.t_ns <= stretch.t_end_ns and place.first_event > stretch.first_event:
                parts.append(
                    Stretch(place.t_ns, stretch.t_end_ns, place.first_event, is_start=False)
                )
                break
        self._stretches = (*self._stretches[:index], *parts, *self._stretches[index + 1 :])

    def _tell_gaps(self) -> None:
        for gap in self._reader.gaps:
            begin_s, end_s = gap.t_begin_ns / 1e9, gap.t_end_ns / 1e9
            self._own_problems.add(
                f"{gap.events:,} events between {begin_s:.1f} s and {end_s:.1f} s are missing"
            )


def _in_order(batch: Sequence[Event]) -> bool:
    """Whether the events come one after the other, within the times that there are."""
    times: list[Any] = list(map(_TIME, batch))
    return times[-1] <= _LATEST_NS and all(first <= then for first, then in pairwise(times))
