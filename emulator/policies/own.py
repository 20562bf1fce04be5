"""Somebody's own scheduler: any object with a method ``decide``, or a class that makes one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

from emulator.errors import PolicyError
from emulator.names import MAX_NAME, shown
from emulator.policies.axes import Admission
from emulator.policies.base import BackendState, Decision, GroupedPolicy, NamedPolicy, ReadySlice


@runtime_checkable
class Decides(Protocol):
    """The least that a policy of one's own must have."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """What to do at this instant, in order."""
        ...


@dataclass(slots=True)
class _Own:
    """A policy with what its author left out."""

    rule: Decides
    name: str
    description: str
    admission: Admission
    chunk: int

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        return self.rule.decide(now_ns, ready, backends)


def own_policy(policy: object) -> NamedPolicy:
    """A policy that the engine can run.

    ``name``, ``description``, ``admission`` (default: keep) and ``chunk`` (tokens of a prefill
    chunk, default 0: whole) are read from the object, where it has them.

    Args:
        policy: an object with ``decide``, a ``GroupedPolicy``, or a class of either that takes no
            arguments.

    Raises:
        PolicyError: it is none of these.
    """
    if isinstance(policy, NamedPolicy):
        return policy
    rule = _made(policy) if isinstance(policy, type) else policy
    if not isinstance(rule, Decides | GroupedPolicy):
        raise PolicyError(
            f"policy: expected a name or an object with a method decide, not {shown(policy)}",
            key="policy",
        )
    name = str(getattr(rule, "name", "") or type(rule).__name__)[:MAX_NAME]
    description = str(getattr(rule, "description", "") or "a policy of your own")
    if isinstance(rule, GroupedPolicy):
        return NamedPolicy(name, description, "", rule)
    admission, chunk = getattr(rule, "admission", Admission.KEEP), getattr(rule, "chunk", 0)
    if not isinstance(admission, Admission) or type(chunk) is not int or chunk < 0:
        raise PolicyError(
            f"policy {name}: expected an Admission and a chunk of at least 0 tokens", key="policy"
        )
    return NamedPolicy(name, description, "", _Own(rule, name, description, admission, chunk))


def _made(policy: type) -> object:
    try:
        return cast("object", policy())
    except TypeError as error:
        raise PolicyError(f"policy {policy.__name__}: {error}", key="policy") from None
