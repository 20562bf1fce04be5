"""The policy's reasons in words, as far as the journal knows them."""

from collections.abc import Mapping
from typing import Final

from emulator.errors import UserError
from emulator.policies import find_policy
from emulator.policies.axes import Axes, Order, Placement
from emulator.policies.own_name import is_own

RAN: Final = "ran already; a slice is never interrupted"
SAME_JOB: Final = "another stage of this job"

_ORDERS: Final[Mapping[Order, str]] = {
    Order.FCFS: "its job was released earlier",
    Order.FCFS_SLICE: "it was ready earlier",
    Order.EDF: "its deadline comes first",
    Order.LLF: "it had less slack",
    Order.RM: "its stream has the shorter period",
    Order.SJF: "less work was left of its job",
}
_IDLE: Final[Mapping[Placement, str]] = {
    Placement.FIRST_IDLE: "no decision was due",
    Placement.FASTEST_IDLE: "no decision was due",
    Placement.EARLIEST_FINISH: "another backend was to end it sooner",
    Placement.AFFINITY: "the model is fastest elsewhere",
}
_PLACEMENTS: Final[Mapping[Placement, str]] = {
    Placement.FIRST_IDLE: "takes the first idle backend that can run it",
    Placement.FASTEST_IDLE: "takes the fastest of the idle backends",
    Placement.EARLIEST_FINISH: "waits for the backend where it would end first",
    Placement.AFFINITY: "waits for the backend where the model is fastest",
}
_DROPS: Final[Mapping[str, str]] = {
    "late-rule": "its stream gives up jobs that are late",
    "drop-late": "the policy gives up jobs past a deadline",
    "early-drop": "it could not be met any more, even with every backend idle",
    "skip": "its stream can do without this one",
    "policy": "the policy gave it up",
}
_CAUSES: Final[Mapping[str, str]] = {
    "hopeless": "hopeless: it could not be met alone on an idle chip",
    "backlog": "doomed by backlog: at its release it was too late already",
    "avoidable": "avoidable: when it was released it could still be met",
}


def axes_of(policy: str) -> Axes | None:
    """The point of a policy in the space; None for one that is no point of it, or not known."""
    if is_own(policy):
        return None  # nobody's own code is run to explain a journal
    try:
        rule = find_policy(policy).rule
    except UserError:
        return None
    return rule if isinstance(rule, Axes) else None


def ordered_first(policy: str, ahead_ns: int | None) -> str:
    """Why a slice was started before another one that was ready, too.

    Args:
        policy: that was active.
        ahead_ns: how much earlier what the policy orders by was (a release, a deadline), if known.
    """
    axes = axes_of(policy)
    if axes is None:
        return f"{policy} chose it first"
    if ahead_ns == 0:
        return f"{axes.order}: as urgent, and first in order"
    by = f", by {ahead_ns / 1e6:.1f} ms" if ahead_ns is not None and ahead_ns > 0 else ""
    return f"{axes.order}: {_ORDERS[axes.order]}{by}"


def left_idle(policy: str) -> str:
    """Why a backend that was waited for stood idle."""
    axes = axes_of(policy)
    return f"{policy} left it idle" if axes is None else f"idle: {_IDLE[axes.placement]}"


def placed(policy: str) -> str:
    """How the policy gives a slice a backend."""
    axes = axes_of(policy)
    return "" if axes is None else f"{axes.placement}: {_PLACEMENTS[axes.placement]}"


def dropped(reason: str) -> str:
    """Why a job was given up."""
    return _DROPS.get(reason, reason)


def missed(cause: str) -> str:
    """What kind of miss it was."""
    return _CAUSES.get(cause, cause)
