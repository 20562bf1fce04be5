"""Values to bytes and back: msgpack, zlib, and limits that hold before memory is taken.

A msgpack value may take 72 times its bytes in memory (an empty map is one byte in the file and a
dict here), and zlib a thousand times its own, so neither size says what a hostile chunk costs.
Arrays come back as tuples and maps have text keys, because integer keys can be made to collide.
"""

import zlib
from typing import Final, NamedTuple

import msgpack

from emulator.session.errors import DamageError
from emulator.session.format import MAX_DEPTH, MAX_UNPACKED_BYTES, MAX_WEIGHT_BYTES

FAST: Final = 1
"""zlib level of what is written while a run goes on."""
SMALL: Final = 6
"""zlib level of what is written once."""

_WORST_FACTOR: Final = 72
_SCALAR_WEIGHT: Final = 32
_TEXT_WEIGHT: Final = 64
_BYTE_WEIGHT: Final = 4
"""Of text, where one character beyond the first plane makes all of them wide."""
_ARRAY_WEIGHT: Final = 64
_SLOT_WEIGHT: Final = 8
_MAP_WEIGHT: Final = 192
_ENTRY_WEIGHT: Final = 64


def pack(value: object) -> bytes:
    """A value as msgpack. Raises OverflowError for integers of more than 64 bits."""
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def compress(packed: bytes, level: int = FAST) -> bytes:
    """The body of a chunk."""
    return zlib.compress(packed, level)


def unpack_body(body: bytes) -> object:
    """The value in the body of a chunk.

    Raises:
        DamageError: bytes that are no such value, or a value beyond the limits.
    """
    decompressor = zlib.decompressobj()
    try:
        packed = decompressor.decompress(body, MAX_UNPACKED_BYTES + 1)
    except zlib.error:
        raise DamageError("cannot be decompressed") from None
    if len(packed) > MAX_UNPACKED_BYTES:
        raise DamageError(f"unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
    if not decompressor.eof or decompressor.unused_data:
        raise DamageError("is not one whole zlib stream")
    return unpack(packed)


def unpack(packed: bytes) -> object:
    """The value. Raises DamageError: as for a body."""
    if len(packed) * _WORST_FACTOR > MAX_WEIGHT_BYTES and weight(packed) > MAX_WEIGHT_BYTES:
        raise DamageError(f"would take more than {MAX_WEIGHT_BYTES:,} bytes of memory")
    try:
        value: object = msgpack.unpackb(packed, use_list=False, raw=False, ext_hook=_no_extension)
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException):
        raise DamageError("does not hold valid msgpack") from None
    _check_depth(value)
    return value


def _no_extension(code: int, _: bytes) -> object:
    raise ValueError(f"extension type {code}")


def _check_depth(value: object) -> None:
    level = [value] if isinstance(value, dict | tuple) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, dict | tuple)
        ]
        if not level:
            return
    raise DamageError(f"is nested deeper than {MAX_DEPTH} levels")


def weight(packed: bytes) -> int:
    """An upper bound of the memory (bytes) that the value takes, found without taking it.

    Counting stops beyond the limit. Slow (0.2 µs a value), so only for what is large.
    """
    total, at, size = 0, 0, len(packed)
    while at < size and total <= MAX_WEIGHT_BYTES:
        length_bytes, skipped, cost, unit_cost, is_text = _SHAPES[packed[at]]
        at += 1
        if length_bytes:
            units = int.from_bytes(packed[at : at + length_bytes], "big")
            cost += units * unit_cost
            at += length_bytes + (units if is_text else 0)
        total += cost
        at += skipped
    return total


class _Shape(NamedTuple):
    """What follows a first byte of msgpack, and what it costs in memory."""

    length_bytes: int = 0
    """Of the field that counts the bytes or items of the value."""
    skipped: int = 0
    """Bytes of a value whose length the first byte says."""
    cost: int = 0
    unit_cost: int = 0
    is_text: bool = False
    """Whether the length field counts bytes that follow."""


def _shapes() -> tuple[_Shape, ...]:
    shapes = [_Shape()] * 256
    for n in range(16):
        shapes[0x80 + n] = _Shape(cost=_MAP_WEIGHT + n * _ENTRY_WEIGHT)
        shapes[0x90 + n] = _Shape(cost=_ARRAY_WEIGHT + n * _SLOT_WEIGHT)
    for n in range(32):
        shapes[0xA0 + n] = _Shape(skipped=n, cost=_TEXT_WEIGHT + n * _BYTE_WEIGHT)
    for code, width in {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}.items():
        shapes[code] = _Shape(width, 0, _TEXT_WEIGHT, _BYTE_WEIGHT, is_text=True)
    for code, width in {0xDC: 2, 0xDD: 4}.items():
        shapes[code] = _Shape(width, 0, _ARRAY_WEIGHT, _SLOT_WEIGHT)
    for code, width in {0xDE: 2, 0xDF: 4}.items():
        shapes[code] = _Shape(width, 0, _MAP_WEIGHT, _ENTRY_WEIGHT)
    for first, widths in {0xCA: (4, 8), 0xCC: (1, 2, 4, 8), 0xD0: (1, 2, 4, 8)}.items():
        for code, width in enumerate(widths, first):
            shapes[code] = _Shape(skipped=width, cost=_SCALAR_WEIGHT)
    for code in (0xC1, 0xC7, 0xC8, 0xC9, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8):
        shapes[code] = _Shape(cost=MAX_WEIGHT_BYTES + 1)  # extension types have no place here
    return tuple(shapes)


_SHAPES: Final = _shapes()
