"""The state of the metrics as a tree that a file can hold: what its parts have in common.

Each class beside this module has a ``state()`` and a ``restored(...)`` that takes such a tree back.
A tree comes from a file, so every leaf is checked when it is read: ``restored`` raises one of
``events.MISFITS`` over anything that ``state()`` would not have made, and takes no more memory and
time than the tree itself does. What is left out cannot be seen in any later snapshot.
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import isfinite
from operator import sub
from struct import Struct
from typing import Any, Final, TypeAlias, cast

State: TypeAlias = tuple[Any, ...]
"""Tuples, text-keyed dicts, texts, bytes, whole numbers, floats, truth values and None. Msgpack may
give lists back for tuples."""

_WHOLE: Final = {int}
_HEAD: Final = Struct("<qB")
"""Of packed numbers: the least of them, and how many bytes each takes above it."""
_WORD: Final = 8


def whole(value: object) -> int:
    """The value, which is a whole number."""
    if type(value) is not int:
        raise ValueError(f"expected a whole number, not {type(value).__name__}")
    return value


def natural(value: object) -> int:
    """The value, which is a whole number from 0 on."""
    count = whole(value)
    if count < 0:
        raise ValueError("expected a number from 0 on")
    return count


def below(value: object, bound: int, least: int = 0) -> int:
    """The value, which is a whole number from the least one on and below the bound."""
    index = whole(value)
    if not least <= index < bound:
        raise IndexError(f"{index} is not within {least} to {bound - 1}")
    return index


def wholes(values: Iterable[object]) -> list[int]:
    """The values, all of which are whole numbers."""
    found: list[Any] = list(values)
    if not _WHOLE.issuperset(map(type, found)):
        raise ValueError("expected whole numbers only")
    return found


def flag(value: object) -> bool:
    """The value, which is a truth value."""
    if not isinstance(value, bool):
        raise ValueError(f"expected a truth value, not {type(value).__name__}")
    return value


def text(value: object) -> str:
    """The value, which is a text."""
    if not isinstance(value, str):
        raise ValueError(f"expected a text, not {type(value).__name__}")
    return value


def number(value: object) -> float:
    """The value, which is a whole number or a finite float."""
    if not isinstance(value, float):
        return whole(value)
    if not isfinite(value):
        raise ValueError(f"expected a finite number, not {value}")
    return value


def differences(values: Sequence[int]) -> tuple[int, ...]:
    """The first value, and from each one to the next."""
    return tuple(map(sub, values, (0, *values)))


def sums(values: Iterable[object]) -> list[int]:
    """What ``differences`` were of."""
    return list(accumulate(wholes(values)))


def packed(values: Sequence[float]) -> bytes | tuple[float, ...]:
    """Numbers as bytes: all lowest bytes, then all second ones and so on, so that they compress.

    Numbers that are not all whole stay as they are.
    """
    if not values or not _WHOLE.issuperset(map(type, values)):
        return tuple(values)
    numbers = cast("Sequence[int]", values)
    least = min(numbers)
    above = array("Q", [value - least for value in numbers])
    width = max(1, (max(above).bit_length() + 7) // 8)
    if sys.byteorder == "big":
        above.byteswap()
    words = above.tobytes()
    return _HEAD.pack(least, width) + b"".join(words[at::_WORD] for at in range(width))


def unpacked(given: object) -> list[float]:
    """What ``packed`` was made of."""
    if not isinstance(given, bytes):
        floats: Any = given
        return list(map(number, floats))
    if len(given) < _HEAD.size:
        raise ValueError("packed numbers are cut off")
    least, width = _HEAD.unpack_from(given)
    count, rest = divmod(len(given) - _HEAD.size, below(width, _WORD + 1, 1))
    if rest:
        raise ValueError("packed numbers are cut off")
    words = bytearray(_WORD * count)
    for at in range(width):
        words[at::_WORD] = given[_HEAD.size + at * count : _HEAD.size + (at + 1) * count]
    above = array("Q", bytes(words))
    if sys.byteorder == "big":
        above.byteswap()
    return [least + each for each in above]
