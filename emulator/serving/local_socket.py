"""A socket of this machine that only its owner can open."""

import os
import socket
import stat
import struct
import sys
from pathlib import Path
from typing import Final

from emulator.errors import UserError

_PROBE_S: Final = 0.5
_CREDENTIALS: Final = struct.Struct("3i")
"""Process, user and group of the other side, as ``SO_PEERCRED`` gives them."""


def listen(path: Path) -> socket.socket:
    """A socket at this path that waits for connections.

    Raises:
        UserError: there can be none: the system has no such sockets, somebody else listens there,
            the path is something else, or cannot be made.
    """
    _check(path)
    if path.exists() or path.is_symlink():
        _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Nobody else may open it, from the instant at which it is there.
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise _cannot(path, error.strerror or str(error)) from error
    finally:
        os.umask(mask)
    listener.listen()
    return listener


def connect(path: Path) -> socket.socket:
    """A connection to a run that is served there. Raises UserError: there is none."""
    _check(path)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        why = "nothing is served there" if not path.exists() else error.strerror or str(error)
        raise UserError(
            f"socket {path}: {why}; start a run with: rtgen-tui run SCENARIO --serve {path}",
            source=str(path),
        ) from error
    return connection


def is_same_user(connection: socket.socket) -> bool:
    """Whether the other side runs as our user; taken for granted where the system cannot say.

    The permissions of the socket let nobody else in: this is the second lock.
    """
    if not sys.platform.startswith("linux"):
        return True
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    user = _CREDENTIALS.unpack(packed)[1]
    return user in {os.getuid(), 0}


def _check(path: Path) -> None:
    if not hasattr(socket, "AF_UNIX"):
        raise UserError("a run is served on a Unix socket, which this system does not have")
    if len(os.fsencode(path)) > 100:  # noqa: PLR2004  # what the smallest system takes
        raise _cannot(path, "a socket's path may have at most 100 bytes")


def _clear(path: Path) -> None:
    """Remove what a run that has died left behind. Raises UserError: it is something else."""
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise _cannot(path, "there is a file of that name, which is no socket")
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(_PROBE_S)
    try:
        probe.connect(str(path))
    except OSError:
        path.unlink(missing_ok=True)
    else:
        raise _cannot(path, f"a run is served there already; see it: rtgen-tui attach {path}")
    finally:
        probe.close()


def _cannot(path: Path, why: str) -> UserError:
    return UserError(f"--serve {path}: {why}", source=str(path), key="--serve")
