"""The live driver: real backends execute their slices, the profile times those of the others."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from emulator.commands import AddStreams, Command
from emulator.early_wake import wake_early
from emulator.errors import UserError
from emulator.ort.schedule import LiveMachine, LiveSchedule
from emulator.ort.worker import BackendWorker
from emulator.snapshot import Pace
from emulator.virtual import Sink

_FAREWELL_S = 2.0
"""How long all workers together may take to end."""


class LiveDriver:
    """Has workers execute a run in real time; does nothing between two slices itself.

    It is asked as a ``PacedDriver`` is. ``turn`` hands on what the journal holds by now; a thread
    of its own sees to releases and to the slices of backends that are not real.

    Args:
        machine: the engine, whose external backends are those of the workers.
        sink: takes the events, in the thread that calls.
        workers: one per real backend, started and open.
        clock: wall time in ns.
        on_closed: is called when all workers have ended, or had their time to.
    """

    speed = 1.0

    def __init__(
        self,
        machine: LiveMachine,
        sink: Sink,
        workers: Sequence[BackendWorker],
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        self.waits_for_commands = False
        """Whether time goes on although nothing is left to happen by itself."""
        self._sink = sink
        self._workers = tuple(workers)
        self._on_closed = on_closed
        names = {worker.backend: worker.binding.backend for worker in workers}
        self.schedule = LiveSchedule(machine, names, clock)
        for worker in workers:
            worker.serve(self.schedule)
        self._pacer = Pacer(self.schedule, clock)
        self._is_begun = False
        self._ended_ns: int | None = None
        self.turn()

    @property
    def now_ns(self) -> int:
        """Virtual time; stays where it was when the run has ended."""
        return self.schedule.now_ns if self._ended_ns is None else self._ended_ns

    @property
    def is_paused(self) -> bool:
        """Whether it was told to stop, or not to begin yet."""
        return self.schedule.is_frozen

    @property
    def state(self) -> str:
        """``running``, ``paused`` or ``ended``."""
        if self._ended_ns is not None:
            return "ended"
        return "paused" if self.is_paused else "running"

    @property
    def due_ns(self) -> int | None:
        """Nobody needs to call ``turn`` for anything to happen."""
        return None

    @property
    def down(self) -> Mapping[int, str]:
        """The real backends that are gone, by index."""
        return self.schedule.down

    def turn(self) -> None:
        """Hand on what has happened."""
        is_over = self.schedule.is_over and not self.waits_for_commands
        now_ns = self.schedule.now_ns
        self._sink(self.schedule.drain())
        if not is_over:
            self._ended_ns = None
        elif self._ended_ns is None and self._is_begun:
            self._ended_ns = now_ns

    def apply(self, command: Command) -> int:
        """Have the command take effect now; returns its virtual time in ns.

        Raises:
            UserError: the command cannot be, or needs a model that is not open.
        """
        if isinstance(command, AddStreams):
            self._check_models(command)
        t_ns = self.schedule.apply(command)
        self.turn()
        return t_ns

    def _check_models(self, command: AddStreams) -> None:
        stages = [(stream.name, stage) for stream in command.streams for stage in stream.stages]
        for worker in self._workers:
            backend = worker.binding.backend
            closed = worker.listed.difference(worker.models)
            for stream, stage in stages:
                if stage.model in closed and (stage.on is None or backend in stage.on):
                    raise UserError(
                        f"stream {stream!r} runs {stage.model}, which is not open on {backend}: "
                        "start a live run of a scenario that has both"
                    )

    def pause(self) -> None:
        """Stop virtual time; slices that run end all the same."""
        self.schedule.freeze()
        self.turn()

    def resume(self) -> None:
        """Let virtual time begin, or go on."""
        if not self._is_begun:
            self._is_begun = True
            self._pacer.start()
        self.schedule.thaw()

    def set_speed(self, speed: float) -> None:
        """Raises UserError unless it is 1: real backends have the speed they have."""
        if speed != 1:
            raise UserError(f"speed: a live run goes at speed 1, not {speed:g}", key="speed")

    def step(self) -> None:
        """Raises UserError: real slices cannot be stepped through."""
        raise UserError("step: a live run cannot be stepped through")

    def pace(self) -> Pace:
        """How late releases were handled."""
        return self.schedule.pace(asked_speed=1.0 if self.state == "running" else 0.0)

    def close(self) -> None:
        """End the workers; what runs is broken off where the provider lets it."""
        self.schedule.close()
        self._pacer.stop()
        for worker in self._workers:
            worker.stop()
        until_s = time.monotonic() + _FAREWELL_S
        for worker in self._workers:
            worker.join(max(0.0, until_s - time.monotonic()))
        self._on_closed()
        self.turn()


class Pacer(threading.Thread):
    """Moves a schedule on when an instant has come that nobody else acts upon."""

    def __init__(self, schedule: LiveSchedule, clock: Callable[[], int]) -> None:
        super().__init__(name="pacer", daemon=True)
        self._schedule = schedule
        self._clock = clock
        self._is_stopped = False

    def run(self) -> None:
        """Wait and turn until told to stop."""
        wake_early()
        changed = self._schedule.changed
        with changed:
            while not self._is_stopped:
                wake_ns = self._schedule.turn()
                wait_s = None if wake_ns is None else (wake_ns - self._clock()) / 1e9
                if wait_s is None or wait_s > 0:
                    changed.wait(wait_s)

    def stop(self) -> None:
        """End the thread."""
        with self._schedule.changed:
            self._is_stopped = True
            self._schedule.changed.notify_all()
