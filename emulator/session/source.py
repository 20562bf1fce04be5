"""A session file that is open for reading; whatever the system says of it becomes a sentence."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.session.errors import SessionError
from emulator.session.format import FORMAT_VERSION, MAGIC, PREAMBLE, End
from emulator.session.scan import Found, Frame, end_of, frame_at, scan


class Source:
    """The chunks of one file.

    Raises:
        SessionError: no such file, or one that is no session of a format version known here. Every
        method: the file cannot be read any more.
    """

    def __init__(self, path: Path) -> None:
        self.name = "".join(c if c.isprintable() else "?" for c in str(path))
        with self._reading():
            # Opening a pipe would wait for its writer, and a device never ends.
            if not stat.S_ISREG(path.stat().st_mode):
                raise self.error("is not a file")
            self._file = path.open("rb")
        try:
            self._check_preamble()
        except SessionError:
            self._file.close()
            raise

    def error(self, what: str) -> SessionError:
        """The error for a sentence that begins with the file's name."""
        return SessionError(f"session {self.name} {what}", source=self.name)

    def size(self) -> int:
        """Bytes of the file now."""
        with self._reading():
            return os.fstat(self._file.fileno()).st_size

    def frame_at(self, offset: int) -> Frame | None:
        """The intact chunk at an offset."""
        with self._reading():
            return frame_at(self._file, offset)

    def end(self) -> tuple[End, Frame] | None:
        """The end chunk's summary and the index chunk, if both are intact."""
        size = self.size()
        with self._reading():
            return end_of(self._file, size)

    def scan(self, offset: int, size: int) -> Iterator[Found]:
        """Chunks and damage from an offset to ``size``."""
        with self._reading():
            yield from scan(self._file, offset, size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self.error(f"cannot be read: {error.strerror or error}") from None
        except ValueError as error:  # a path with a null character, or a file that was closed
            raise self.error(f"cannot be read: {error}") from None

    def _check_preamble(self) -> None:
        with self._reading():
            preamble = self._file.read(PREAMBLE.size)
        if not preamble.startswith(MAGIC[: len(preamble)]) or not preamble:
            raise self.error("is not a session file of rtgen-tui")
        if len(preamble) < PREAMBLE.size:
            raise self.error("ends before its header: nothing of it was recorded")
        _, version = PREAMBLE.unpack(preamble)
        if version != FORMAT_VERSION:
            raise self.error(
                f"has format version {version}, this rtgen-tui reads version {FORMAT_VERSION}"
            )
