"""Finding the chunks of a session file: frame by frame, and past what is damaged."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from emulator.session.errors import DamageError
from emulator.session.format import (
    END,
    FRAME,
    INDEX,
    MAX_BODY_BYTES,
    SYNC,
    TAIL_BYTES,
    End,
)
from emulator.session.index import is_count
from emulator.session.packing import unpack

_BLOCK_BYTES: Final = 1 << 16
_MAX_WASTED_BYTES: Final = 256 * 1024 * 1024
"""Read in vain by one scan: a hostile file could have every byte begin a chunk that is none."""


class Frame(NamedTuple):
    """An intact chunk of a file."""

    offset: int
    kind: bytes
    summary: bytes
    body: bytes

    @property
    def end(self) -> int:
        """Offset of what follows it."""
        return self.offset + FRAME.size + len(self.summary) + len(self.body)


class Damage(NamedTuple):
    """Bytes of a file that are no intact chunk."""

    offset: int
    end: int
    is_torn: bool
    """Whether they may be a chunk that is not all there yet, at the end of the file."""


Found: TypeAlias = Frame | Damage


class _BadFrame(NamedTuple):
    """What stands where a chunk should begin."""

    claimed_end: int
    """Where it would end by its own account; 0 if it does not say."""
    wasted: int
    is_torn: bool


def frame_at(file: BinaryIO, offset: int) -> Frame | None:
    """The chunk at an offset, None if none that is intact begins there. Raises OSError."""
    size = file.seek(0, 2)
    found = _frame(file, offset, size) if 0 <= offset < size else None
    return found if isinstance(found, Frame) else None


def scan(file: BinaryIO, offset: int, size: int) -> Iterator[Found]:
    """Everything from an offset to ``size`` bytes: chunks, and what lies between them.

    Raises:
        OSError: the file cannot be read.
    """
    bad_from: int | None = None
    is_torn = False
    wasted = 0
    while offset < size:
        found = _frame(file, offset, size)
        if isinstance(found, Frame):
            if bad_from is not None:
                yield Damage(bad_from, offset, is_torn=False)
                bad_from = None
            yield found
            offset = found.end
            continue
        if bad_from is None:
            bad_from, is_torn = offset, found.is_torn
        wasted += found.wasted
        offset = size if wasted > _MAX_WASTED_BYTES else _resume(file, offset, size, found)
    if bad_from is not None:
        yield Damage(bad_from, size, is_torn)


def end_of(file: BinaryIO, size: int) -> tuple[End, Frame] | None:
    """The end chunk and the index chunk, if the file ends with the one and has the other.

    Raises:
        OSError: the file cannot be read.
    """
    tail_from = max(size - TAIL_BYTES, 0)
    tail = _read(file, tail_from, size - tail_from)
    at = tail.rfind(SYNC + END)
    found = _frame(file, tail_from + at, size) if at >= 0 else None
    if not isinstance(found, Frame) or found.end != size:
        return None
    try:
        end = end_from(found)
    except DamageError:
        return None
    index = frame_at(file, end.index_offset)
    return (end, index) if index is not None and index.kind == INDEX else None


def end_from(found: Frame) -> End:
    """The summary of an end chunk. Raises DamageError."""
    value = unpack(found.summary)
    values = value[: len(End._fields)] if isinstance(value, tuple) else ()
    if len(values) != len(End._fields) or not isinstance(values[-1], str):
        raise DamageError("has a summary that is none")
    if not all(map(is_count, values[:-1])):
        raise DamageError("has a summary that is none")
    return End(*values)


def _frame(file: BinaryIO, offset: int, size: int) -> Frame | _BadFrame:
    head = _read(file, offset, FRAME.size)
    if len(head) < FRAME.size:
        return _BadFrame(0, 0, is_torn=SYNC.startswith(head[: len(SYNC)]))
    sync, kind, summary_bytes, body_bytes, crc = FRAME.unpack(head)
    if sync != SYNC or body_bytes > MAX_BODY_BYTES:
        return _BadFrame(0, 0, is_torn=False)
    content_bytes = summary_bytes + body_bytes
    end = offset + FRAME.size + content_bytes
    if end > size:
        return _BadFrame(0, 0, is_torn=True)
    content = _read(file, offset + FRAME.size, content_bytes)
    if zlib.crc32(content, zlib.crc32(head[len(SYNC) : -4])) != crc:
        return _BadFrame(end, content_bytes, is_torn=False)
    return Frame(offset, kind, content[:summary_bytes], content[summary_bytes:])


def _resume(file: BinaryIO, offset: int, size: int, bad: _BadFrame) -> int:
    """Where to look for the next chunk: behind the bad one if one begins there."""
    if bad.claimed_end == size or _read(file, bad.claimed_end, len(SYNC)) == SYNC:
        return bad.claimed_end
    return _next_sync(file, offset + 1, size)


def _next_sync(file: BinaryIO, offset: int, size: int) -> int:
    overlap = len(SYNC) - 1
    while offset < size:
        block = _read(file, offset, min(_BLOCK_BYTES, size - offset))
        at = block.find(SYNC)
        if at >= 0:
            return offset + at
        if len(block) <= overlap:
            break
        offset += len(block) - overlap if offset + len(block) < size else len(block)
    return size


def _read(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)
