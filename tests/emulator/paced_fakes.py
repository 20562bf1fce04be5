"""Stand-ins for the engine and the metrics: known instants at a known cost of wall time.

And ``run_to``, the loop that turns a driver.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from emulator.commands import Command, Mark, StartStream, SwapPolicy
from emulator.drivers import PacedDriver
from emulator.errors import UserError
from emulator.journal import MARKER, Event
from emulator.serving.clock import ManualClock
from emulator.serving.emulation import Builder, Meter, RunRequest
from emulator.snapshot import Pace, Snapshot
from emulator.virtual import Machine

MS = 1_000_000
S = 1_000_000_000


class FakeMachine:
    """Has an event at each of the given instants; processing one costs wall time."""

    def __init__(
        self, instants: Iterable[int], clock: ManualClock | None = None, cost_ns: int = 0
    ) -> None:
        self.now_ns = -1
        self.commands: list[tuple[int, Command]] = []
        self._instants = deque(instants)
        self._clock = clock
        self._cost_ns = cost_ns
        self._journal: list[Event] = []

    @property
    def next_event_ns(self) -> int | None:
        """The next instant."""
        return self._instants[0] if self._instants else None

    def advance(self, until_ns: int) -> None:
        """Journal a ``tick`` for each instant."""
        while self._instants and self._instants[0] <= until_ns:
            self.now_ns = self._instants.popleft()
            self._journal.append(("tick", self.now_ns))
            if self._clock is not None:
                self._clock.move_to(self._clock.now_ns() + self._cost_ns)

    def apply(self, command: Command, t_ns: int) -> int:
        """Journal the command; a policy called ``nonsense`` is refused.

        Starting a stream brings one more instant, 5 ms later.
        """
        if command == SwapPolicy("nonsense"):
            raise UserError("policy 'nonsense' does not exist: it is one of fcfs, edf")
        effective = max(t_ns, self.now_ns + 1)
        self.now_ns = effective
        if isinstance(command, StartStream):
            self._instants.append(effective + 5 * MS)
        self.commands.append((effective, command))
        text = command.text if isinstance(command, Mark) else str(command)
        self._journal.append((MARKER, effective, text))
        return effective

    def drain(self) -> list[Event]:
        """Events since the last call."""
        events, self._journal = self._journal, []
        return events


class FakeMeter:
    """Counts events; a snapshot costs wall time and shows the last event as its scenario."""

    def __init__(self, number: int = 1, clock: ManualClock | None = None, cost_ns: int = 0) -> None:
        self.events: list[Event] = []
        self._number = number
        self._clock = clock
        self._cost_ns = cost_ns

    def feed(self, events: Sequence[Event]) -> None:
        """Keep them."""
        self.events.extend(events)

    def state(self) -> object:
        """The number of events."""
        return len(self.events)

    def snapshot(self, now_ns: int, *, state: str, speed: float, pace: Pace) -> Snapshot:
        """A snapshot without streams: its ``missed`` counts the events."""
        if self._clock is not None:
            self._clock.move_to(self._clock.now_ns() + self._cost_ns)
        return Snapshot(
            run=self._number,
            t_ns=now_ns,
            state=state,
            speed=speed,
            pace=pace,
            scenario="",
            profile="",
            profile_title="",
            seed=0,
            policy="",
            window_s=10.0,
            bucket_s=0.1,
            backends=(),
            streams=(),
            policies=(),
            missed=len(self.events),
            known=0,
            window_missed=0,
            window_known=0,
            violation_rate_mean=0.0,
            miss_history=(),
            tokens_per_s=0.0,
            token_history=(),
            slices=(),
            swaps_ns=(),
            log=(),
        )


def fake_builder(machine: Machine, meter: Meter) -> Builder:
    """Builds this run, whatever is asked for."""

    def build(_request: RunRequest, _number: int) -> tuple[Machine, Meter]:
        return machine, meter

    return build


def run_to(driver: PacedDriver, clock: ManualClock, wall_ns: int) -> None:
    """Let wall time pass as a loop would: turn whenever something is due."""
    while (due_ns := driver.due_ns) is not None and due_ns <= wall_ns:
        clock.move_to(due_ns)
        driver.turn()
    clock.move_to(wall_ns)
    driver.turn()
