"""When a recording goes on in another file."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a recording goes on in another file; 0: never."""

    size_bytes: int = 0
    span_ns: int = 0
    """Virtual time."""


NEVER: Final = Rotation()
