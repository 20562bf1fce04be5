"""Messages over two pipes, by one blocking thread each.

Threads, because they work on every system (no selector waits for pipes on Windows) and because a
client that does not read must block nobody but its own thread. Both sleep in system calls, outside
the interpreter lock.
"""

import os
import queue
import threading
from collections.abc import Callable
from typing import Final

from emulator.protocol import Decoder, Message, ProtocolError, encode

_CHUNK_BYTES: Final = 65_536
_MAX_WAITING: Final = 1_000
"""Commands that wait before their sender has to, and frames that wait to be read."""


class MessageReader:
    """Decodes commands from a pipe into a queue of limited length.

    Callbacks run in the reader's thread: ``on_message`` after each message, ``on_end`` once, with
    None when the client closed its end, or with a sentence when it does not speak our protocol.
    """

    def __init__(
        self, fd: int, *, on_message: Callable[[], None], on_end: Callable[[str | None], None]
    ) -> None:
        self._fd = fd
        self._on_message = on_message
        self._on_end = on_end
        self._queue: queue.Queue[Message] = queue.Queue(_MAX_WAITING)
        self._thread = threading.Thread(target=self._read, name="commands", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def get_nowait(self) -> Message:
        """The oldest waiting message. Raises queue.Empty."""
        return self._queue.get_nowait()

    def _read(self) -> None:
        decoder = Decoder()
        problem = None
        try:
            while data := os.read(self._fd, _CHUNK_BYTES):
                for message in decoder.feed(data):
                    self._queue.put(message)
                    self._on_message()
        except ProtocolError as error:
            problem = str(error)
        except OSError:
            pass  # a pipe that breaks has ended, whatever the reason
        self._on_end(problem)


class FrameWriter:
    """Writes frames to a pipe in the order they were sent, however slowly the client reads.

    ``on_closed`` is called, from either thread, when the client reads no more.
    """

    def __init__(self, fd: int, *, on_closed: Callable[[], None]) -> None:
        self._fd = fd
        self._on_closed = on_closed
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        # Two counters with one writing thread each need no lock.
        self._sent = 0
        self._written = 0
        self._thread = threading.Thread(target=self._write, name="frames", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether everything sent so far is in the pipe."""
        return self._sent == self._written

    def send(self, message: Message) -> None:
        """Queue a frame. A client that leaves a thousand unread counts as gone."""
        self._sent += 1
        self._frames.put(encode(message))
        if self._sent - self._written == _MAX_WAITING:
            self._on_closed()

    def close(self, timeout_s: float) -> None:
        """Write what is left, for at most this long."""
        self._frames.put(None)
        self._thread.join(timeout_s)

    def _write(self) -> None:
        try:
            while (frame := self._frames.get()) is not None:
                view = memoryview(frame)
                while view:
                    view = view[os.write(self._fd, view) :]
                self._written += 1
        except OSError:
            self._on_closed()
