"""A run that is simulated now: the commands that it knows, and when its recorder does its work."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.commands import ChangeStream, Mark, StartStream, StopStream, SwapPolicy
from emulator.errors import UserError
from emulator.live_request import live_request
from emulator.policies import find_policy
from emulator.policies.own_name import is_own
from emulator.protocol import Message
from emulator.serving import message_fields as fields
from emulator.serving.clock import Clock
from emulator.serving.emulation import Emulation, RunRequest
from emulator.serving.quiet import QuietWork
from emulator.serving.runs import Handler, snapshot_frame
from emulator.session import CLEAN
from emulator.session.recorder import CHUNK_NS
from emulator.session.rotation import Rotation

if TYPE_CHECKING:
    from emulator.serving.journal_desk import JournalDesk
    from emulator.serving.policy_care import PolicyCare
    from emulator.serving.trial_inbox import TryOut
    from emulator.serving.what_if import WhatIf

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
        # Somebody's own is the version of its file that lies there now.
        find_policy(fields.text(message, "policy")).name,
        seed=fields.seed(message),
        speed=fields.number(message, "speed", 1.0),
        paused=fields.flag(message, "paused"),
        live=live_request(message.get("live")),
        effects=fields.text({"effects": "", **message}, "effects"),
    )


class LiveRun:
    """An emulation as the core wants it."""

    is_settled = True
    refusal = "only a recorded session can be moved in; this run goes on as it comes"

    def __init__(self, emulation: Emulation, clock: Clock, try_out: "TryOut | None" = None) -> None:
        self._emulation = emulation
        self._clock = clock
        self._try_out = try_out
        self._chunk = QuietWork(clock)
        self._keyframe = QuietWork(clock)
        self._keyframe_wanted_ns: int | None = None
        self._what_if: WhatIf | None = None
        self._journal: JournalDesk | None = None
        self._care: PolicyCare | None = None
        self._care_for(emulation.policy)

    @property
    def state(self) -> str:
        """``running``, ``paused`` or ``ended``."""
        return self._emulation.driver.state

    @property
    def due_ns(self) -> int | None:
        """Wall time of the next event instant."""
        return self._emulation.driver.due_ns

    @property
    def has_own_policy(self) -> bool:
        """Whether the policy asked for last is somebody's own."""
        return self._care is not None

    def begin(self) -> None:
        """Let virtual time begin."""
        self._emulation.driver.resume()

    def handler(self, kind: str) -> Handler | None:
        """Of this command."""
        if kind == WHAT_IF:
            return self._tell_what_if
        if kind in QUESTIONS:
            return self._answer
        if kind == SWAP:
            return self._swap
        found = COMMANDS.get(kind)
        return None if found is None else partial(found, self._emulation)

    def turn(self) -> None:
        """Process what is due."""
        self._emulation.driver.turn()

    def tend(self, due_ns: int | None) -> int | None:
        """Let the recorder make a chunk or a keyframe, if it is time."""
        what_if_ns = None if self._what_if is None else self._what_if.due_ns
        care = self._care
        if care is not None:
            care.tend()
        wanted = (self._record(due_ns), what_if_ns, None if care is None else care.due_ns)
        return min((each for each in wanted if each is not None), default=None)

    def _record(self, due_ns: int | None) -> int | None:
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
        """What other policies would have made of it, and answers, when somebody wants to know."""
        answers = () if self._journal is None else self._journal.answers()
        if self._care is not None:
            answers = (*answers, *self._care.frames())
        if self._what_if is None:
            return answers
        told = self._what_if.turn(self._emulation.driver.now_ns, self._emulation.commands)
        return (*answers, *told)

    def _answer(self, message: Message) -> None:
        # Loaded when it is asked for, likewise.
        from emulator.serving.journal_desk import JournalDesk
        from emulator.serving.journals import LiveJournal

        emulation = self._emulation
        if self._journal is None:
            self._journal = JournalDesk(emulation.desk.worker.another())
        desk, origin, commands = self._journal, emulation.origin, emulation.commands
        reached_ns = emulation.driver.now_ns
        ask = desk.asked(message)
        emulation.recorder.look(
            lambda chunks, tail: ask(LiveJournal(origin, commands, chunks, tail, reached_ns))
        )

    def _swap(self, message: Message) -> None:
        name = find_policy(fields.text(message, "policy")).name
        self._emulation.apply(SwapPolicy(name))
        self._care_for(name)

    def _care_for(self, name: str) -> None:
        """Look after a policy that is somebody's own, and after no other any more."""
        if not is_own(name):
            self._care = None
        elif self._care is not None:
            self._care.watch(name)
        else:
            # Likewise: only those who bring a policy need it.
            from emulator.serving.policy_care import PolicyCare

            self._care = PolicyCare(self._emulation, self._clock, name, self._try_out)

    def _tell_what_if(self, message: Message) -> None:
        # Loaded when it is asked for: most runs start without it.
        from emulator.serving.what_if import WhatIf
        from emulator.study.counterfactual_worker import CounterfactualWorker

        if self._what_if is None:
            worker = CounterfactualWorker()
            self._what_if = WhatIf(self._clock, self._emulation.origin, worker)
        self._what_if.want(message)

    def close(self, reason: str) -> None:
        """Close what is recorded."""
        if self._what_if is not None:
            self._what_if.close()
        if self._journal is not None:
            self._journal.close()
        self._emulation.driver.close()
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


def _change_stream(run: Emulation, message: Message) -> None:
    name = fields.text(message, "stream")
    spec = load_scenario({"name": "change", "streams": [message.get("spec")]}).streams[0]
    run.apply(ChangeStream(name, spec))


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


SWAP: Final = "swap"
WHAT_IF: Final = "what-if"
QUESTIONS: Final = frozenset({"window", "job", "find", "queue", "detail", "inputs"})
"""What may be asked about the journal, of a live run and of a replay."""

COMMANDS: Final[Mapping[str, Callable[[Emulation, Message], None]]] = {
    SWAP: lambda run, message: run.apply(SwapPolicy(fields.text(message, "policy"))),
    "stop-stream": lambda run, message: run.apply(StopStream(fields.text(message, "stream"))),
    "start-stream": lambda run, message: run.apply(StartStream(fields.text(message, "stream"))),
    "add-scenario": _add_scenario,
    "add-stream": _add_stream,
    "change-stream": _change_stream,
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
