"""What a policy is to the engine.

A *keyed* policy is a point of the four axes (``Axes``): the engine keeps heaps for it. A *general*
policy is an object with a method ``decide``, which gets the ready slices and the backends and
returns decisions. A *grouped* policy is a general one for long queues: it looks at few of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from emulator.policies.axes import Admission, Axes

T = TypeVar("T")

try:
    from mypy_extensions import mypyc_attr
except ImportError:  # only the compiler (make fast) needs it, and reads it before the code runs

    def mypyc_attr(*attrs: str, **kwattrs: object) -> Callable[[T], T]:  # noqa: ARG001
        """Changes nothing."""
        return lambda marked: marked


class ReadySlice(NamedTuple):
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
    job_runs: bool = False
    """Whether another slice of the job runs: such a job cannot be dropped."""
    model: str = ""
    done: int = 0
    """Slices of the inference, or tokens read or written, that are done."""
    home: int = -1
    """Where its model is fastest alone (the placement ``affinity``), of the backends where it may
    run."""
    power_uw: tuple[int, ...] = ()
    """What each of them draws while it runs the model; equal on all where the profile leaves one
    out."""
    latest_start_ns: int | None = None
    """Least deadline - remaining best-case work over its milestones, LLM targets included: the key
    of ``llf``."""
    doom_ns: int | None = None
    """The last instant at which the job can still meet its open deadlines in the best case."""
    job_rest_ns: int = 0
    """Best-case work that remains of the job."""
    job_whole_ns: int = 0
    """Best-case work of the whole job, from its release to its end."""
    prompt_left: int = 0
    """Tokens of the prompt that are not read yet."""
    spread: tuple[int, ...] = ()
    """Standard deviation of what it takes on each backend, in thousandths of its cost: the
    profile's noise."""


class BackendState(NamedTuple):
    """A backend at a decision instant."""

    index: int  # type: ignore[assignment]  # hides a method of tuple
    name: str
    kind: str
    busy_until_ns: int
    """Expected end of the running slice; now when it is idle."""
    idle: bool


class Run(NamedTuple):
    """Start this slice on this backend, which must be idle and able to run it."""

    slice: ReadySlice
    backend: int
    tokens: int = 0
    """How many tokens of the prompt this slice of a prefill reads; 0: as many as ``chunk`` says."""


class Drop(NamedTuple):
    """Give up the job of this slice; none of its slices may be running."""

    slice: ReadySlice
    reason: str


Decision: TypeAlias = Run | Drop


class GeneralPolicy(Protocol):
    """Decides from the whole picture.

    ``admission`` and ``chunk`` are applied by the engine as for the four axes. Three attributes may
    be left out: ``sticky`` (default False: a KV cache may move; True: as under the four axes),
    ``wants_estimates`` (default True; False leaves what stands after ``job_runs`` in a
    ``ReadySlice`` at its default, which takes less time) and ``knows_lengths`` (default True; with
    False the estimates count answers, and prompts that nobody has asked yet, by the mean of what
    their stream asks for, not by what is drawn).
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


Key: TypeAlias = tuple[int, tuple[int, int, int, int]]
"""What slices are ordered by, then their ``tie``, so that no two keys are equal."""
Queue: TypeAlias = Sequence[tuple[Key, ReadySlice]]
"""The ready slices of one group in order of their keys, with these."""


@mypyc_attr(allow_interpreted_subclasses=True)
class GroupedPolicy(ABC):
    """Decides likewise, but is shown the ready slices in queues that are kept between its calls.

    So it can decide by the heads alone, and an overloaded stream costs no more than an idle one.
    """

    name: str
    description: str
    admission: Admission
    chunk: int
    sticky: bool = False
    wants_estimates: bool = True
    knows_lengths: bool = True

    @abstractmethod
    def group(self, ready: ReadySlice) -> Hashable:
        """The queue in which a slice waits; asked once."""

    @abstractmethod
    def key(self, ready: ReadySlice) -> Key:
        """Its place in that queue; asked once."""

    @abstractmethod
    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """What to do at this instant, in order. No queue is empty, and none may be changed."""


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy as the user names it."""

    name: str
    description: str
    citation: str
    rule: Axes | GeneralPolicy | GroupedPolicy
