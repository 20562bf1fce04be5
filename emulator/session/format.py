"""The session file, format version 1: its layout, its limits and the framing of its chunks.

A file is a preamble and then chunks, only ever appended. ``docs/session-format.md`` is the
reference for people who write a reader; a test holds the page and these constants together.
"""

import struct
import zlib
from typing import Final, NamedTuple

MAGIC: Final = b"\x89RTGEN\r\n"
FORMAT_VERSION: Final = 1
PREAMBLE: Final = struct.Struct(">8sH")
"""The magic and the format version."""

SYNC: Final = b"\xc1RTG"
"""Begins every chunk; 0xc1 is the one byte that msgpack never writes."""
FRAME: Final = struct.Struct(">4scHII")
"""Sync, kind, bytes of the summary, bytes of the body, CRC-32."""

HEADER: Final = b"H"
EVENTS: Final = b"E"
KEYFRAME: Final = b"K"
NOTE: Final = b"N"
INDEX: Final = b"I"
END: Final = b"Z"

CHUNK_KINDS: Final[dict[bytes, str]] = {
    HEADER: "header",
    EVENTS: "events",
    KEYFRAME: "keyframe",
    NOTE: "note",
    INDEX: "index",
    END: "end",
}
"""Readers skip kinds that they do not know."""

COLUMN_VALUES: Final = 0
COLUMN_DELTAS: Final = 1
COLUMN_FROM_TIME: Final = 2
"""How a column of an events chunk is written; see ``columns``."""

MAX_UNPACKED_BYTES: Final = 16 * 1024 * 1024
MAX_BODY_BYTES: Final = MAX_UNPACKED_BYTES + 64 * 1024
"""What zlib makes at most of so many bytes."""
MAX_WEIGHT_BYTES: Final = 48 * 1024 * 1024
"""Memory that the values of one chunk may take; see ``packing``."""
MAX_DEPTH: Final = 32
"""Arrays and maps inside each other."""
MAX_CHUNKS: Final = 131_072
"""Of one file: 36 hours of one events chunk a second. A longer recording is rotated."""
MAX_CHUNK_EVENTS: Final = 16_384
MAX_FIELDS: Final = 64
"""Of one event, without kind and time."""
MAX_REASON: Final = 500
"""Characters of the reason in the end chunk."""
TAIL_BYTES: Final = 4096
"""The end chunk lies wholly within so many last bytes."""


class Span(NamedTuple):
    """Summary of an events chunk; the spans of a file are the histogram of its scrub bar."""

    first_event: int
    """Number of its first event in the run, from 0."""
    t_begin_ns: int
    """Where the chunk before ended."""
    t_end_ns: int
    """Virtual time that the run had reached; the events lie from begin to end, both included."""
    events: int
    jobs: int
    """Jobs released."""
    misses: int
    """Jobs completed late or dropped."""
    swaps: int
    marks: int


class Place(NamedTuple):
    """Summary of a keyframe or a note: where it stands in the run."""

    first_event: int
    """Number of the first event after it: so many events of the run lie before it."""
    t_ns: int


class End(NamedTuple):
    """Summary of the end chunk: the totals of the file's events chunks."""

    events: int
    jobs: int
    misses: int
    t_end_ns: int
    index_offset: int
    """Where the index chunk begins."""
    reason: str
    """``clean``, or why the recording ended."""


CLEAN: Final = "clean"


def frame(kind: bytes, summary: bytes, body: bytes) -> bytes:
    """One chunk as it stands in the file."""
    sizes = FRAME.pack(SYNC, kind, len(summary), len(body), 0)[len(SYNC) : -4]
    crc = zlib.crc32(body, zlib.crc32(summary, zlib.crc32(sizes)))
    return b"".join((SYNC, sizes, crc.to_bytes(4, "big"), summary, body))
