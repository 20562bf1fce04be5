"""Reading small text and TOML files that may be wrong or hostile."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

from emulator.schema.exact import parse_decimal

MAX_TOML_BYTES = 4_000_000
"""tomllib takes up to 400 bytes of memory for each byte of a hostile file."""
MAX_KEY_PARTS = 8
"""tomllib takes memory quadratic in the parts of a dotted key: 200 kB of "a.a.a" fill a machine."""

_PLAINER = {"Cannot overwrite a value": "a key is there twice"}
"""What tomllib says, in words that say what is wrong with the file."""

_TOKEN = re.compile(
    r"""
    (?P<part>
        \"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5})?
      | '''(?:[^']|'(?!''))*+(?:'{3,5})?
      | "(?:[^"\\\n]|\\[^\n])*+"?
      | '[^'\n]*+'?
      | [A-Za-z0-9_-]++
    )
  | (?P<dot>\.)
  | (?P<other>\#[^\n]*+ | [^ \t] )
    """,
    re.VERBOSE | re.DOTALL,
)


def read_text(path: Path, max_bytes: int) -> str:
    """The text of a regular UTF-8 file of at most `max_bytes`.

    Raises:
        ValueError: the file cannot be read; the message is the rest of a sentence about it.
    """
    data = _read_bytes(path, max_bytes)
    if len(data) > max_bytes:
        raise ValueError(f"is larger than {max_bytes // 1_000_000} MB, the most that is read")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"is not UTF-8 text: line {line} holds other bytes") from None


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    try:
        # Opening a pipe would wait for its writer, and a device never ends.
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                return file.read(max_bytes + 1)
    except FileNotFoundError:
        raise ValueError("does not exist") from None
    except PermissionError:
        raise ValueError("cannot be read: permission denied") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from None
    raise ValueError("is a folder, not a file" if stat.S_ISDIR(mode) else "is not a regular file")


def read_toml(path: Path) -> dict[str, object]:
    """The tables of a TOML file, decimals as they are written.

    Raises:
        ValueError: the file cannot be read or is not TOML; the message is the rest of a sentence.
    """
    import tomllib

    text = read_text(path, MAX_TOML_BYTES)
    _check_key_parts(text)
    try:
        return tomllib.loads(text, parse_float=parse_decimal)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not valid TOML: {_first_line(str(error))}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError:
        limit = sys.get_int_max_str_digits()
        raise ValueError(f"holds a whole number of more than {limit:,} digits") from None


def _first_line(message: str) -> str:
    # tomllib quotes what it found, which may be a whole file or a control character.
    line = "".join(c if c.isprintable() else "?" for c in message)
    where = line.rfind(" (at ")
    reason, place = (line[:where], line[where:]) if where >= 0 else (line, "")
    reason = _PLAINER.get(reason, reason)
    limit = 120
    return (reason if len(reason) <= limit else reason[: limit - 3] + "...") + place


def _check_key_parts(text: str) -> None:
    parts = 0
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "dot":
                parts += 1
            case "other":
                parts = 0
        if parts >= MAX_KEY_PARTS:
            line = text.count("\n", 0, token.start()) + 1
            raise ValueError(f"has a dotted key of more than {MAX_KEY_PARTS} parts in line {line}")
