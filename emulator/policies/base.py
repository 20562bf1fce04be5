"""What a policy is to the engine.

A *keyed* policy is a point of the four axes (``Axes``): the engine keeps heaps for it. A *general*
policy is an object with a method ``decide``, which gets the ready slices and the backends and
returns decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from emulator.policies.axes import Admission, Axes


@dataclass(frozen=True, slots=True)
class ReadySlice:
    """A slice that waits, as a general policy sees it.

    Costs are table values with overheads, in ns.
    """

    handle: int
    """Names the slice in a decision; valid only within one call of ``decide``."""
    stream: str
    stage: str
    job: int
    phase: int
    """journal.INFERENCE, PREFILL or DECODE."""
    release_ns: int
    ready_ns: int
    deadline_ns: int | None
    """The deadline that EDF uses."""
    backends: tuple[int, ...]
    """Where it may run, in profile order."""
    slice_ns: tuple[int, ...]
    """Cost of this slice on each of them."""
    rest_ns: tuple[int, ...]
    """Cost of the rest of the inference, of the whole remaining prefill, or of this one token, on
    each of them."""
    reference_ns: tuple[int, ...]
    """Cost of a whole inference, of a prefill of 512 tokens, or of a token at context 512: the same
    for all jobs of a model."""
    tie: tuple[int, int, int, int]
    """Order at equal keys: continues now, stream, job, stage."""


@dataclass(frozen=True, slots=True)
class BackendState:
    """A backend at a decision instant."""

    index: int
    name: str
    kind: str
    busy_until_ns: int
    """Expected end of the running slice; now when it is idle."""
    idle: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Start this slice on this backend, which must be idle and able to run it."""

    slice: ReadySlice
    backend: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Give up the job of this slice; none of its slices may be running."""

    slice: ReadySlice
    reason: str


Decision: TypeAlias = Run | Drop


class GeneralPolicy(Protocol):
    """Decides from the whole picture.

    ``admission`` and ``chunk`` are applied by the engine as for the four axes.
    """

    name: str
    description: str
    admission: Admission
    chunk: int

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """What to do at this instant, in order."""
        ...


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy as the user names it."""

    name: str
    description: str
    citation: str
    rule: Axes | GeneralPolicy
