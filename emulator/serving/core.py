"""The core behind the process: takes messages, paces one run, sends snapshots.

It owns no pipe, no thread and no loop, so the same object serves a process, a test and a screen in
process. ``turn`` does all the work, in pieces so short that commands and snapshots get through.
"""

import os
import queue
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from emulator.drivers import SLICE_NS
from emulator.errors import UserError
from emulator.policies.own_name import is_own
from emulator.protocol import MAX_SNAPSHOT_HZ, PROTOCOL, Message
from emulator.serving import live
from emulator.serving import message_fields as fields
from emulator.serving.clock import Clock
from emulator.serving.emulation import Builder, Emulation, RecordingDesk, build
from emulator.serving.live import LiveRun
from emulator.serving.quiet import QuietWork
from emulator.serving.runs import Handler, Run, saved_frame
from emulator.session.origin import package_version
from emulator.session.recording import Saved
from emulator.session.worker import Inline, Worker

if TYPE_CHECKING:
    from emulator.serving.trial_inbox import TryOut

DEFAULT_HZ: Final = 10.0
MIN_HZ: Final = 0.1
HEARTBEAT_NS: Final = 1_000_000_000
"""Wall time between snapshots while nothing moves."""
SNAPSHOT_DELAY_NS: Final = 30_000_000
"""Wall time that a snapshot may wait for a quiet moment."""
ANOTHER_RUN: Final = "another run was started"

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
        worker: Worker | None = None,
        alarm: Callable[[], None] = lambda: None,
        try_out: "TryOut | None" = None,
    ) -> None:
        self.finished: str | None = None
        """Why it has ended; None until then."""
        self.failed = False
        """Whether it ended for a reason that nobody asked for."""
        self._clock = clock
        self._inbox = inbox
        self._try_out = try_out
        """Loads a policy in another process first, in which it may do what it likes."""
        self._outbox = outbox
        self._builder = builder
        self._housekeeping = housekeeping
        self._worker = worker or Inline()
        self._alarm = alarm
        """Ends the process if it does not come back; called before foreign code is loaded."""
        self._saved: deque[Saved] = deque()
        """Filled by the worker's thread."""
        self._always: dict[str, Handler] = {
            "start": self._start,
            "replay": self._replay,
            "attach": self._attach,
            "rate": self._set_rate,
            "quit": lambda _: self.finish("quit"),
        }
        self._run: Run | None = None
        self._runs = 0
        self._period_ns = round(_SECOND_NS / DEFAULT_HZ)
        self._last_snapshot_ns = clock.now_ns() - HEARTBEAT_NS
        self._snapshot = QuietWork(clock)
        self._changed = False
        self._shown_state = ""

    @property
    def runs_own_policy(self) -> bool:
        """Whether it runs code of somebody's own, which may never come back."""
        return isinstance(self._run, LiveRun) and self._run.has_own_policy

    async def serve(self) -> None:
        """Greet the client and work until something ends it. Whatever raises here is a bug."""
        self.greet()
        while self.finished is None:
            await self._clock.wait_until(self.turn())

    def greet(self) -> None:
        """Send the first frame."""
        hello = {"version": package_version(), "protocol": PROTOCOL, "pid": os.getpid()}
        self._outbox.send({"t": "hello", **hello})

    def finish(self, reason: str) -> None:
        """End after the turn that is going on; the first reason stays."""
        self.finished = self.finished or reason
        self._clock.wake()

    def fail(self, sentence: str) -> None:
        """Tell the client what cannot be mended, and end."""
        self.failed = True
        self._outbox.send({"t": "error", "message": sentence})
        self.finish(sentence)

    def close(self, reason: str) -> None:
        """Close what is recorded, and tell the client; nothing can be done after it."""
        if self._run is not None:
            self._run.close(reason)
        self._run = None
        self._worker.close()
        self._send_saved()

    def turn(self) -> int | None:
        """Do one bounded piece of what is due; returns the wall time (ns) when there is more."""
        more = self._take_messages()
        self._send_saved()
        run = self._run
        if run is None:
            return self._clock.now_ns() if more else None
        try:
            wake_ns = self._turn_of(run)
        except UserError as error:
            self._lose(run, str(error))
            return self._clock.now_ns()
        now_ns = self._clock.now_ns()
        if more:
            return now_ns
        if self._housekeeping is not None:
            self._housekeeping.idle(now_ns, wake_ns - now_ns)
        return wake_ns

    def _turn_of(self, run: Run) -> int:
        """Let the run do a piece; returns the wall time (ns) when there is more."""
        run.turn()
        for frame in run.frames():
            self._outbox.send(frame)
        due_ns = run.due_ns
        wanted = (due_ns, self._snapshot_if_quiet(run, due_ns), run.tend(due_ns))
        return min(each for each in wanted if each is not None)

    def _take_messages(self) -> bool:
        """Handle waiting messages for at most a slice of time; returns whether some are left."""
        stop_ns = self._clock.now_ns() + SLICE_NS
        while self._clock.now_ns() < stop_ns:
            try:
                self._handle(self._inbox.get_nowait())
            except queue.Empty:
                return False
            except UserError as error:
                self._outbox.send({"t": "error", "message": str(error)})
            self._changed = True
        return True

    def _snapshot_if_quiet(self, run: Run, due_ns: int | None) -> int | None:
        """Send a snapshot if it is due and no event is about to be; returns when to look again."""
        if not run.is_settled:
            return None
        now_ns = self._clock.now_ns()
        wanted_ns = self._next_snapshot_ns(run)
        if now_ns < wanted_ns:
            return wanted_ns
        # Somebody waits for the effect of a key.
        latest_ns = wanted_ns if self._changed else wanted_ns + SNAPSHOT_DELAY_NS
        if not self._snapshot.may_begin(due_ns, latest_ns):
            return latest_ns
        self._last_snapshot_ns = now_ns
        if self._outbox.ready:
            self._changed = False
            self._shown_state = run.state
            self._snapshot.do(lambda: self._outbox.send(run.snapshot()))
        return self._next_snapshot_ns(run)

    def _next_snapshot_ns(self, run: Run) -> int:
        state = run.state
        if self._changed or state != self._shown_state:
            return self._last_snapshot_ns + _MIN_PERIOD_NS
        return self._last_snapshot_ns + (self._period_ns if state == "running" else HEARTBEAT_NS)

    def _send_saved(self) -> None:
        while self._saved:
            self._outbox.send(saved_frame(self._saved.popleft()))
            self._changed = True

    def _handle(self, message: Message) -> None:
        """Obey one message. Raises UserError."""
        kind = str(message["t"])
        if is_own(str(message.get("policy", ""))):
            self._alarm()
        if kind in self._always:
            self._always[kind](message)
        elif self._run is not None and (handler := self._run.handler(kind)) is not None:
            handler(message)
        else:
            raise UserError(self._refusal(kind))

    def _refusal(self, kind: str) -> str:
        """Why a command is not obeyed."""
        from emulator.serving import replaying

        in_a_run = (
            live.COMMANDS.keys() | {live.WHAT_IF, *live.QUESTIONS} | replaying.COMMANDS.keys()
        )
        if kind not in in_a_run:
            known = ", ".join(sorted(self._always.keys() | in_a_run))
            return f"unknown command {kind[:40]!r}; known are {known}"
        if self._run is None:
            return f"{kind}: no run has been started"
        return f"{kind}: {self._run.refusal}"

    def _start(self, message: Message) -> None:
        request = live.run_request(message)
        desk = RecordingDesk(self._worker, self._saved.append)
        number, clock = self._runs + 1, self._clock
        if request.live is None:
            emulation = Emulation(request, number, clock, self._builder, desk)
        else:
            # Loaded when it is asked for: most machines emulate.
            from emulator.serving.real_run import real_emulation

            emulation = real_emulation(request, number, clock, desk)
        run = LiveRun(emulation, clock, self._try_out)
        for words in emulation.warnings:
            self._outbox.send({"t": "warning", "message": words})
        self._adopt(run)
        if not request.paused:
            run.begin()

    def _attach(self, _: Message) -> None:
        if self._run is None:
            raise UserError("attach: there is no run; it has ended, or was never started")

    def _replay(self, message: Message) -> None:
        # Loaded when it is asked for: a live run starts sooner without the reader of sessions.
        from emulator.serving.replay import Replay
        from emulator.serving.replaying import ReplayRun, replay_request

        request = replay_request(message)
        replay = Replay(request, self._runs + 1, self._clock)
        self._adopt(ReplayRun(replay, self._clock, self._worker))

    def _adopt(self, run: Run) -> None:
        """Go on with another run."""
        if self._run is not None:
            self._run.close(ANOTHER_RUN)
        self._run = run
        self._runs += 1
        if self._housekeeping is not None:
            self._housekeeping.settle()

    def _lose(self, run: Run, sentence: str) -> None:
        """The run cannot go on."""
        self._outbox.send({"t": "error", "message": sentence})
        self._run = None
        run.close(sentence)

    def _set_rate(self, message: Message) -> None:
        hz = fields.number(message, "hz")
        if not MIN_HZ <= hz <= MAX_SNAPSHOT_HZ:
            raise UserError(f"rate: {hz:g} is outside {MIN_HZ:g} to {MAX_SNAPSHOT_HZ:g} per second")
        self._period_ns = round(_SECOND_NS / hz)
