"""The engine of a live run behind one lock, moved on by whoever has news for it.

A worker that ends a slice tells so itself, has the engine decide, and leaves with its next slice:
nobody stands between two slices of a backend. Virtual time is wall time since the start, less the
time in which the run was paused; a slice lasts as long as it really ran.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from emulator.commands import BackendDown, Command
from emulator.engine.running import RunningSlice
from emulator.journal import COMPLETED, DROPPED, INFERENCE, STREAM_ADDED, Event
from emulator.serving.pacing import PaceHealth
from emulator.snapshot import Pace
from emulator.virtual import Machine

MIN_LIMIT_NS: Final = 2_000_000_000
LIMIT_FACTOR: Final = 20
"""A slice that runs longer than both this many times its estimate and ``MIN_LIMIT_NS`` hangs."""
NOBODY: Final = -1

Job = tuple[str, int]
"""A stream's name and a job's number."""


class LiveMachine(Machine, Protocol):
    """What a live run needs of the engine beyond what every driver does."""

    def complete(self, backend: int, t_ns: int) -> int:
        """The slice on a real backend ends at this instant, or 1 ns after the last processed."""

    def running(self, backend: int) -> RunningSlice | None:
        """The slice that runs on this backend."""


class Hands(Protocol):
    """Whoever executes the slices of one real backend; called under the schedule's lock."""

    def give(self, work: RunningSlice) -> None:
        """Run this slice now."""

    def over(self, job: Job) -> None:
        """Nothing of this job is needed any more."""

    def abandon(self, reason: str) -> None:
        """The backend is down: what still runs is in vain."""


@dataclass(slots=True)
class _Given:
    """A slice that was given to a worker."""

    work: RunningSlice
    wall_ns: int
    origin_ns: int
    """The wall time of virtual 0 then: a pause must not shorten the slice."""
    has_ended: bool = False
    """The engine knows when, but has not come to that instant."""


class LiveSchedule:
    """The one place where a live run changes; every method may be called from any thread.

    Args:
        machine: the engine, whose ``external`` backends are the keys of ``names``.
        names: of the real backends, by index in the profile.
        clock: wall time in ns.
    """

    def __init__(
        self, machine: LiveMachine, names: Mapping[int, str], clock: Callable[[], int]
    ) -> None:
        self.changed = threading.Condition()
        """Its lock guards everything here; it is notified when ``wake_ns`` comes earlier."""
        self._machine = machine
        self._names = dict(names)
        self._clock = clock
        self._hands: dict[int, Hands] = {}
        self._given: dict[int, _Given] = {}
        self._down: set[int] = set()
        self._is_closed = False
        self._frozen_ns: int | None = 0
        """Virtual time while it stands still."""
        self._origin_ns = 0
        self._promised_ns: int | None = None
        """The wall time at which somebody will come by himself."""
        self._health = PaceHealth()
        self._events: list[Event] = machine.drain()
        self._streams: dict[object, str] = {}
        self._with_caches: set[Job] = set()
        self._note(self._events)

    def join(self, backend: int, hands: Hands) -> None:
        """These hands execute the slices of this backend from now on."""
        with self.changed:
            self._hands[backend] = hands

    # What is known

    @property
    def now_ns(self) -> int:
        """Virtual time."""
        if self._frozen_ns is not None:
            return self._frozen_ns
        return max(self._clock() - self._origin_ns, self._machine.now_ns, 0)

    @property
    def is_frozen(self) -> bool:
        """Whether virtual time stands still."""
        return self._frozen_ns is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more unless somebody commands it."""
        with self.changed:
            return self._machine.next_event_ns is None and not any(map(self._runs, self._names))

    @property
    def down(self) -> Mapping[int, str]:
        """The backends that are gone, by index."""
        return {index: self._names[index] for index in sorted(self._down)}

    def drain(self) -> list[Event]:
        """The events since the last call."""
        with self.changed:
            events, self._events = self._events, []
        return events

    def pace(self, *, asked_speed: float) -> Pace:
        """How late releases were handled."""
        with self.changed:
            return self._health.pace(self._clock(), self.now_ns, asked_speed=asked_speed)

    # What moves it on

    def finish(self, backend: int, work: RunningSlice, wall_ns: int) -> RunningSlice | None:
        """A worker has run its slice to its end at this wall time; returns its next one."""
        with self.changed:
            given = self._given.get(backend)
            if given is None or given.work is not work:
                return None
            due_ns = self._machine.next_event_ns
            end_ns = self._machine.complete(backend, wall_ns - given.origin_ns)
            given.has_ended = True
            now_ns = self.now_ns
            if self._frozen_ns is None and end_ns <= max(now_ns, self._machine.now_ns + 1):
                self._advance(end_ns, due_ns)
                return self._hand_out(backend)
            self.changed.notify_all()
            return None

    def turn(self) -> int | None:
        """Process what is due by now; returns the wall time when there is more, None for never."""
        with self.changed:
            if self._is_closed:
                return None
            if self._frozen_ns is None:
                self._advance(self.now_ns, self._machine.next_event_ns)
                self._hand_out(NOBODY)
            self._find_hanging()
            self._promised_ns = self._wake_ns()
            return self._promised_ns

    def apply(self, command: Command) -> int:
        """Have a command take effect now; returns its virtual time in ns.

        Raises:
            UserError: it cannot be.
        """
        with self.changed:
            return self._apply(command)

    def lose(self, backend: int, reason: str) -> None:
        """The backend is gone: the engine takes its work elsewhere, or drops it."""
        with self.changed:
            self._lose(backend, reason)

    def freeze(self) -> None:
        """Stop virtual time; slices that run go on to their end."""
        with self.changed:
            if self._frozen_ns is None:
                now_ns = self.now_ns
                self._advance(now_ns, self._machine.next_event_ns)
                self._frozen_ns = now_ns
                self._health.forget_progress()

    def thaw(self) -> None:
        """Let virtual time go on from where it is."""
        with self.changed:
            if self._frozen_ns is not None:
                self._origin_ns = self._clock() - self._frozen_ns
                self._frozen_ns = None
                self._health.forget_progress()
                self.changed.notify_all()

    def close(self) -> None:
        """Nothing is decided and nothing is lost from now on: the workers are about to end."""
        with self.changed:
            self._is_closed = True
            self._given.clear()
            self.changed.notify_all()

    # Under the lock

    def _runs(self, backend: int) -> bool:
        return backend not in self._down and self._machine.running(backend) is not None

    def _apply(self, command: Command) -> int:
        now_ns = self.now_ns
        self._advance(now_ns, self._machine.next_event_ns)
        t_ns = self._machine.apply(command, now_ns)
        self._advance(t_ns, None)
        if self._frozen_ns is None:
            self._hand_out(NOBODY)
        else:
            self._frozen_ns = max(self._frozen_ns, t_ns)
        return t_ns

    def _advance(self, t_ns: int, due_ns: int | None) -> None:
        """Process all instants up to this one; ``due_ns`` is the first that nobody acted upon."""
        if due_ns is not None and due_ns <= t_ns and self._frozen_ns is None:
            wall_ns = self._clock()
            self._health.record(wall_ns, max(0, wall_ns - self._origin_ns - due_ns))
        self._machine.advance(t_ns)
        self._health.progress(self._clock(), t_ns)
        events = self._machine.drain()
        self._events += events
        self._note(events)

    def _hand_out(self, caller: int) -> RunningSlice | None:
        """Give every worker what the engine has started on its backend; the caller takes his."""
        own: RunningSlice | None = None
        for backend in self._names:
            given = self._given.get(backend)
            if backend in self._down or (given is not None and not given.has_ended):
                continue
            work = self._machine.running(backend)
            if work is None or (given is not None and work == given.work):
                continue
            self._given[backend] = _Given(work, self._clock(), self._origin_ns)
            if work.phase != INFERENCE:
                self._with_caches.add((work.stream, work.job))
            if backend == caller:
                own = work
            else:
                self._hands[backend].give(work)
        wake_ns = self._wake_ns()
        if wake_ns is not None and (self._promised_ns is None or wake_ns < self._promised_ns):
            self.changed.notify_all()
        return own

    def _wake_ns(self) -> int | None:
        """The wall time of the next instant, or at which a slice has run for too long."""
        limits = [self._limit_ns(given) for given in self._given.values() if not given.has_ended]
        event_ns = None if self._frozen_ns is not None else self._machine.next_event_ns
        if event_ns is not None:
            limits.append(event_ns + self._origin_ns)
        return min(limits, default=None)

    @staticmethod
    def _limit_ns(given: _Given) -> int:
        return given.wall_ns + max(MIN_LIMIT_NS, LIMIT_FACTOR * given.work.expected_ns)

    def _find_hanging(self) -> None:
        wall_ns = self._clock()
        for backend, given in list(self._given.items()):
            if not given.has_ended and wall_ns >= self._limit_ns(given):
                took_s = (wall_ns - given.wall_ns) / 1e9
                expected_ms = given.work.expected_ns / 1e6
                what = f"{given.work.model} runs for {took_s:.1f} s instead of {expected_ms:.3g} ms"
                self._lose(backend, f"it hangs: {what}")

    def _lose(self, backend: int, reason: str) -> None:
        if backend in self._down or self._is_closed:
            return
        self._down.add(backend)
        self._given.pop(backend, None)
        if backend in self._hands:
            self._hands[backend].abandon(reason)
        self._apply(BackendDown(backend, reason))

    def _note(self, events: list[Event]) -> None:
        """Tell the workers of jobs that have ended and may have left a KV cache with them."""
        for event in events:
            if event[0] == STREAM_ADDED:
                self._streams[event[2]] = str(event[3])
            elif self._with_caches and event[0] in {COMPLETED, DROPPED}:
                number = event[3]
                job = (self._streams[event[2]], number if isinstance(number, int) else NOBODY)
                if job in self._with_caches:
                    self._with_caches.discard(job)
                    for hands in self._hands.values():
                        hands.over(job)
