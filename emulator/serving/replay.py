"""A recorded session that is played, stepped through and moved in."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from emulator.drivers import SLICE_NS, PacedDriver
from emulator.errors import UserError
from emulator.metrics import Metrics
from emulator.policies import headline
from emulator.protocol import Message
from emulator.schema.fit import check_fit
from emulator.serving.clock import Clock
from emulator.serving.replay_scout import Scout, needs_scout
from emulator.session import SessionReader
from emulator.session.checkpoints import Checkpoints
from emulator.session.instants import event_before, incident_after, incident_before
from emulator.session.run_inputs import run_inputs
from emulator.session.tape import Tape
from emulator.snapshot import Snapshot

REFRESH_NS: Final = 500_000_000
"""Wall time between two looks at a file that was not closed yet."""
GROWING_NS: Final = 5_000_000_000
"""A file to which nothing was added for so long is not being written any more."""
PATIENCE_NS: Final = 500_000_000
"""Wall time after which the places on a long way are shown, so that nobody waits before nothing."""
_STRIDE_NS: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What to play."""

    path: str
    at_ns: int = 0
    speed: float = 1.0
    paused: bool = False


class TapeStatus(NamedTuple):
    """What the screen shows of the file."""

    path: str
    t_begin_ns: int
    t_end_ns: int
    growing: bool
    follows: bool


class Replay:
    """Shows at any instant what the run showed then.

    Raises SessionError: the file cannot be read (any more), or is not what a run can be.
    """

    def __init__(self, request: ReplayRequest, number: int, clock: Clock) -> None:
        self._clock = clock
        self._request = request
        self.follows = False
        """Whether it stays at the end of a file that grows."""
        self._target_ns: int | None = None
        """Where it is on its way to."""
        self._left_ns = 0
        """Wall time at which it went."""
        self.reader = SessionReader(request.path, scan=True)
        try:
            self._metrics = metrics_of(self.reader, number)
            checkpoints = Checkpoints()
            self._tape = Tape(self.reader, self._metrics, checkpoints)
            self._scout = None
            if needs_scout(self.reader, checkpoints.spacing_ns):
                unseen = metrics_of(self.reader, number)
                self._scout = Scout(self.reader, unseen, checkpoints, clock)
            self.driver = PacedDriver(
                self._tape,
                lambda _: None,
                clock,
                speed=request.speed,
                paused=request.paused,
                may_race=True,
            )
        except BaseException:
            self.close()
            raise
        now_ns = clock.now_ns()
        self._refreshed_ns = now_ns
        age_ns = time.time_ns() - _modified_ns(self.reader.path)
        self._grown_ns = now_ns - max(age_ns, 0)
        self._go_to(request.at_ns)

    @property
    def is_growing(self) -> bool:
        """Whether somebody is writing the file."""
        is_open = self.reader.end is None
        return is_open and self._clock.now_ns() - self._grown_ns < GROWING_NS

    @property
    def is_settled(self) -> bool:
        """Whether it has arrived where it was told to go."""
        return self._target_ns is None

    @property
    def is_visible(self) -> bool:
        """Whether it has arrived, or has been on its way for so long that the way is shown."""
        return self.is_settled or self._clock.now_ns() >= self._left_ns + PATIENCE_NS

    @property
    def state(self) -> str:
        """``running``, ``paused`` or, at the end of the tape, ``ended``."""
        state = self.driver.state
        if state == "ended" and self.is_growing:
            return "paused" if self.driver.is_paused else "running"
        return state

    @property
    def due_ns(self) -> int | None:
        """Wall time at which there is something to do."""
        if self._target_ns is not None:
            return self._clock.now_ns()
        due_ns = self.driver.due_ns
        if self.reader.end is not None:
            return due_ns
        refresh_ns = self._refreshed_ns + REFRESH_NS
        return refresh_ns if due_ns is None else min(due_ns, refresh_ns)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file, a sentence each."""
        return self._tape.problems

    @property
    def status(self) -> TapeStatus:
        """What the screen shows of the file."""
        tape = self._tape
        path = str(self.reader.path)
        return TapeStatus(path, tape.begins_ns, tape.ends_ns, self.is_growing, self.follows)

    def snapshot(self) -> Snapshot:
        """Everything on the screen, as of the driver's time; on the way, as of that place."""
        driver = self.driver
        now_ns = driver.now_ns if self.is_settled else self._tape.now_ns
        return self._metrics.snapshot(
            now_ns, state=self.state, speed=driver.speed, pace=driver.pace()
        )

    def turn(self) -> None:
        """Do a bounded piece of what is due."""
        if self._target_ns is None and self.reader.end is None:
            self._refresh()
        if self._target_ns is not None:
            self._approach(self._target_ns)
        else:
            self.driver.turn()

    def tend(self, due_ns: int | None) -> int | None:
        """Make the states that later seeks need, if nothing is due; when to come again."""
        if self._scout is None or not self.is_settled:
            return None
        return self._scout.tend(due_ns)

    def seek(self, t_ns: int) -> None:
        """Go to a virtual time, or the nearest there is."""
        self.follows = False
        self._go_to(t_ns)

    def pause(self) -> None:
        """Stop where it is."""
        self.follows = False
        self.driver.pause()

    def step(self) -> None:
        """To the next event instant, and stop there; only stops while it is on its way."""
        self.pause()
        if self._target_ns is None:
            self.driver.step()

    def step_back(self) -> None:
        """To the event instant before this one, and stop there."""
        self.pause()
        before_ns = event_before(self.reader, self._place_ns)
        self._go_to(self._tape.begins_ns if before_ns is None else before_ns)

    def incident(self, direction: int) -> None:
        """To the next (1) or the previous (-1) miss, drop, swap, failure or mark.

        Raises:
            UserError: there is none.
        """
        find = incident_after if direction > 0 else incident_before
        found_ns = find(self.reader, self._place_ns)
        if found_ns is None:
            where = "after" if direction > 0 else "before"
            raise UserError(f"incident: no miss, drop, swap or mark {where} this instant")
        self.seek(found_ns)

    def follow(self, *, on: bool) -> None:
        """Stay at the end, or do so no longer. Raises UserError: nobody writes the file."""
        if on and self.reader.end is not None:
            raise UserError("follow: this session was closed, nothing is added to it any more")
        self.follows = on
        if on:
            self.driver.resume()
            self._go_to(self._tape.ends_ns)

    def inputs(self) -> Message:
        """Profile, scenario, streams, policy and seed as they were at this place."""
        inputs = run_inputs(self.reader.header, str(self.reader.path))
        written = {stream.name: stream.to_dict() for stream in inputs.scenario.streams}
        return {
            "profile": inputs.profile.to_dict(),
            "scenario": {k: v for k, v in inputs.scenario.to_dict().items() if k != "streams"},
            "streams": [spec or written[name] for name, spec in self._metrics.specs().items()],
            "policy": self.snapshot().policy,
            "seed": self.reader.header.seed,
        }

    def close(self) -> None:
        """Close the file."""
        self.reader.close()

    @property
    def _place_ns(self) -> int:
        return self.driver.now_ns if self._target_ns is None else self._target_ns

    def _go_to(self, t_ns: int) -> None:
        tape, now_ns = self._tape, self.driver.now_ns
        target_ns = min(max(t_ns, tape.begins_ns), tape.ends_ns)
        is_ahead = self._target_ns is None and now_ns <= target_ns
        if not is_ahead or target_ns - now_ns > tape.distance_ns(target_ns):
            tape.seek(target_ns)
        if self._target_ns is None:
            self._left_ns = self._clock.now_ns()
        self._target_ns = target_ns
        # Whoever changes the speed on the way has the driver play, too: not beyond the target.
        self.driver.jump(target_ns)
        self._approach(target_ns)

    def _approach(self, target_ns: int) -> None:
        """Play towards a virtual time as fast as can be, for a slice of wall time."""
        tape, stop_ns = self._tape, self._clock.now_ns() + SLICE_NS
        while (t_ns := tape.next_event_ns) is not None and t_ns <= target_ns:
            tape.advance(min(target_ns, t_ns + _STRIDE_NS))
            tape.drain()
            if self._clock.now_ns() >= stop_ns:
                return
        self._target_ns = None
        self.driver.jump(max(target_ns, tape.now_ns))

    def _refresh(self) -> None:
        """See whether the file has grown."""
        now_ns = self._clock.now_ns()
        if now_ns < self._refreshed_ns + REFRESH_NS:
            return
        self._refreshed_ns = now_ns
        was_at_end = self._tape.next_event_ns is None
        if not self._tape.refresh():
            return
        self._grown_ns = now_ns
        if self.follows:
            self._go_to(self._tape.ends_ns)
            self.follows = self.reader.end is None
        elif was_at_end:
            self.driver.jump(self.driver.now_ns)


def metrics_of(reader: SessionReader, number: int = 1) -> Metrics:
    """Metrics that have seen nothing of a session; ``number`` is that of the run on the screen.

    Raises:
        SessionError: its header is not that of a run.
    """
    inputs = run_inputs(reader.header, str(reader.path))
    check_fit(inputs.profile, inputs.scenario)
    return Metrics(
        inputs.profile,
        inputs.scenario,
        reader.header.policy,
        seed=reader.header.seed,
        run=number,
        policies=headline(),
        providers=reader.header.providers,
        effects=reader.header.effects,
    )


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
