"""Reading the fields of a client's message, whose sender may be wrong in any way."""

import math
from typing import Final

from emulator.errors import UserError
from emulator.protocol import Message
from emulator.schema.tables import MAX_TEXT

_MAX_COUNT: Final = 2**63 - 1


def text(message: Message, key: str) -> str:
    """A text for people or the name of something. Raises UserError."""
    value = message.get(key)
    if not isinstance(value, str):
        raise _expected(message, key, "a text")
    if len(value) > MAX_TEXT or not value.isprintable():
        raise _expected(message, key, f"at most {MAX_TEXT} printable characters")
    return value


def texts(message: Message, key: str, most: int) -> tuple[str, ...]:
    """At most so many texts. Raises UserError."""
    values = message.get(key)
    if not isinstance(values, tuple | list) or len(values) > most:
        raise _expected(message, key, f"a list of at most {most} texts")
    return tuple(text({**message, key: value}, key) for value in values)


def number(message: Message, key: str, default: float | None = None) -> float:
    """A finite number. Raises UserError."""
    value = message.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _expected(message, key, "a number")
    return float(value)


def count(message: Message, key: str) -> int:
    """A whole number from 0 on, 0 when there is none. Raises UserError."""
    value = message.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_COUNT:
        raise _expected(message, key, f"a whole number from 0 to {_MAX_COUNT}")
    return value


def seed(message: Message) -> int:
    """The seed, 0 when there is none. Raises UserError."""
    return count(message, "seed")


def instant(message: Message, key: str) -> int:
    """A virtual time, which may lie outside the run. Raises UserError."""
    value = message.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _expected(message, key, "a whole number of nanoseconds")
    return value


def direction(message: Message) -> int:
    """1 or -1. Raises UserError."""
    value = message.get("direction")
    if isinstance(value, bool) or value not in {1, -1}:
        raise _expected(message, "direction", "1 or -1")
    return 1 if value == 1 else -1


def flag(message: Message, key: str) -> bool:
    """True or false, false when there is none. Raises UserError."""
    value = message.get(key, False)
    if not isinstance(value, bool):
        raise _expected(message, key, "true or false")
    return value


def source(message: Message, key: str) -> str | dict[str, object]:
    """A name, a path or the table itself. Raises UserError."""
    value = message.get(key)
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return value
    raise _expected(message, key, "a name, a path or a table")


def _expected(message: Message, key: str, what: str) -> UserError:
    return UserError(f"{message['t']}: '{key}' must be {what}", key=key)
