"""Appending chunks to a session file, and closing it with its index."""

from typing import BinaryIO, Final

from emulator.session.chunks import Chunk
from emulator.session.format import (
    CLEAN,
    END,
    EVENTS,
    FORMAT_VERSION,
    INDEX,
    KEYFRAME,
    MAGIC,
    MAX_CHUNKS,
    MAX_REASON,
    NOTE,
    PREAMBLE,
    End,
    Place,
    Span,
    frame,
)
from emulator.session.index import Index
from emulator.session.packing import pack

_INDEXED: Final = (EVENTS, KEYFRAME, NOTE)


class SessionFile:
    """Appends chunks to a binary file that was opened for writing, unbuffered or buffered.

    A failed write costs the chunk that was to be written and nothing else: the next one is written
    where the last good one ended. Every method may raise the OSError of the file.
    """

    def __init__(self, file: BinaryIO, header: Chunk) -> None:
        self._file = file
        self._header = header
        self._index = Index()
        self._offset = 0
        self._torn = False
        self._write(PREAMBLE.pack(MAGIC, FORMAT_VERSION) + header.data)

    @property
    def size(self) -> int:
        """Bytes of the file so far."""
        return self._offset

    @property
    def is_full(self) -> bool:
        """Whether it holds as many chunks as a reader takes: the recording must be rotated."""
        return len(self._index) >= MAX_CHUNKS

    def append(self, chunk: Chunk) -> None:
        """Write a chunk. Raises OSError."""
        offset = self._offset
        self._write(chunk.data)
        if chunk.kind in _INDEXED and isinstance(chunk.summary, Span | Place):
            self._index.add(chunk.kind, offset, chunk.summary)

    def close(self, reason: str = CLEAN) -> End:
        """Write the header once more, the index and the end chunk; the file itself stays open."""
        self.append(self._header)
        spans = self._index.spans
        end = End(
            events=sum(span.events for span in spans),
            jobs=sum(span.jobs for span in spans),
            misses=sum(span.misses for span in spans),
            t_end_ns=max((span.t_end_ns for span in spans), default=0),
            index_offset=self._offset,
            reason=reason[:MAX_REASON],
        )
        self._write(frame(INDEX, pack(()), self._index.to_body()) + frame(END, pack(end), b""))
        return end

    def _write(self, data: bytes) -> None:
        if self._torn:
            self._file.seek(self._offset)
            self._file.truncate()
        self._torn = True
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) or 0 :]
        self._file.flush()
        self._torn = False
        self._offset += len(data)
