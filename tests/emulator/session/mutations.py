"""What may happen to a session file: disks, crashes and people who mean harm."""

import io
import random
import zlib
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgpack

from emulator.session.format import (
    END,
    FORMAT_VERSION,
    MAGIC,
    MAX_UNPACKED_BYTES,
    PREAMBLE,
    SYNC,
    frame,
)
from emulator.session.scan import Frame, scan


class Part(NamedTuple):
    """A chunk before it is framed."""

    kind: bytes
    summary: bytes
    body: bytes


def parts_of(data: bytes) -> list[Part]:
    """The chunks of a whole file."""
    found = scan(io.BytesIO(data), PREAMBLE.size, len(data))
    return [Part(each.kind, each.summary, each.body) for each in found if isinstance(each, Frame)]


def assembled(parts: Sequence[Part], *, patch_end: bool) -> bytes:
    """A file of these chunks, each with the right CRC; the end may be told where the index is."""
    data = bytearray(PREAMBLE.pack(MAGIC, FORMAT_VERSION))
    index_offset = 0
    for part in parts:
        summary = part.summary
        if part.kind == END and patch_end:
            values = _value(summary)
            if isinstance(values, list):
                summary = msgpack.packb([*values[:4], index_offset, *values[5:]])
        index_offset = len(data)
        data += frame(part.kind, summary[:0xFFFF], part.body)
    return bytes(data)


Bytes = Callable[[random.Random, bytes], bytes]


def flip(rng: random.Random, data: bytes) -> bytes:
    """One to eight bits."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncate(rng: random.Random, data: bytes) -> bytes:
    """The end is lost."""
    return data[: rng.randrange(len(data))]


def cut_out(rng: random.Random, data: bytes) -> bytes:
    """Bytes in the middle are lost."""
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randint(1, 300) :]


def insert(rng: random.Random, data: bytes) -> bytes:
    """Bytes come in between: noise, zeros, or markers of chunks."""
    at = rng.randrange(len(data))
    size = rng.randint(1, 300)
    noise = rng.choice((rng.randbytes(size), bytes(size), SYNC * size, SYNC + b"E\0\0\0\0\0\0"))
    return data[:at] + noise + data[at:]


def overwrite(rng: random.Random, data: bytes) -> bytes:
    """A block of the disk holds something else."""
    at = rng.randrange(len(data))
    size = rng.randint(1, 600)
    source = rng.randrange(len(data))
    blocks: tuple[bytes, ...] = (bytes(size), rng.randbytes(size), data[source : source + size])
    block = rng.choice(blocks)
    return (data[:at] + block + data[at + len(block) :])[: len(data)]


def forge_length(rng: random.Random, data: bytes) -> bytes:
    """A length field says something else."""
    at = rng.choice([each for each in range(len(data)) if data.startswith(SYNC, each)])
    field = rng.choice(((5, 2), (7, 4), (11, 4)))
    offset, size = at + field[0], field[1]
    value = rng.choice((0, 1, 255, 65_535, 2**31 - 1, 2**32 - 1, rng.randrange(2**32)))
    forged = (value % 256**size).to_bytes(size, "big")
    return b"".join((data[:offset], forged, data[offset + size :]))


BYTES: Final[tuple[Bytes, ...]] = (flip, truncate, cut_out, insert, overwrite, forge_length)
"""What a disk or a crash may do: nothing that is read afterwards may be invented."""

Parts = Callable[[random.Random, list[Part]], list[Part]]


def swap(rng: random.Random, parts: list[Part]) -> list[Part]:
    """Two chunks change places."""
    a, b = rng.randrange(len(parts)), rng.randrange(len(parts))
    parts[a], parts[b] = parts[b], parts[a]
    return parts


def duplicate(rng: random.Random, parts: list[Part]) -> list[Part]:
    """A chunk comes twice."""
    parts.insert(rng.randrange(len(parts) + 1), rng.choice(parts))
    return parts


def lose(rng: random.Random, parts: list[Part]) -> list[Part]:
    """Some chunks are lost."""
    return [part for part in parts if rng.random() < 0.8]


ORDER: Final[tuple[Parts, ...]] = (swap, duplicate, lose)


def splice(other: Sequence[Part], rng: random.Random, parts: list[Part]) -> list[Part]:
    """A chunk of another session comes in."""
    parts.insert(rng.randrange(len(parts) + 1), rng.choice(other))
    return parts


def _with(rng: random.Random, parts: list[Part], **changed: bytes) -> list[Part]:
    at = rng.randrange(len(parts))
    parts[at] = parts[at]._replace(**changed)
    return parts


def _packed(part: Part) -> bytes:
    """What is in a chunk, as far as it is small: bombs go off elsewhere."""
    if not part.body:
        return b"\xc0"
    try:
        return zlib.decompressobj().decompress(part.body, 100_000)
    except zlib.error:
        return b"\xc0"


def _value(packed: bytes) -> object:
    try:
        return msgpack.unpackb(packed, strict_map_key=False)
    except (ValueError, TypeError, msgpack.UnpackException):
        return None


def forge_body(rng: random.Random, parts: list[Part]) -> list[Part]:
    """The msgpack of a chunk is changed and packed again as it should be."""
    at = rng.randrange(len(parts))
    part = parts[at]
    packed = _packed(part)
    mutated = rng.choice((flip, truncate, cut_out, insert, overwrite))(rng, packed)
    parts[at] = part._replace(body=zlib.compress(mutated, 1))
    return parts


def forge_value(rng: random.Random, parts: list[Part]) -> list[Part]:
    """The value of a chunk is changed somewhere inside."""
    at = rng.randrange(len(parts))
    part = parts[at]
    value = _value(_packed(part))
    body = zlib.compress(msgpack.packb(changed(rng, value)), 1)
    parts[at] = part._replace(body=body)
    return parts


def forge_summary(rng: random.Random, parts: list[Part]) -> list[Part]:
    """The summary of a chunk says something else."""
    at = rng.randrange(len(parts))
    value = changed(rng, _value(parts[at].summary))
    parts[at] = parts[at]._replace(summary=msgpack.packb(value))
    return parts


def forge_kind(rng: random.Random, parts: list[Part]) -> list[Part]:
    """A chunk claims to be of another kind."""
    return _with(rng, parts, kind=rng.choice((b"H", b"E", b"K", b"N", b"I", b"Z", b"x", b"\0")))


def bomb(rng: random.Random, parts: list[Part]) -> list[Part]:
    """A small body that would unpack to something large."""
    size = rng.choice((100_000, 600_000, MAX_UNPACKED_BYTES - 8, 3 * MAX_UNPACKED_BYTES))
    unit = rng.choice((b"\0", b"\x80", b"\x90", b"\x91\x01", b"\xa2ab", b"\xcd\x7f\xff", b"\xc2"))
    items = size // len(unit)
    packed = b"\xdd" + items.to_bytes(4, "big") + unit * items
    return _with(rng, parts, body=zlib.compress(packed, 1))


def nest(rng: random.Random, parts: list[Part]) -> list[Part]:
    """Arrays in arrays in arrays."""
    depth = rng.choice((20, 33, 500, 1023, 1024, 5000, 1_000_000))
    opening = rng.choice((b"\x91", b"\x81\xa1a", b"\x81\xc0"))
    return _with(rng, parts, body=zlib.compress(opening * depth + b"\xc0", 1))


def crowd(rng: random.Random, parts: list[Part]) -> list[Part]:
    """A great many small chunks."""
    kind = rng.choice((b"x", b"E", b"K", b"N"))
    summary = rng.choice((b"\x90", b"\x92\0\0", msgpack.packb([0] * 8)))
    return parts[:3] + [Part(kind, summary, b"")] * rng.choice((100, 3000)) + parts[3:]


FORGERIES: Final[tuple[Parts, ...]] = (
    *(forge_body, forge_value, forge_summary, forge_kind) * 6,
    nest,
    crowd,
    bomb,
)

_ODD: Final = (0, 1, -1, 2**31, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), None, True, 1.5, "x", b"x")


def changed(rng: random.Random, value: object) -> object:
    """The value with one thing inside it replaced, doubled or gone."""
    odd: object = rng.choice((*_ODD, [], {}, [0], {"a": 1}, {"file": "x"}, [[]] * 70, "x" * 1000))
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        action = rng.randrange(5)
        if action == 0:
            return value[:at] + value[at + 1 :]
        if action == 1:
            return [*value[:at], value[at], *value[at:]]
        return [*value[:at], changed(rng, value[at]), *value[at + 1 :]]
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if rng.random() < 0.2:
            return {each: value[each] for each in value if each != key}
        return value | {key: changed(rng, value[key])}
    return odd
