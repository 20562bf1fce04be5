"""The core without a process, behind the same words: for tests and pictures."""

import queue
from collections.abc import Mapping

from emulator.protocol import Decoder, Message, encode
from emulator.serving.clock import ManualClock
from emulator.serving.core import Core as CoreMachine
from emulator.serving.emulation import Builder, build
from rtgen_tui.received import Receiver
from rtgen_tui.session import CoreError


class InProcessCore(Receiver):
    """The core without a process, for tests: it moves only when ``tick`` moves its clock."""

    def __init__(self, *, builder: Builder = build) -> None:
        super().__init__()
        self.alive = False
        self._clock = ManualClock()
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._core = CoreMachine(self._clock, self._inbox, self._received, builder=builder)

    async def start(self) -> None:
        """Say hello."""
        self.alive = True
        self._core.greet()

    async def send(self, message: Mapping[str, object]) -> None:
        """Have a command handled at the present wall time. Raises CoreError: the core is gone."""
        if not self.alive:
            raise CoreError("the core is gone")
        (decoded,) = Decoder().feed(encode(message))
        self._inbox.put(decoded)
        self.tick(self._clock.now_ns())

    def tick(self, wall_ns: int) -> None:
        """Let the wall clock come to this time, and everything happen that is due until then."""
        while self.alive and (due_ns := self._turn()) is not None and due_ns <= wall_ns:
            self._clock.move_to(due_ns)
        self._clock.move_to(wall_ns)
        if self.alive:
            self._turn()

    async def close(self) -> None:
        """End the core, which closes what it records."""
        if self.alive:
            self._core.close("the client closed it")
        self.alive = False

    def _turn(self) -> int | None:
        due_ns = self._core.turn()
        if self._core.finished is not None:
            self.alive = False
        return due_ns
