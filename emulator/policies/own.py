"""Somebody's own scheduler: any object with a method ``decide``, or a class that makes one.

What is run of it is a guard: it makes an object for each run, interrupts decisions that take too
long, measures the others and takes no more of them than there can be.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Protocol, TypeAlias, runtime_checkable

from emulator.errors import PolicyError
from emulator.names import MAX_NAME, shown
from emulator.policies.aside import Aside
from emulator.policies.axes import Admission
from emulator.policies.base import (
    BackendState,
    Decision,
    GroupedPolicy,
    Key,
    NamedPolicy,
    Queue,
    ReadySlice,
)
from emulator.policies.overtime import CallTimes, TimeLimit
from emulator.policies.queue_views import ReadOnlyQueues
from emulator.policies.trace import headline


@runtime_checkable
class Decides(Protocol):
    """The least that a policy of one's own must have."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Iterable[Decision]:
        """What to do at this instant, in order."""
        ...


Rule: TypeAlias = Decides | GroupedPolicy


@dataclass(frozen=True, slots=True)
class Traits:
    """What the engine asks a policy for beside decisions, read once from the author's object."""

    name: str
    description: str
    admission: Admission
    chunk: int
    sticky: bool
    wants_estimates: bool
    knows_lengths: bool


@dataclass(frozen=True, slots=True)
class Guarded:
    """What guards share: how a rule is made, and what was measured of all its runs."""

    make: Callable[[], Rule]
    traits: Traits
    times: CallTimes = field(default_factory=CallTimes)
    aside: Aside = field(default_factory=Aside)
    watchers: list[Callable[[int], None]] = field(default_factory=list)
    """Told the instant, in virtual ns, before each decision; what they raise fails the policy."""

    def limit(self, times: CallTimes | None = None) -> TimeLimit:
        """What calls foreign code."""
        return TimeLimit(times or CallTimes(), aside=self.aside)

    def tell(self, now_ns: int) -> None:
        """The policy is about to be asked."""
        for watcher in self.watchers:
            watcher(now_ns)

    def made(self) -> Rule:
        """A rule for one run; one that cannot be made fails in the run, at its first decision."""
        try:
            return self.limit().run(self.make)
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            return _Unmade(error)


class OwnPolicy:
    """Guards a policy that is shown the whole ready set."""

    def __init__(self, guarded: Guarded) -> None:
        self.guarded = guarded
        traits = guarded.traits
        self.name, self.description = traits.name, traits.description
        self.admission, self.chunk = traits.admission, traits.chunk
        self.sticky, self.wants_estimates = traits.sticky, traits.wants_estimates
        self.knows_lengths = traits.knows_lengths
        self._limit = guarded.limit(guarded.times)
        self._rule: Decides | None = None

    def fresh(self) -> "OwnPolicy":
        """One for a run."""
        return OwnPolicy(self.guarded)

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """What the author's object decides. Raises what it raises, and what ``TimeLimit.run``."""
        most = len(ready)
        self.guarded.tell(now_ns)
        if self._rule is None:
            rule = self.guarded.made()
            self._rule = rule if isinstance(rule, Decides) else _Unmade(TypeError("no decide"))
        asked = self._rule
        return self._limit.run(lambda: _taken(asked.decide(now_ns, ready, backends), most))


class OwnGroupedPolicy(GroupedPolicy):
    """Guards a policy that is shown queues."""

    def __init__(self, guarded: Guarded) -> None:
        self.guarded = guarded
        traits = guarded.traits
        self.name, self.description = traits.name, traits.description
        self.admission, self.chunk = traits.admission, traits.chunk
        self.sticky, self.wants_estimates = traits.sticky, traits.wants_estimates
        self.knows_lengths = traits.knows_lengths
        self._limit = guarded.limit(guarded.times)
        self._grouping = guarded.limit()
        self._rule: GroupedPolicy | None = None

    def fresh(self) -> "OwnGroupedPolicy":
        """One for a run."""
        return OwnGroupedPolicy(self.guarded)

    def group(self, ready: ReadySlice) -> Hashable:
        """The author's queue."""
        rule = self._made()
        return self._grouping.run(lambda: rule.group(ready))

    def key(self, ready: ReadySlice) -> Key:
        """The author's place in it, as plain numbers: comparing them must run no foreign code."""
        rule = self._made()
        first, tie = self._grouping.run(lambda: rule.key(ready))
        if type(first) is not int or tuple(map(type, tie)) != (int,) * 4:
            raise TypeError("key must return (an int, ready.tie)")
        return first, (tie[0], tie[1], tie[2], tie[3])

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """What the author's object decides. Raises what it raises, and what ``TimeLimit.run``."""
        self.guarded.tell(now_ns)
        rule, views = self._made(), ReadOnlyQueues(queues)
        most = sum(map(len, queues))
        return self._limit.run(lambda: _taken(rule.decide_queues(now_ns, views, backends), most))

    def _made(self) -> GroupedPolicy:
        if self._rule is None:
            rule = self.guarded.made()
            if isinstance(rule, _Unmade):
                raise rule.error
            if not isinstance(rule, GroupedPolicy):
                raise TypeError("it made no GroupedPolicy this time")
            self._rule = rule
        return self._rule


class _Unmade:
    """Stands in for an object that could not be made."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Iterable[Decision]:
        """Says why."""
        raise self.error


def own_policy(policy: object, name: str = "") -> NamedPolicy:
    """A policy that the engine can run.

    ``name``, ``description``, ``admission`` (default: keep), ``chunk`` (tokens of a prefill chunk,
    default 0: whole), ``sticky``, ``wants_estimates`` and ``knows_lengths`` are read from the
    object, where it has them. A class is made anew whenever it takes over a run, so that runs share
    nothing.

    Args:
        policy: an object with ``decide``, a ``GroupedPolicy``, or a class of either that takes no
            arguments.
        name: of the policy; default: what it says itself, else the name of its class.

    Raises:
        PolicyError: it is none of these, or raises when it is made.
    """
    if isinstance(policy, NamedPolicy):
        return policy
    rule = _tried(policy) if isinstance(policy, type) else policy
    if not isinstance(rule, Decides | GroupedPolicy):
        raise PolicyError(
            f"policy: expected a name or an object with a method decide, not {shown(policy)}",
            key="policy",
        )
    own: Rule = rule
    traits = _traits(own, name)
    guarded = Guarded(policy if isinstance(policy, type) else lambda: own, traits)
    guard = OwnGroupedPolicy if isinstance(own, GroupedPolicy) else OwnPolicy
    return NamedPolicy(traits.name, traits.description, "", guard(guarded))


@cache
def remembered(policy: type, name: str) -> NamedPolicy:
    """Likewise for a class, the same object each time: its times are those of all its runs."""
    return own_policy(policy, name)


def guard_of(policy: NamedPolicy) -> Guarded | None:
    """What its runs share; None for one that is not somebody's own."""
    rule = policy.rule
    return rule.guarded if isinstance(rule, OwnPolicy | OwnGroupedPolicy) else None


def times_of(policy: NamedPolicy) -> CallTimes | None:
    """What its decisions took so far; likewise."""
    guarded = guard_of(policy)
    return None if guarded is None else guarded.times


def _traits(rule: Rule, name: str) -> Traits:
    named = (name or str(getattr(rule, "name", "") or type(rule).__name__))[: 4 * MAX_NAME]
    admission, chunk = getattr(rule, "admission", Admission.KEEP), getattr(rule, "chunk", 0)
    if not isinstance(admission, Admission) or type(chunk) is not int or chunk < 0:
        raise PolicyError(
            f"policy {named}: expected an Admission and a chunk of at least 0 tokens", key="policy"
        )
    return Traits(
        name=named,
        description=str(getattr(rule, "description", "") or "a policy of your own")[:200],
        admission=admission,
        chunk=chunk,
        sticky=bool(getattr(rule, "sticky", False)),
        wants_estimates=bool(getattr(rule, "wants_estimates", True)),
        knows_lengths=bool(getattr(rule, "knows_lengths", True)),
    )


def _tried(policy: type) -> object:
    """An object of the class, to see what it is."""
    make: Callable[[], object] = policy
    try:
        return TimeLimit(CallTimes(), what="call").run(make)
    except Exception as error:
        raise PolicyError(f"policy {policy.__name__}: {headline(error)}", key="policy") from error


def _taken(decided: object, most: int) -> list[Decision]:
    """The decisions as a list, which may come from a generator without an end.

    Raises:
        TypeError: it cannot be iterated.
        ValueError: more decisions than slices.
    """
    if isinstance(decided, str | bytes | Mapping) or not isinstance(decided, Iterable):
        raise TypeError(f"it returned {shown(decided)}, not a list of Run and Drop")
    taken = list(islice(decided, most + 1))
    if len(taken) > most:
        raise ValueError(f"it returned more than {most} decisions for {most} slices that wait")
    return taken
