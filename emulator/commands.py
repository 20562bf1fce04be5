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
class ChangeStream:
    """A stream goes on by another description; jobs that were released keep theirs.

    Stages and models stay as they are, see ``check_change``.
    """

    stream: str
    spec: Stream


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


@dataclass(frozen=True, slots=True)
class BackendDown:
    """A backend is gone for the rest of the run: it died or hangs."""

    backend: int
    """Index in the profile."""
    reason: str


Command: TypeAlias = (
    SwapPolicy
    | StopStream
    | StartStream
    | AddStreams
    | ChangeStream
    | Mark
    | FailPolicy
    | BackendDown
)
