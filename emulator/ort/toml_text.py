"""Writes tables as TOML, one key a line, in the order in which they are given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

Scalar = str | int | float | bool
Value = Scalar | list["Value"] | dict[str, "Value"]
"""A dict among them is written inline, as the noise of an entry."""


def table(header: str, values: Mapping[str, Value | None]) -> str:
    """A table under `[header]` (or `[[header]]`); keys without a value are left out."""
    lines = [header, *(f"{key(name)} = {_text(each)}" for name, each in _present(values))]
    return "\n".join(line for line in lines if line) + "\n"


def key(name: str) -> str:
    """A key, quoted where it has to be."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _present(values: Mapping[str, Value | None]) -> Iterator[tuple[str, Value]]:
    for name, each in values.items():
        if each is not None:
            yield name, each


def _text(value: Value) -> str:
    # A TOML basic string escapes as JSON does, and a TOML number is what Python prints.
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return "{" + ", ".join(f"{key(name)} = {_text(each)}" for name, each in value.items()) + "}"
