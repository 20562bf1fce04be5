"""Between a client's pipes and the socket of a run: bytes there and back, nothing else."""

import os
import socket
import sys
import threading
from pathlib import Path
from typing import Final

from emulator.errors import UserError
from emulator.serving.local_socket import connect

_CHUNK: Final = 1 << 16


def relay(path: str, commands_fd: int, frames_fd: int) -> int:
    """Work until either side hangs up; returns the exit status, 1 when there is no such run."""
    try:
        connection = connect(Path(path))
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    threading.Thread(target=_send, args=(commands_fd, connection), daemon=True).start()
    try:
        while data := connection.recv(_CHUNK):
            view = memoryview(data)
            while view:
                view = view[os.write(frames_fd, view) :]
    except OSError:
        pass  # either side is gone: that is its way to say so
    connection.close()
    return 0


def _send(commands_fd: int, connection: socket.socket) -> None:
    try:
        while data := os.read(commands_fd, _CHUNK):
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the run has ended
