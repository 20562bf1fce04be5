"""What may be done to a run from outside.

Each command takes effect at a virtual instant and is journalled with it.
"""

from dataclasses import dataclass
from typing import TypeAlias

from emulator.schema.stream import Stream


@dataclass(frozen=True, slots=True)
class SwapPolicy:
    """Hot swap: running slices finish, the ready set is handed over."""

    policy: str


@dataclass(frozen=True, slots=True)
class StopStream:
    """The stream releases no job from this instant on; its open jobs run on."""

    stream: str


@dataclass(frozen=True, slots=True)
class StartStream:
    """A stopped stream releases again; phase counts from this instant, job numbers go on."""

    stream: str


@dataclass(frozen=True, slots=True)
class AddStreams:
    """New streams, whose ``start_s`` counts from this instant."""

    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A remark in the journal."""

    text: str


@dataclass(frozen=True, slots=True)
class FailPolicy:
    """The active policy fails at this instant, as it did before: for a run that is made again.

    A watchdog looks at the wall clock, so its verdict is an input. The journal gets the failure and
    the swap to the fallback, not the command.
    """

    error: str
    after: int
    """Decisions of the policy at this instant that are carried out first."""


Command: TypeAlias = SwapPolicy | StopStream | StartStream | AddStreams | Mark | FailPolicy
