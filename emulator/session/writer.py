"""Writing a session file in one piece: encoder and file together."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from emulator.journal import Event
from emulator.session.chunks import ChunkEncoder
from emulator.session.file import SessionFile
from emulator.session.format import CLEAN, End
from emulator.session.header import SessionHeader


class SessionWriter:
    """Records a run into a binary file that was opened for writing; never closes it.

    Every method may raise the OSError of the file; what was written before stays readable.
    """

    def __init__(self, file: BinaryIO, header: SessionHeader) -> None:
        self._encoder = ChunkEncoder(header.begins_ns, header.begins_event)
        self._file = SessionFile(file, self._encoder.header(header))

    @property
    def size(self) -> int:
        """Bytes of the file so far."""
        return self._file.size

    def append(self, events: Sequence[Event], upto_ns: int) -> None:
        """The next events, and the virtual time that the run has reached: one chunk, or a few."""
        for chunk in self._encoder.events(events, upto_ns):
            self._file.append(chunk)

    def keyframe(self, t_ns: int, state: object) -> None:
        """The state after all events so far."""
        self._file.append(self._encoder.keyframe(t_ns, state))

    def note(self, t_ns: int, kind: str, data: Mapping[str, object] | None = None) -> None:
        """Something about the recording that is not in the journal."""
        self._file.append(self._encoder.note(t_ns, kind, data))

    def close(self, reason: str = CLEAN) -> End:
        """Write index and end chunk; returns the totals."""
        return self._file.close(reason)
