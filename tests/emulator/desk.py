"""A core with a client's side to it, for the tests of the core."""

import queue

from emulator.protocol import Message
from emulator.serving.clock import ManualClock
from emulator.serving.core import Core
from emulator.serving.emulation import build
from emulator.snapshot import Snapshot
from tests.emulator.paced_fakes import FakeMachine, FakeMeter, S, fake_builder

PROFILE = {"backends": ["cpu"], "models": {"blur": {"cpu": 12.0}}}
SCENARIO = {"name": "call", "streams": [{"name": "cam", "model": "blur", "rate_hz": 30}]}
START: Message = {"t": "start", "profile": PROFILE, "scenario": SCENARIO, "policy": "edf"}


class Desk:
    """A core with a client's side to it: what was sent, and whether the client reads."""

    def __init__(
        self, machine: FakeMachine | None = None, *, snapshot_cost_ns: int = 0, real: bool = False
    ) -> None:
        self.clock = ManualClock()
        self.inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.sent: list[Message] = []
        self.ready = True
        self.machine = machine or FakeMachine([100 * S])
        self.meter = FakeMeter(clock=self.clock, cost_ns=snapshot_cost_ns)
        builder = build if real else fake_builder(self.machine, self.meter)
        self.core = Core(self.clock, self.inbox, self, builder=builder)

    def send(self, message: Message) -> None:
        """As an outbox."""
        self.sent.append(message)

    def say(self, *messages: Message) -> None:
        """Send commands and let the core take them."""
        for message in messages:
            self.inbox.put(message)
        self.core.turn()

    def run_to(self, wall_ns: int) -> None:
        """Let wall time pass as the loop would."""
        while (due_ns := self.core.turn()) is not None and due_ns <= wall_ns:
            self.clock.move_to(due_ns)
        self.clock.move_to(wall_ns)
        self.core.turn()

    @property
    def errors(self) -> list[str]:
        """Sentences of the error frames."""
        return [str(each["message"]) for each in self.sent if each["t"] == "error"]

    @property
    def snapshots(self) -> list[Snapshot]:
        """Snapshots, oldest first."""
        return [each["s"] for each in self.sent if isinstance(each.get("s"), Snapshot)]  # type: ignore[misc]
