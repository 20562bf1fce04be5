"""Copies of files that were read and checked once, which load without pydantic and tomllib.

A copy is found under the hash of the file's content and of everything that decided what it means:
if any of it differs, there is no copy and the file is read. A copy that is damaged, or that
somebody else could have written, is none either; whatever goes wrong here costs time only.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeVar, cast

import msgpack

import emulator.schema
from emulator.schema.tables import Table

T = TypeVar("T", bound=Table)

MAX_FILE_BYTES: Final = 4_000_000
MAX_COPY_BYTES: Final = 8_000_000
MAX_COPIES: Final = 64
"""Older ones are deleted."""

_TABLE: Final = 1
_FRACTION: Final = 2
"""What msgpack's extension types mean here."""
_HASH_BYTES: Final = 32
_READERS: Final = ("checked_copies.py", "names.py", "profile.py", "scenario.py")
"""What says what a file means beside the schema."""
_PRIVATE: Final = 0o700
_OTHERS_WRITE: Final = 0o022
_SUFFIX: Final = ".msgpack"


class CheckedCopies:
    """The copies in a folder, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, path: Path, table: type[Table]) -> Path | None:
        """Where the copy of a file as it is now belongs; None: it cannot be read, or is too big."""
        try:
            content = _read(path, MAX_FILE_BYTES)
            return None if content is None else self._folder / _key(path, table, content)
        except OSError:
            return None

    def find(self, place: Path, table: type[T]) -> T | None:
        """The copy at a place, None where there is none that can be trusted."""
        try:
            data = _read(place, MAX_COPY_BYTES, private=True)
            if data is None or _hash(data[_HASH_BYTES:]) != data[:_HASH_BYTES]:
                return None
            found = _unpack(data[_HASH_BYTES:], {each.__name__: each for each in _tables(Table)})
        except (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            return None
        return found if isinstance(found, table) else None

    def keep(self, place: Path, record: Table) -> None:
        """Put a copy in its place; nothing is said where that cannot be done."""
        with suppress(OSError, ValueError, RecursionError):
            body = _pack(record)
            self._folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                file.write(_hash(body) + body)
            Path(name).replace(place)
            self._delete_old()

    def _delete_old(self) -> None:
        copies = sorted(self._folder.glob("*" + _SUFFIX), key=lambda each: each.stat().st_mtime_ns)
        for each in copies[:-MAX_COPIES]:
            each.unlink()


def _key(path: Path, table: type[Table], content: bytes) -> str:
    """The name of a copy: a hash over the file, its name, the schema's code and the interpreter."""
    home = Path(emulator.schema.__file__).parent
    entries = [each for each in os.scandir(home) if each.name.endswith(".py")]
    entries += [each for each in os.scandir(home.parent) if each.name in _READERS]
    code = sorted((each.name, each.stat().st_size, each.stat().st_mtime_ns) for each in entries)
    about = (table.__name__, path.name, str(home), code, sys.version)
    return _hash(repr(about).encode() + b"\0" + content).hex() + _SUFFIX


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_HASH_BYTES).digest()


def _read(path: Path, max_bytes: int, *, private: bool = False) -> bytes | None:
    """A regular file's bytes; None: it is none, too large, or others may write to it."""
    if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its writer
        return None
    with path.open("rb") as file:
        info = os.fstat(file.fileno())
        if private and not _is_ours(info):
            return None
        data = file.read(max_bytes + 1)
    return data if len(data) <= max_bytes else None


def _is_ours(info: os.stat_result) -> bool:
    """Whether nobody else could have written it; Windows keeps others out of the folder."""
    if not hasattr(os, "getuid"):
        return True
    return info.st_uid == os.getuid() and not info.st_mode & _OTHERS_WRITE


def _tables(of: type[Table]) -> Iterator[type[Table]]:
    for each in of.__subclasses__():
        yield each
        yield from _tables(each)


def _pack(value: object) -> bytes:
    return cast("bytes", msgpack.packb(value, default=_plain, strict_types=True))


def _plain(value: object) -> object:
    match value:
        case Table():
            given = {key: each for key, each in vars(value).items() if key in value.given}
            extra = None if value.extra is None else dict(value.extra)
            return msgpack.ExtType(_TABLE, _pack([type(value).__name__, given, extra]))
        case Fraction():
            parts = [str(value.numerator), str(value.denominator)]
            return msgpack.ExtType(_FRACTION, _pack(parts))
        case tuple():
            return list(value)
    raise ValueError(f"a {type(value).__name__} cannot be kept")


def _unpack(data: bytes, tables: dict[str, type[Table]]) -> object:
    def meant(code: int, inner: bytes) -> object:
        parts = _unpack(inner, tables)
        if code == _FRACTION:
            numerator, denominator = cast("tuple[str, str]", parts)
            return Fraction(int(numerator), int(denominator))
        name, given, extra = cast("tuple[str, dict[str, object], dict[str, object]]", parts)
        table = tables[name]
        if not given.keys() <= table.defaults.keys():
            raise ValueError("holds a field that there is not")
        return table.made_of({**table.defaults, **given}, extra, set(given))

    return msgpack.unpackb(data, ext_hook=meant, use_list=False)
