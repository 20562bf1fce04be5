"""The four axes of the scheduling space: order / placement / admission / granularity.

``parse`` reads ``edf/earliest-finish/early-drop/chunk-128``; parts left out at the end take the
defaults.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from emulator.errors import PolicyError
from emulator.names import nearest

MAX_CHUNK_TOKENS = 1_000_000

E = TypeVar("E", bound=StrEnum)


class Order(StrEnum):
    """Which ready slice is looked at first: the one with the least key."""

    FCFS = "fcfs"
    """Release of the job."""
    FCFS_SLICE = "fcfs-slice"
    """When this slice became ready."""
    EDF = "edf"
    """Deadline of the slice."""
    LLF = "llf"
    """Deadline - remaining best-case work: the slack up to a constant, so that it does not change
    while waiting."""
    RM = "rm"
    """Period of the stream; none = last."""
    SJF = "sjf"
    """Remaining best-case work of the job."""


class Placement(StrEnum):
    """Which backend a slice is given, if any now."""

    FIRST_IDLE = "first-idle"
    """The first idle backend, in profile order, that can run it."""
    FASTEST_IDLE = "fastest-idle"
    """Of the idle ones the one with the least latency."""
    EARLIEST_FINISH = "earliest-finish"
    """The backend where it would end first; waits for it when it is busy."""
    AFFINITY = "affinity"
    """The backend on which the model is fastest alone; waits for it when it is busy."""


class Admission(StrEnum):
    """Which queued jobs are given up."""

    KEEP = "keep"
    """None."""
    DROP_LATE = "drop-late"
    """Those past an open deadline."""
    EARLY_DROP = "early-drop"
    """Those that cannot meet an open deadline even in the best case."""
    DEGRADE = "degrade"
    """As early-drop; a job that fits with the cheaper models of its scenario runs with those."""
    SKIP = "skip"
    """The optional jobs of streams that say how many of k jobs they need (``firm``)."""


@dataclass(frozen=True, slots=True)
class Axes:
    """One point of the space; ``chunk`` is the prefill chunk in tokens, 0 for whole prefills."""

    order: Order
    placement: Placement = Placement.FASTEST_IDLE
    admission: Admission = Admission.KEEP
    chunk: int = 0

    def __str__(self) -> str:
        granularity = f"chunk-{self.chunk}" if self.chunk else "whole"
        return f"{self.order}/{self.placement}/{self.admission}/{granularity}"


def parse(notation: str) -> Axes:
    """The point that a notation names.

    Raises:
        PolicyError: a part that is not on its axis, or more than four parts.
    """
    parts = notation.split("/")
    if len(parts) > 4:  # noqa: PLR2004 - the four axes
        raise _bad(
            notation, "has more than four parts; write order/placement/admission/granularity"
        )
    order, placement, admission, granularity = parts + [""] * (4 - len(parts))
    return Axes(
        order=_part(notation, "order", order, Order),
        placement=_part(notation, "placement", placement or Placement.FASTEST_IDLE, Placement),
        admission=_part(notation, "admission", admission or Admission.KEEP, Admission),
        chunk=_chunk(notation, granularity or "whole"),
    )


def _part(notation: str, axis: str, word: str, values: type[E]) -> E:
    try:
        return values(word)
    except ValueError:
        names = [each.value for each in values]
        close = nearest(word, names)
        hint = f"did you mean {close!r}?" if close else f"it is one of {', '.join(names)}"
        raise _bad(notation, f"{word[:40]!r} is no {axis}; {hint}") from None


def _chunk(notation: str, word: str) -> int:
    if word == "whole":
        return 0
    name, _, size = word.partition("-")
    if (
        name == "chunk"
        and size.isascii()
        and size.isdigit()
        and len(size) <= len(str(MAX_CHUNK_TOKENS))
    ):
        tokens = int(size)
        if 1 <= tokens <= MAX_CHUNK_TOKENS:
            return tokens
    sizes = f"N from 1 to {MAX_CHUNK_TOKENS} tokens"
    message = f"{word[:40]!r} is no granularity; it is 'whole' or 'chunk-N' with {sizes}"
    raise _bad(notation, message)


def _bad(notation: str, message: str) -> PolicyError:
    return PolicyError(f"policy {notation[:80]!r}: {message}", key="policy")
