"""The paced driver: moves a machine through virtual time with the wall clock.

A driver decides only *when* instants are processed, never what happens at them: a paced run has the
journal of the virtual run with the same commands at the same virtual times.
"""

from fractions import Fraction
from typing import Final

from emulator.commands import Command
from emulator.errors import UserError
from emulator.serving.clock import Clock
from emulator.serving.pacing import PaceHealth
from emulator.snapshot import Pace
from emulator.virtual import Machine, Sink

MIN_SPEED: Final = 0.1
MAX_SPEED: Final = 100.0
UNPACED: Final = 0.0
"""The speed of a driver that waits for nothing, where that is allowed."""
SLICE_NS: Final = 5_000_000
"""Wall time that one turn may work before commands and snapshots get theirs."""
MAX_BEHIND_NS: Final = 250_000_000
"""Wall time that a run may be behind; beyond it the run is slower than asked, and says so."""
_FOREVER: Final = 2**64


class PacedDriver:
    """Follows the wall clock times a speed, by absolute times, so that nothing drifts.

    It never waits itself: ``turn`` does what is due, ``due_ns`` says when to call it again. With
    ``may_race`` the speed may be ``UNPACED``: then everything is always due.
    """

    def __init__(
        self,
        machine: Machine,
        sink: Sink,
        clock: Clock,
        *,
        speed: float = 1.0,
        paused: bool = False,
        may_race: bool = False,
    ) -> None:
        self.now_ns = 0
        """Virtual time to which everything has been processed."""
        self.waits_for_commands = False
        """Whether time goes on although nothing is left to happen by itself."""
        self._machine = machine
        self._sink = sink
        self._clock = clock
        self._may_race = may_race
        self._speed = self._checked_speed(speed)
        self._paused = paused
        self._health = PaceHealth()
        self._rebase()
        # What the journal holds before the first instant must be seen, even when paused at once.
        sink(machine.drain())

    @property
    def speed(self) -> float:
        """Virtual seconds per wall second, as asked for."""
        return float(self._speed)

    @property
    def is_paused(self) -> bool:
        """Whether it was told to stop."""
        return self._paused

    @property
    def state(self) -> str:
        """``running``, ``paused`` or ``ended``."""
        if self._machine.next_event_ns is None and not self.waits_for_commands:
            return "ended"
        return "paused" if self._paused else "running"

    @property
    def due_ns(self) -> int | None:
        """Wall time of the next event instant; None while nothing will happen by itself."""
        event_ns = self._machine.next_event_ns
        return None if self._paused or event_ns is None else self._wall_time(event_ns)

    def turn(self) -> None:
        """Process what is due, for at most ``SLICE_NS`` of wall time."""
        if self.state != "running":
            return
        wall_ns = self._clock.now_ns()
        stop_ns = wall_ns + SLICE_NS
        target_ns = self._virtual_time(wall_ns)
        event_ns = self._machine.next_event_ns
        while event_ns is not None and event_ns <= target_ns and wall_ns < stop_ns:
            if self._speed:
                self._health.record(wall_ns, wall_ns - self._wall_time(event_ns))
            self._machine.advance(event_ns)
            wall_ns = self._clock.now_ns()
            event_ns = self._machine.next_event_ns
        self._reached(target_ns, event_ns)
        self._sink(self._machine.drain())
        self._limit_backlog(event_ns)

    def apply(self, command: Command) -> int:
        """Have the command take effect now, also while paused; returns its virtual time in ns.

        Raises:
            UserError: the command cannot be.
        """
        self.turn()
        was_ended = self.state == "ended"
        t_ns = self._machine.apply(command, self.now_ns)
        self._process(t_ns)
        if was_ended:
            self._rebase()
        return t_ns

    def pause(self) -> None:
        """Stop virtual time where it is."""
        self.turn()
        self._paused = True
        self._health.forget_progress()

    def resume(self) -> None:
        """Let virtual time go on from where it is."""
        if self._paused:
            self._paused = False
            self._rebase()

    def set_speed(self, speed: float) -> None:
        """Go on at another speed. Raises UserError outside ``MIN_SPEED`` to ``MAX_SPEED``."""
        checked = self._checked_speed(speed)
        self.turn()
        self._speed = checked
        self._rebase()

    def step(self) -> None:
        """Process the next event instant. Raises UserError unless paused."""
        if not self._paused:
            raise UserError("step: only a paused run can be stepped")
        event_ns = self._machine.next_event_ns
        if event_ns is not None:
            self._process(event_ns)

    def jump(self, t_ns: int) -> None:
        """The machine was set to this virtual time, forwards or back: go on from there."""
        self.now_ns = t_ns
        self._rebase()

    def pace(self) -> Pace:
        """The health figures as of now."""
        wall_ns = self._clock.now_ns()
        asked = self.speed if self.state == "running" else 0.0
        return self._health.pace(wall_ns, self.now_ns, asked_speed=asked)

    def close(self) -> None:
        """There is nothing to give back."""

    def _process(self, t_ns: int) -> None:
        """Process all instants up to this one, whatever the wall clock says."""
        self._machine.advance(t_ns)
        self.now_ns = max(self.now_ns, t_ns)
        self._sink(self._machine.drain())

    def _reached(self, target_ns: int, event_ns: int | None) -> None:
        """Set the time: the target, unless work is left before it or nothing is left at all."""
        behind = event_ns is not None and event_ns <= target_ns
        ended = event_ns is None and not self.waits_for_commands
        self.now_ns = max(self.now_ns, self._machine.now_ns if behind or ended else target_ns)
        self._health.progress(self._clock.now_ns(), self.now_ns)

    def _limit_backlog(self, event_ns: int | None) -> None:
        """Give up time that cannot be made good, or a slow host would lag ever further behind."""
        if event_ns is None:
            return
        excess_ns = self._clock.now_ns() - self._wall_time(event_ns) - MAX_BEHIND_NS
        if excess_ns > 0:
            self._anchor_wall_ns += excess_ns

    def _rebase(self) -> None:
        self._anchor_wall_ns = self._clock.now_ns()
        self._anchor_virtual_ns = self.now_ns
        self._health.forget_progress()

    def _virtual_time(self, wall_ns: int) -> int:
        """Exact integers, floored, so that ``_virtual_time(_wall_time(t)) >= t`` always holds."""
        speed = self._speed
        if not speed:
            return _FOREVER
        passed_ns = wall_ns - self._anchor_wall_ns
        return self._anchor_virtual_ns + passed_ns * speed.numerator // speed.denominator

    def _wall_time(self, virtual_ns: int) -> int:
        """The first wall instant at which this virtual one is due (the division is rounded up)."""
        speed = self._speed
        if not speed:
            return self._anchor_wall_ns
        ahead_ns = virtual_ns - self._anchor_virtual_ns
        return self._anchor_wall_ns - (-ahead_ns * speed.denominator // speed.numerator)

    def _checked_speed(self, speed: float) -> Fraction:
        if self._may_race and speed == UNPACED:
            return Fraction(0)
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise UserError(
                f"speed: {speed:g} is outside {MIN_SPEED:g} to {MAX_SPEED:g}", key="speed"
            )
        return Fraction(repr(speed))
