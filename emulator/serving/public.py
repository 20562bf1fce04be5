"""A run that every terminal of its user can look at: the core, and a socket for its viewers."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from emulator.collector import IdleCollector
from emulator.errors import UserError
from emulator.protocol import Message
from emulator.serving.clock import WallClock
from emulator.serving.core import Core
from emulator.serving.hub import Hub
from emulator.serving.local_socket import is_same_user, listen
from emulator.serving.loop import caller, failure, on_signals, run
from emulator.session.worker import WorkerThread
from emulator.snapshot import Snapshot

COMPLETE: Final = "the run has come to its end"


class PublicRun:
    """A core that was given its run, and the socket on which it is seen.

    Args:
        path: of the socket.
        opening: the commands that start the run.
        on_problem: told a sentence that the core says to nobody else.

    Raises:
        UserError: there can be no such socket.
    """

    def __init__(
        self, path: Path, opening: list[Message], on_problem: Callable[[str], None]
    ) -> None:
        self._path = path
        self._listener = listen(path)
        self._opening = opening
        self._on_problem = on_problem
        self.last: Snapshot | None = None
        """What the run came to."""

    def serve(self, until_ns: int | None) -> str:
        """Work until a signal, or until the run comes to this virtual time; returns why it ended.

        Raises:
            UserError: the core refuses to start the run.
        """
        try:
            return run(self._serve(until_ns))
        finally:
            self._listener.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, until_ns: int | None) -> str:
        loop, clock = asyncio.get_running_loop(), WallClock()
        from_thread = caller(loop)
        hub = Hub(partial(from_thread, clock.wake))
        worker = WorkerThread(
            on_done=partial(from_thread, clock.wake),
            on_failed=lambda error: from_thread(partial(core.fail, failure(error))),
        )
        watch = Watch(hub, self._on_problem)
        core = Core(clock, hub, watch, housekeeping=IdleCollector(), worker=worker)
        on_signals(loop, lambda name: core.finish(f"ended by {name}"))
        core.greet()
        for message in self._opening:
            hub.say(message)
        core.turn()
        if watch.problem:
            core.close(watch.problem)
            raise UserError(watch.problem)
        threading.Thread(target=self._accept, args=(hub,), daemon=True).start()
        while core.finished is None:
            await clock.wait_until(core.turn())
            if until_ns is not None and watch.t_ns >= until_ns:
                core.finish(COMPLETE)
        reason = core.finished
        core.close(reason)
        self.last = watch.latest
        hub.send({"t": "bye", "reason": reason})
        hub.close()
        return reason

    def _accept(self, hub: Hub) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if is_same_user(connection):
                hub.welcome(connection)
            else:
                connection.close()


class Watch:
    """The hub as an outbox, and a look at what the core says."""

    def __init__(self, hub: Hub, on_problem: Callable[[str], None]) -> None:
        self._hub = hub
        self._on_problem = on_problem
        self.problem = ""
        """The first sentence of the core about what cannot be."""

        self.latest: Snapshot | None = None

    @property
    def ready(self) -> bool:
        """Always: it looks at each snapshot itself."""
        return True

    @property
    def t_ns(self) -> int:
        """Virtual time of the newest snapshot."""
        return -1 if self.latest is None else self.latest.t_ns

    def send(self, message: Message) -> None:
        """A frame."""
        snapshot = message.get("s")
        if isinstance(snapshot, Snapshot):
            self.latest = snapshot
        if message["t"] == "error":
            self.problem = self.problem or str(message["message"])
            self._on_problem(str(message["message"]))
        self._hub.send(message)
