"""Writes a profile as a file that loads to the same profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from emulator.ort.toml_text import Value, key, table
from emulator.profile import Profile

_NUMBERS: Final = (
    *("_ms", "_us", "_w", "_mb", "_gb_s", "_per_s", "_per_token"),
    *("slowdown", "interference", "batch_overhead"),
)
"""How keys end whose exact texts are written as numbers; a text is as good to whoever loads it."""
_HEADERS: Final = 3
"""Tables within so many have a header, as [models.NAME.BACKEND]; deeper ones stand inline."""


def profile_toml(profile: Profile) -> str:
    """The text of the file. What is left out has its default."""
    return "\n".join(_tables((), cast("Mapping[str, Value]", profile.to_dict())))


def _tables(path: tuple[str, ...], values: Mapping[str, Value]) -> Iterator[str]:
    """A table, then those in it."""
    inner = {name: each for name, each in values.items() if _has_headers(path, each)}
    own = {name: _value(name, each) for name, each in values.items() if name not in inner}
    if own or (path and not inner):
        dotted = ".".join(map(key, path))
        yield table(f"[{dotted}]" if path else "", own)
    for name, each in inner.items():
        if isinstance(each, dict):
            yield from _tables((*path, name), each)
        elif isinstance(each, list):
            for entry in each:
                plain = cast("dict[str, Value]", entry)
                yield table(f"[[{key(name)}]]", {at: _value(at, one) for at, one in plain.items()})


def _has_headers(path: tuple[str, ...], value: Value) -> bool:
    if isinstance(value, dict):
        return len(path) < _HEADERS and (not path or path[0] == "models")
    return not path and isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _value(name: str, value: Value) -> Value:
    """Numbers for exact texts that a number says as well; those in a table go by its name too."""
    if isinstance(value, dict):
        is_number = name.endswith(_NUMBERS)
        return {at: _value(name if is_number else at, each) for at, each in value.items()}
    if isinstance(value, list):
        return [_value(name, each) for each in value]
    if isinstance(value, str) and name.endswith(_NUMBERS):
        return _number(value)
    return value


def _number(text: str) -> Value:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if repr(number) == text:
            return number
    return text
