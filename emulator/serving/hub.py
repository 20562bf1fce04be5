"""One core, several viewers: each sees all frames, and each may steer.

A viewer that reads slowly gets fewer snapshots, and never slows the core or another viewer down. A
viewer that leaves, however it does, leaves the run going on.
"""

import contextlib
import queue
import socket
import threading
from collections.abc import Callable
from typing import Final

from emulator.protocol import Message
from emulator.serving.pipes import FrameWriter, MessageReader

MAX_VIEWERS: Final = 16
_KEPT: Final = frozenset({"hello", "timeline", "what-if"})
"""Frames of which a viewer that comes later needs the newest."""
_DETACH_S: Final = 1.0


class Viewer:
    """A connection: a thread that reads its commands, and one that writes its frames."""

    def __init__(
        self,
        connection: socket.socket,
        on_message: Callable[[Message], None],
        on_gone: Callable[["Viewer"], None],
    ) -> None:
        self._connection = connection
        self._on_message = on_message
        self._on_gone = on_gone
        fd = connection.fileno()
        self._writer = FrameWriter(fd, on_closed=lambda: on_gone(self))
        self._reader = MessageReader(fd, on_message=self._take, on_end=lambda _: on_gone(self))

    def start(self, first: list[Message]) -> None:
        """Send what came before it, and listen."""
        for message in first:
            self._writer.send(message)
        self._writer.start()
        self._reader.start()

    def send(self, message: Message) -> None:
        """A frame; a snapshot only when it has read the last one."""
        if message["t"] != "snapshot" or self._writer.ready:
            self._writer.send(message)

    def close(self) -> None:
        """Say the last words, for a moment, and hang up."""
        self._writer.close(_DETACH_S)
        with contextlib.suppress(OSError):  # it has hung up already
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _take(self) -> None:
        message = self._reader.get_nowait()
        if message["t"] == "quit":
            # Of a viewer that means itself; the run has somebody else who ends it.
            self._on_gone(self)
        else:
            self._on_message(message)


class Hub:
    """What goes to all viewers, and the core's inbox; ``wake`` has the core look into it."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._viewers: list[Viewer] = []
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._newest: dict[str, Message] = {}

    def send(self, message: Message) -> None:
        """A frame for all."""
        with self._lock:
            if str(message["t"]) in _KEPT:
                self._newest[str(message["t"])] = message
            for viewer in self._viewers:
                viewer.send(message)

    def get_nowait(self) -> Message:
        """As an inbox: the oldest command of any viewer. Raises queue.Empty."""
        return self._inbox.get_nowait()

    def say(self, message: Message) -> None:
        """A command of our own."""
        self._inbox.put(message)
        self._wake()

    def welcome(self, connection: socket.socket) -> None:
        """A new viewer; one too many is turned away."""
        viewer = Viewer(connection, self.say, self._gone)
        with self._lock:
            full = len(self._viewers) >= MAX_VIEWERS
            if not full:
                self._viewers.append(viewer)
                viewer.start(list(self._newest.values()))
        if full:
            connection.close()

    def close(self) -> None:
        """Hang up on everybody."""
        with self._lock:
            viewers, self._viewers = self._viewers, []
        for viewer in viewers:
            viewer.close()

    def _gone(self, viewer: Viewer) -> None:
        with self._lock:
            if viewer not in self._viewers:
                return
            self._viewers.remove(viewer)
        # Its own threads come here, and cannot wait for themselves.
        threading.Thread(target=viewer.close, daemon=True).start()
