"""One run of the core: a machine, the driver that paces it and what is derived from its journal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol, TypeAlias

from emulator.commands import AddStreams, Command, FailPolicy, StartStream, StopStream
from emulator.drivers import PacedDriver
from emulator.engine import Engine
from emulator.journal import Event
from emulator.live_request import LiveRequest
from emulator.metrics import Metrics
from emulator.names import MAX_NAME
from emulator.policies import headline
from emulator.profile import Profile
from emulator.scenario import Scenario, Stream
from emulator.schema.fit import check_fit
from emulator.serving.clock import Clock
from emulator.session.origin import Origin
from emulator.session.recorder import Instant, Recorder
from emulator.session.recording import Saved
from emulator.session.worker import Worker
from emulator.snapshot import Pace, Snapshot
from emulator.virtual import Machine, Sink


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run, loaded and checked."""

    profile: Profile
    scenario: Scenario
    policy: str
    seed: int = 0
    speed: float = 1.0
    paused: bool = False
    effects: str = ""
    """As for ``simulate``."""
    live: LiveRequest | None = None
    """Which backends are to be real; None: the profile times them all."""


class Driver(Protocol):
    """What an emulation needs of whatever moves its machine on; see ``PacedDriver``."""

    waits_for_commands: bool

    @property
    def now_ns(self) -> int:
        """Virtual time."""

    @property
    def speed(self) -> float:
        """Virtual seconds per wall second, as asked for."""

    @property
    def is_paused(self) -> bool:
        """Whether it was told to stop."""

    @property
    def state(self) -> str:
        """``running``, ``paused`` or ``ended``."""

    @property
    def due_ns(self) -> int | None:
        """Wall time of the next event instant; None where ``turn`` makes nothing happen."""

    def turn(self) -> None:
        """Process what is due."""

    def apply(self, command: Command) -> int:
        """Have the command take effect now. Raises UserError: it cannot be."""

    def pause(self) -> None:
        """Stop virtual time."""

    def resume(self) -> None:
        """Let it go on."""

    def set_speed(self, speed: float) -> None:
        """Go on at another speed. Raises UserError: not at this one."""

    def step(self) -> None:
        """Process the next event instant. Raises UserError: it cannot be."""

    def pace(self) -> Pace:
        """The health figures."""

    def close(self) -> None:
        """Give back what it holds."""


class Meter(Protocol):
    """What an emulation needs of the metrics."""

    def feed(self, events: Sequence[Event]) -> None:
        """Take in the next events of the journal."""

    def snapshot(self, now_ns: int, *, state: str, speed: float, pace: Pace) -> Snapshot:
        """What the screen shows at this virtual time."""

    def state(self) -> object:
        """What a keyframe holds."""


@dataclass(frozen=True, slots=True)
class RecordingDesk:
    """Where an emulation has its sessions written."""

    worker: Worker
    on_saved: Callable[[Saved], None]
    """Told of every file that is whole, by the worker's thread."""


@dataclass(frozen=True, slots=True)
class RealParts:
    """What moves a live run on, and what its session headers say of it."""

    drive: Callable[[Sink], Driver]
    """Makes the driver of the machine that was built; it begins paused."""
    live: Mapping[str, Mapping[str, object]]
    """See ``SessionHeader.live``."""
    versions: Mapping[str, str]
    warnings: Sequence[str] = ()
    """What the user should know of it."""


Builder: TypeAlias = Callable[[RunRequest, int], tuple[Machine, Meter]]
"""Makes the machine and the meter of the run with this number. Raises UserError."""


def build(request: RunRequest, number: int) -> tuple[Machine, Meter]:
    """The engine and the metrics. Raises UserError: profile, scenario and policy do not fit."""
    engine = Engine(
        request.profile,
        request.scenario,
        request.policy,
        seed=request.seed,
        effects=request.effects,
    )
    metrics = Metrics(
        request.profile,
        request.scenario,
        request.policy,
        seed=request.seed,
        run=number,
        policies=headline(),
        effects=request.effects,
    )
    return engine, metrics


class Emulation:
    """A run that commands, turns and snapshots are asked of; ``driver`` paces it.

    It begins paused, whatever was asked for: building it takes time that is not the run's. ``real``
    is what a live run has instead of a paced driver.
    """

    def __init__(
        self,
        request: RunRequest,
        number: int,
        clock: Clock,
        builder: Builder,
        desk: RecordingDesk,
        real: RealParts | None = None,
    ) -> None:
        machine, self._meter = builder(request, number)
        self._machine = machine
        self.warnings = () if real is None else tuple(real.warnings)
        self._clock = clock
        self.desk = desk
        self.origin = Origin(
            request.profile,
            request.scenario,
            request.policy,
            request.seed,
            number,
            request.effects,
            live={} if real is None else real.live,
            versions={} if real is None else real.versions,
        )
        self.commands: tuple[tuple[int, Command], ...] = ()
        """All so far: (virtual ns at which it took effect, command), in order."""
        self.recorder = Recorder(
            self.origin,
            self._meter.state,
            desk.worker,
            desk.on_saved,
            clock.now_ns(),
        )
        self.driver: Driver
        if real is None:
            self.driver = PacedDriver(machine, self._take, clock, speed=request.speed, paused=True)
        else:
            self.driver = real.drive(self._take)
        self._profile = request.profile
        self._names = {stream.name for stream in request.scenario.streams}
        self._stopped: set[str] = set()

    @property
    def now(self) -> Instant:
        """Wall time and the virtual time that the run has reached."""
        return Instant(self._clock.now_ns(), self.driver.now_ns)

    @property
    def policy(self) -> str:
        """Name of the active policy."""
        return str(getattr(self._machine, "policy", self.origin.policy))

    def fail_policy(self, error: str) -> None:
        """Have the active policy fail at its next decision."""
        # Not told to the recorder: the failure stands in the journal, which it reads.
        self.driver.apply(FailPolicy(error, 0))

    def pause(self) -> None:
        """Stop virtual time."""
        if not self.driver.is_paused:
            self.driver.pause()
            self.recorder.note(self.now, "pause")

    def resume(self) -> None:
        """Let virtual time go on."""
        if self.driver.is_paused:
            self.driver.resume()
            self.recorder.note(self.now, "resume")

    def set_speed(self, speed: float) -> None:
        """Go on at another speed. Raises UserError: it is none."""
        self.driver.set_speed(speed)
        self.recorder.note(self.now, "speed", {"speed": speed})

    def apply(self, command: Command) -> None:
        """Have the command take effect now. Raises UserError: it cannot be."""
        t_ns = self.driver.apply(command)
        self.recorder.applied(t_ns, command)
        self.commands += ((t_ns, command),)
        if isinstance(command, StopStream):
            self._stopped.add(command.stream)
        elif isinstance(command, StartStream):
            self._stopped.discard(command.stream)
        # Somebody who stops the last stream may start it again: time must not end there.
        self.driver.waits_for_commands = bool(self._stopped)

    def add(self, scenario: Scenario) -> None:
        """Add its streams, renamed where the name is taken. Raises UserError: they do not fit."""
        # The machine is given streams alone: only here has a refusal the name of the scenario.
        check_fit(self._profile, scenario)
        taken = set(self._names)
        renamed = []
        for stream in scenario.streams:
            name = free_name(stream.name, taken)
            taken.add(name)
            renamed.append(with_name(stream, name))
        self.apply(AddStreams(tuple(renamed)))
        self._names = taken

    def snapshot(self) -> Snapshot:
        """Everything on the screen, as of the driver's time."""
        driver = self.driver
        return self._meter.snapshot(
            driver.now_ns, state=driver.state, speed=driver.speed, pace=driver.pace()
        )

    def _take(self, events: list[Event]) -> None:
        self._meter.feed(events)
        self.recorder.take(events)


def free_name(name: str, taken: set[str]) -> str:
    """The name, or the first of ``name-2``, ``name-3``, ... that nobody has."""
    if name not in taken:
        return name
    suffixes = (f"-{number}" for number in count(2))
    names = (name[: MAX_NAME - len(suffix)] + suffix for suffix in suffixes)
    return next(each for each in names if each not in taken)


def with_name(stream: Stream, name: str) -> Stream:
    """The stream under another name; the stage of a one-stage stream has the stream's name."""
    stages = tuple(
        stage.model_copy(update={"name": name}) if stage.name == stream.name else stage
        for stage in stream.stages
    )
    return stream.model_copy(
        update={"name": name, "stages": stages if len(stages) == 1 else stream.stages}
    )
