"""Objects over a pipe between the core and its own worker, without ever waiting for the other."""

import os
import pickle
import struct
import zlib
from typing import Final

_HEAD: Final = struct.Struct("<I")
_LEVEL: Final = 1
_CHUNK: Final = 1 << 16


def framed(message: object) -> bytes:
    """The message with its length in front."""
    # A profile is 100 kB, which takes two goes at a pipe, and a tenth of that compressed.
    payload = zlib.compress(pickle.dumps(message, pickle.HIGHEST_PROTOCOL), _LEVEL)
    return _HEAD.pack(len(payload)) + payload


class Incoming:
    """The reading end; takes what is there."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.is_closed = False
        """Whether the other side is gone."""
        self._bytes = bytearray()
        os.set_blocking(fd, False)

    def take(self) -> list[object]:
        """The messages that have come in full since the last call."""
        while not self.is_closed:
            try:
                chunk = os.read(self.fd, _CHUNK)
            except BlockingIOError:
                break
            except OSError:
                chunk = b""
            self.is_closed = not chunk
            self._bytes += chunk
        return self._whole()

    def _whole(self) -> list[object]:
        messages = []
        while len(self._bytes) >= _HEAD.size:
            end = _HEAD.size + _HEAD.unpack_from(self._bytes)[0]
            if len(self._bytes) < end:
                break
            # The other side is a process of ours, started by us.
            messages.append(pickle.loads(zlib.decompress(self._bytes[_HEAD.size : end])))  # noqa: S301
            del self._bytes[:end]
        return messages


class Outgoing:
    """The writing end; keeps what does not fit into the pipe yet."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._bytes = bytearray()
        os.set_blocking(fd, False)

    def send(self, message: object) -> None:
        """Sends as much as the pipe takes."""
        self._bytes += framed(message)
        self.flush()

    def flush(self) -> None:
        """Sends as much of the rest as the pipe takes; what nobody reads any more is lost."""
        try:
            while self._bytes:
                del self._bytes[: os.write(self.fd, self._bytes)]
        except BlockingIOError:
            pass
        except OSError:
            self._bytes.clear()
