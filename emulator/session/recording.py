"""Chunks into session files: a file that may refuse, and the next one where it is rotated."""

from collections import deque
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from emulator.session.chunks import Chunk
from emulator.session.file import SessionFile
from emulator.session.folder import create_numbered

MAX_WAITING_BYTES: Final = 16 * 1024 * 1024
"""Of chunks that a full disk has not taken; older ones are given up."""


class Saved(NamedTuple):
    """A session file that nothing more is written to."""

    path: Path
    bytes: int
    reason: str
    """Why it was closed, or why it could not be closed cleanly."""


class Recording:
    """One recording in one file after the other. It never raises OSError: see ``problem``.

    A chunk that the disk refuses is kept and tried again with the next one, so a disk that gets
    room in time costs nothing.
    """

    def __init__(self, path: Path, file: BinaryIO, header: Chunk) -> None:
        self.path = path
        self.size = 0
        """Bytes of the present file."""
        self.problem = ""
        """Why nothing can be written at present, a sentence; empty while all is well."""
        self._first_path = path
        self._file = file
        self._header = header
        self._session: SessionFile | None = None
        self._waiting: deque[Chunk] = deque()
        self._waiting_bytes = 0

    def begin(self) -> None:
        """Write the header."""
        self._write()

    @property
    def is_full(self) -> bool:
        """Whether the file holds as many chunks as a reader takes."""
        return self._session is not None and self._session.is_full

    def append(self, chunk: Chunk) -> None:
        """Write a chunk, after those that wait."""
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk.data)
        while self._waiting_bytes > MAX_WAITING_BYTES:
            self._waiting_bytes -= len(self._waiting.popleft().data)
        self._write()

    def rotate(self, header: Chunk) -> Saved | None:
        """Go on in the next file; None: it cannot be made, so this one goes on."""
        try:
            path, file = create_numbered(self._first_path, 2)
        except OSError as error:
            self._refused(error)
            return None
        saved = self.close("rotated")
        self.path, self._file, self._header = path, file, header
        self.size, self._session = 0, None
        self._write()
        return saved

    def close(self, reason: str) -> Saved:
        """Write index and end, and close the file; what is missing at its end is the reason."""
        self._write()
        if self._session is not None:
            try:
                self._session.close(self.problem or reason)
            except OSError as error:
                self._refused(error)
            self.size = self._session.size
        try:
            self._file.close()
        except OSError as error:
            self._refused(error)
        return Saved(self.path, self.size, self.problem or reason)

    def _write(self) -> None:
        """Try to write all that waits."""
        try:
            session = self._session or self._begun()
            while self._waiting:
                session.append(self._waiting[0])
                self._waiting_bytes -= len(self._waiting.popleft().data)
            self.problem = ""
        except OSError as error:
            self._refused(error)
        if self._session is not None:
            self.size = self._session.size

    def _begun(self) -> SessionFile:
        self._file.seek(0)
        self._file.truncate()
        self._session = SessionFile(self._file, self._header)
        return self._session

    def _refused(self, error: OSError) -> None:
        name = "".join(c if c.isprintable() else "?" for c in str(self.path))
        self.problem = f"{name} cannot be written: {error.strerror or error}"
