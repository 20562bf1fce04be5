"""The core behind the process: takes messages, paces one run, sends snapshots.

It owns no pipe, no thread and no loop, so the same object serves a process, a test and a screen in
process. ``turn`` does all the work, in pieces so short that commands and snapshots get through.
"""

import os
import queue
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Protocol

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.commands import Mark, StartStream, StopStream, SwapPolicy
from emulator.drivers import SLICE_NS
from emulator.errors import UserError
from emulator.protocol import MAX_SNAPSHOT_HZ, Message
from emulator.serving import message_fields as fields
from emulator.serving.clock import Clock
from emulator.serving.emulation import Builder, Emulation, RunRequest, build

DEFAULT_HZ: Final = 10.0
MIN_HZ: Final = 0.1
HEARTBEAT_NS: Final = 1_000_000_000
"""Wall time between snapshots while nothing moves."""
QUIET_NS: Final = 2_000_000
"""A snapshot is built when no event is due for this long, or as long as the last one took ..."""
SNAPSHOT_DELAY_NS: Final = 30_000_000
"""... but at the latest so long after it was due."""

_SECOND_NS: Final = 1_000_000_000
_MIN_PERIOD_NS: Final = round(_SECOND_NS / MAX_SNAPSHOT_HZ)


class Inbox(Protocol):
    """Messages of the client that were not looked at yet."""

    def get_nowait(self) -> Message:
        """The oldest one. Raises queue.Empty."""


class Outbox(Protocol):
    """The way to the client."""

    @property
    def ready(self) -> bool:
        """Whether everything sent so far is on its way: a snapshot is dropped otherwise."""

    def send(self, message: Message) -> None:
        """Send a frame; it is never dropped."""


class Housekeeping(Protocol):
    """What a process does at moments when nothing is due; see ``collector.IdleCollector``."""

    def settle(self) -> None:
        """A new run has been built."""

    def idle(self, now_ns: int, gap_ns: int | None) -> None:
        """Nothing is due for this long."""


class Core:
    """One client's core."""

    def __init__(
        self,
        clock: Clock,
        inbox: Inbox,
        outbox: Outbox,
        *,
        builder: Builder = build,
        housekeeping: Housekeeping | None = None,
    ) -> None:
        self.finished: str | None = None
        """Why it has ended; None until then."""
        self.failed = False
        """Whether it ended for a reason that nobody asked for."""
        self._clock = clock
        self._inbox = inbox
        self._outbox = outbox
        self._builder = builder
        self._housekeeping = housekeeping
        self._always: dict[str, Callable[[Message], None]] = {
            "start": self._start,
            "rate": self._set_rate,
            "quit": lambda _: self.finish("quit"),
        }
        self._run: Emulation | None = None
        self._runs = 0
        self._period_ns = round(_SECOND_NS / DEFAULT_HZ)
        self._last_snapshot_ns = clock.now_ns() - HEARTBEAT_NS
        self._snapshot_cost_ns = 0
        self._changed = False
        self._shown_state = ""

    async def serve(self) -> None:
        """Greet the client and work until something ends it. Whatever raises here is a bug."""
        self.greet()
        while self.finished is None:
            await self._clock.wait_until(self.turn())

    def greet(self) -> None:
        """Send the first frame."""
        self._outbox.send({"t": "hello", "version": _version(), "pid": os.getpid()})

    def finish(self, reason: str) -> None:
        """End after the turn that is going on; the first reason stays."""
        self.finished = self.finished or reason
        self._clock.wake()

    def fail(self, sentence: str) -> None:
        """Tell the client what cannot be mended, and end."""
        self.failed = True
        self._outbox.send({"t": "error", "message": sentence})
        self.finish(sentence)

    def turn(self) -> int | None:
        """Do one bounded piece of what is due; returns the wall time (ns) when there is more."""
        more = self._take_messages()
        if self._run is None:
            return self._clock.now_ns() if more else None
        self._run.driver.turn()
        due_ns = self._run.driver.due_ns
        snapshot_due_ns = self._snapshot_if_quiet(self._run, due_ns)
        now_ns = self._clock.now_ns()
        if more:
            return now_ns
        wake_ns = snapshot_due_ns if due_ns is None else min(due_ns, snapshot_due_ns)
        if self._housekeeping is not None:
            self._housekeeping.idle(now_ns, wake_ns - now_ns)
        return wake_ns

    def _take_messages(self) -> bool:
        """Handle waiting messages for at most a slice of time; returns whether some are left."""
        stop_ns = self._clock.now_ns() + SLICE_NS
        while self._clock.now_ns() < stop_ns:
            try:
                message = self._inbox.get_nowait()
            except queue.Empty:
                return False
            try:
                self._handle(message)
            except UserError as error:
                self._outbox.send({"t": "error", "message": str(error)})
            self._changed = True
        return True

    def _snapshot_if_quiet(self, run: Emulation, due_ns: int | None) -> int:
        """Send a snapshot if it is due and no event is about to be; returns when to look again."""
        now_ns = self._clock.now_ns()
        wanted_ns = self._next_snapshot_ns(run)
        if now_ns < wanted_ns:
            return wanted_ns
        quiet_ns = max(QUIET_NS, self._snapshot_cost_ns)
        latest_ns = wanted_ns + SNAPSHOT_DELAY_NS
        if due_ns is not None and due_ns - now_ns < quiet_ns and now_ns < latest_ns:
            return latest_ns
        self._last_snapshot_ns = now_ns
        if self._outbox.ready:
            self._changed = False
            self._shown_state = run.driver.state
            self._outbox.send({"t": "snapshot", "s": run.snapshot()})
            self._snapshot_cost_ns = self._clock.now_ns() - now_ns
        return self._next_snapshot_ns(run)

    def _next_snapshot_ns(self, run: Emulation) -> int:
        state = run.driver.state
        if self._changed or state != self._shown_state:
            return self._last_snapshot_ns + _MIN_PERIOD_NS
        return self._last_snapshot_ns + (self._period_ns if state == "running" else HEARTBEAT_NS)

    def _handle(self, message: Message) -> None:
        """Obey one message. Raises UserError."""
        kind = str(message["t"])
        if kind in self._always:
            self._always[kind](message)
        elif kind not in _DURING_A_RUN:
            known = ", ".join(sorted(self._always.keys() | _DURING_A_RUN.keys()))
            raise UserError(f"unknown command {kind[:40]!r}; known are {known}")
        elif self._run is None:
            raise UserError(f"{kind}: no run has been started")
        else:
            _DURING_A_RUN[kind](self._run, message)

    def _start(self, message: Message) -> None:
        scenario = load_scenario(fields.source(message, "scenario"))
        request = RunRequest(
            load_profile(fields.source(message, "profile") or profile_of(scenario)),
            scenario,
            fields.text(message, "policy"),
            seed=fields.seed(message),
            speed=fields.number(message, "speed", 1.0),
            paused=fields.flag(message, "paused"),
        )
        self._run = Emulation(request, self._runs + 1, self._clock, self._builder)
        self._runs += 1
        if self._housekeeping is not None:
            self._housekeeping.settle()
        if not request.paused:
            self._run.driver.resume()

    def _set_rate(self, message: Message) -> None:
        hz = fields.number(message, "hz")
        if not MIN_HZ <= hz <= MAX_SNAPSHOT_HZ:
            raise UserError(f"rate: {hz:g} is outside {MIN_HZ:g} to {MAX_SNAPSHOT_HZ:g} per second")
        self._period_ns = round(_SECOND_NS / hz)


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


_DURING_A_RUN: Final[dict[str, Callable[[Emulation, Message], None]]] = {
    "swap": lambda run, message: run.apply(SwapPolicy(fields.text(message, "policy"))),
    "stop-stream": lambda run, message: run.apply(StopStream(fields.text(message, "stream"))),
    "start-stream": lambda run, message: run.apply(StartStream(fields.text(message, "stream"))),
    "add-scenario": _add_scenario,
    "add-stream": _add_stream,
    "marker": lambda run, message: run.apply(Mark(fields.text(message, "text"))),
    "speed": lambda run, message: run.driver.set_speed(fields.number(message, "speed")),
    "pause": lambda run, _: run.driver.pause(),
    "resume": lambda run, _: run.driver.resume(),
    "step": lambda run, _: run.driver.step(),
}


def _version() -> str:
    try:
        return version("rtgen-tui")
    except PackageNotFoundError:
        return "0"
