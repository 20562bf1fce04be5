"""A run that is simulated now: the commands that it knows, and when its recorder does its work."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.commands import Mark, StartStream, StopStream, SwapPolicy
from emulator.errors import UserError
from emulator.protocol import Message
from emulator.serving import message_fields as fields
from emulator.serving.clock import Clock
from emulator.serving.emulation import Emulation, RunRequest
from emulator.serving.quiet import QuietWork
from emulator.serving.runs import Handler, snapshot_frame
from emulator.session import CLEAN
from emulator.session.recorder import CHUNK_NS
from emulator.session.rotation import Rotation

CHUNK_DELAY_NS: Final = 30_000_000
"""Wall time that a chunk may wait for a quiet moment."""
KEYFRAME_DELAY_NS: Final = 200_000_000
"""The same for a keyframe, which takes longer and is missed less."""
_SECOND_NS: Final = 1_000_000_000


def run_request(message: Message) -> RunRequest:
    """What a ``start`` message asks for. Raises UserError."""
    scenario = load_scenario(fields.source(message, "scenario"))
    return RunRequest(
        load_profile(fields.source(message, "profile") or profile_of(scenario)),
        scenario,
        fields.text(message, "policy"),
        seed=fields.seed(message),
        speed=fields.number(message, "speed", 1.0),
        paused=fields.flag(message, "paused"),
    )


class LiveRun:
    """An emulation as the core wants it."""

    is_settled = True
    refusal = "only a recorded session can be moved in; this run goes on as it comes"

    def __init__(self, emulation: Emulation, clock: Clock) -> None:
        self._emulation = emulation
        self._clock = clock
        self._chunk = QuietWork(clock)
        self._keyframe = QuietWork(clock)
        self._keyframe_wanted_ns: int | None = None

    @property
    def state(self) -> str:
        """``running``, ``paused`` or ``ended``."""
        return self._emulation.driver.state

    @property
    def due_ns(self) -> int | None:
        """Wall time of the next event instant."""
        return self._emulation.driver.due_ns

    def begin(self) -> None:
        """Let virtual time begin."""
        self._emulation.driver.resume()

    def handler(self, kind: str) -> Handler | None:
        """Of this command."""
        found = COMMANDS.get(kind)
        return None if found is None else partial(found, self._emulation)

    def turn(self) -> None:
        """Process what is due."""
        self._emulation.driver.turn()

    def tend(self, due_ns: int | None) -> int | None:
        """Let the recorder make a chunk or a keyframe, if it is time."""
        emulation = self._emulation
        recorder, driver = emulation.recorder, emulation.driver
        now = emulation.now
        wanted_ns = recorder.due_ns(now.run_ns, driver.speed)
        if wanted_ns is None or now.wall_ns < wanted_ns:
            return wanted_ns
        speed = max(driver.speed, 1.0)
        if recorder.keyframe_is_due(now.run_ns):
            since_ns = self._keyframe_wanted_ns = self._keyframe_wanted_ns or now.wall_ns
            if self._keyframe.may_begin(due_ns, since_ns + round(KEYFRAME_DELAY_NS / speed)):
                self._keyframe_wanted_ns = None
                self._keyframe.do(lambda: recorder.keyframe(now))
                return None
        latest_ns = wanted_ns + min(CHUNK_DELAY_NS, round(CHUNK_NS / 2 / speed))
        if self._chunk.may_begin(due_ns, latest_ns):
            self._chunk.do(lambda: recorder.cut(now))
            return None
        return latest_ns

    def snapshot(self) -> Message:
        """Everything on the screen."""
        return snapshot_frame(self._emulation.snapshot(), rec=self._emulation.recorder.status)

    def frames(self) -> Sequence[Message]:
        """Nothing else."""
        return ()

    def close(self, reason: str) -> None:
        """Close what is recorded."""
        self._emulation.recorder.stop(self._emulation.now, reason)


def _add_scenario(run: Emulation, message: Message) -> None:
    run.add(load_scenario(fields.source(message, "scenario")))


def _add_stream(run: Emulation, message: Message) -> None:
    scenario = load_scenario(fields.source(message, "scenario"))
    name = fields.text(message, "stream")
    chosen = tuple(stream for stream in scenario.streams if stream.name == name)
    if not chosen:
        names = ", ".join(stream.name for stream in scenario.streams)
        raise UserError(
            f"add-stream: scenario {scenario.name!r} has no stream {name!r}; it has {names}"
        )
    run.add(scenario.model_copy(update={"streams": chosen}))


def _record(run: Emulation, message: Message) -> None:
    rotate_s = fields.number(message, "rotate_s", 0.0)
    if not 0 <= rotate_s * _SECOND_NS < 2**63:
        raise UserError("record: 'rotate_s' must be a number of seconds from 0 on")
    rotation = Rotation(fields.count(message, "rotate_bytes"), round(rotate_s * _SECOND_NS))
    run.recorder.record(fields.text(message, "path"), rotation, run.now)


def _stop_recording(run: Emulation, _: Message) -> None:
    if run.recorder.status is None:
        raise UserError("stop-recording: this run is not being recorded")
    run.recorder.stop(run.now, CLEAN)


COMMANDS: Final[Mapping[str, Callable[[Emulation, Message], None]]] = {
    "swap": lambda run, message: run.apply(SwapPolicy(fields.text(message, "policy"))),
    "stop-stream": lambda run, message: run.apply(StopStream(fields.text(message, "stream"))),
    "start-stream": lambda run, message: run.apply(StartStream(fields.text(message, "stream"))),
    "add-scenario": _add_scenario,
    "add-stream": _add_stream,
    "marker": lambda run, message: run.apply(Mark(fields.text(message, "text"))),
    "speed": lambda run, message: run.set_speed(fields.number(message, "speed")),
    "pause": lambda run, _: run.pause(),
    "resume": lambda run, _: run.resume(),
    "step": lambda run, _: run.driver.step(),
    "record": _record,
    "stop-recording": _stop_recording,
    "save-flight": lambda run, message: run.recorder.save_flight(
        fields.text(message, "path"), run.now
    ),
}
