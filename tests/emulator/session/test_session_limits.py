"""Hostile files: what would take too much is refused before it is taken."""

import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgpack
import pytest

from emulator.session import SessionReader
from emulator.session.errors import DamageError
from emulator.session.format import MAX_CHUNKS, MAX_DEPTH, MAX_UNPACKED_BYTES, MAX_WEIGHT_BYTES
from emulator.session.packing import unpack, unpack_body, weight
from tests.emulator.session.mutations import Part, assembled, parts_of
from tests.emulator.session.sessions import recorded

MB = 1_000_000
UNITS = [b"\xc0", b"\x80", b"\x90", b"\x91\x01", b"\x81\xa0\x01", b"\xa2ab", b"\xcd\x7f\xff"]


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """The block takes no more memory than that."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MB
    finally:
        tracemalloc.stop()


def array_of(unit: bytes, size: int) -> bytes:
    """Msgpack of about that many bytes."""
    items = size // len(unit)
    return b"\xdd" + items.to_bytes(4, "big") + unit * items


@pytest.mark.parametrize("unit", UNITS)
def test_values_take_bounded_memory(unit: bytes) -> None:
    """Whatever they are made of, what would take too much is refused."""
    packed = array_of(unit, MAX_UNPACKED_BYTES - 8)
    with at_most(100), pytest.raises(DamageError, match="would take more than"):
        unpack(packed)


def test_the_heaviest_values_that_fit_take_bounded_memory() -> None:
    """Empty maps take the most memory for a byte; so many of them are read."""
    with at_most(100):
        assert unpack(array_of(b"\x80", 650_000))


@pytest.mark.parametrize(
    "unit", [*UNITS, b"\xcb" + bytes(8), b"\xd9\x03abc", b"\xde\x00\x01\xa0\x01"]
)
def test_weight_is_an_upper_bound(unit: bytes) -> None:
    """Of the memory that the value really takes."""
    packed = array_of(unit, 100_000)
    tracemalloc.start()
    value = msgpack.unpackb(packed, use_list=False)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(value) == (len(packed) - 5) // len(unit)
    assert taken <= weight(packed)


def test_a_million_arrivals_are_not_too_many() -> None:
    """The largest trace that a scenario may have fits a header."""
    packed = msgpack.packb([0.5] * 1_000_000)
    assert weight(packed) <= MAX_WEIGHT_BYTES
    assert len(packed) <= MAX_UNPACKED_BYTES


def test_a_zip_bomb_is_refused() -> None:
    """A body that would be 200 MB takes no more than the limit."""
    compressor = zlib.compressobj(9)
    bomb = b"".join(compressor.compress(bytes(MB)) for _ in range(200)) + compressor.flush()
    with at_most(60), pytest.raises(DamageError, match="unpacks to more than"):
        unpack_body(bomb)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """Nobody who walks over a value needs a deep stack."""
    with pytest.raises(DamageError):
        unpack(b"\x91" * depth + b"\xc0")


def test_nesting_up_to_the_limit_is_read() -> None:
    """The limit is what it says."""
    assert unpack(b"\x91" * MAX_DEPTH + b"\xc0")


def test_too_many_chunks_are_not_all_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first are read, and it is said; an eighth of the limit takes an eighth of 120 MB."""
    limit = MAX_CHUNKS // 8
    monkeypatch.setattr("emulator.session.contents.MAX_CHUNKS", limit)
    monkeypatch.setattr("emulator.session.file.MAX_CHUNKS", limit)
    parts = parts_of(recorded([[("marker", 1, "x")]]))
    many = [*parts[:2], *[Part(b"N", b"\x92\x01\x01", b"")] * (limit + 10), *parts[2:]]
    path = tmp_path / "crowd.rtgen"
    path.write_bytes(assembled(many, patch_end=True))
    with at_most(15), SessionReader(path, scan=True) as reader:
        assert list(reader.events()) == [("marker", 1, "x")]
        assert f"only the first {limit:,} chunks are read" in reader.problems
