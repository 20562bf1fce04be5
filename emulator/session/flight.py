"""The flight recorder: the last minutes of a run, in memory, for what nobody meant to record."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from emulator.session.chunks import Chunk
from emulator.session.format import KEYFRAME, Place, Span

SPAN_NS: Final = 600_000_000_000
MAX_BYTES: Final = 64 * 1024 * 1024


class FlightRecorder:
    """The newest chunks of a run, from its start or from a keyframe on.

    Args:
        span_ns: run time that is kept at least, if it fits.
        max_bytes: of the chunks that are kept.
    """

    def __init__(self, span_ns: int = SPAN_NS, max_bytes: int = MAX_BYTES) -> None:
        self.size = 0
        """Bytes of the chunks."""
        self._span_ns = span_ns
        self._max_bytes = max_bytes
        self._sections: deque[_Section] = deque([_Section(Place(0, 0))])

    @property
    def begins(self) -> Place | None:
        """Where the first chunk stands in the run; None: it waits for a keyframe to begin with."""
        return self._sections[0].begins if self._sections else None

    def __iter__(self) -> Iterator[Chunk]:
        for section in self._sections:
            yield from section.chunks

    def append(self, chunk: Chunk) -> None:
        """The next chunk of the run; compresses it."""
        if chunk.kind == KEYFRAME and isinstance(chunk.summary, Place):
            self._sections.append(_Section(chunk.summary))
        if not self._sections:  # one section alone was too large: the next keyframe begins anew
            return
        section = self._sections[-1]
        section.chunks.append(chunk)
        section.size += len(chunk.data)
        self.size += len(chunk.data)
        reached_ns = _time_of(chunk)
        while self.size > self._max_bytes or self._is_old(reached_ns):
            self.size -= self._sections.popleft().size

    def _is_old(self, reached_ns: int) -> bool:
        """Whether the first section lies wholly before what is kept."""
        if len(self._sections) < 2:  # noqa: PLR2004  # the last one is never old
            return False
        return self._sections[1].begins.t_ns <= reached_ns - self._span_ns


class _Section:
    """Chunks from one keyframe to the next."""

    __slots__ = ("begins", "chunks", "size")

    def __init__(self, begins: Place) -> None:
        self.begins = begins
        self.chunks: list[Chunk] = []
        self.size = 0


def _time_of(chunk: Chunk) -> int:
    summary = chunk.summary
    if isinstance(summary, Span):
        return summary.t_end_ns
    return 0 if summary is None else summary.t_ns
