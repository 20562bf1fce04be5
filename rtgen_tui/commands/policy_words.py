"""The rule of a policy in words."""

from collections.abc import Mapping
from typing import Final

from emulator.policies import Admission, Axes, NamedPolicy, Order, Placement

ORDERS: Final[Mapping[Order, str]] = {
    Order.FCFS: "The slice whose job was released first is looked at first",
    Order.FCFS_SLICE: "The slice that became ready first is looked at first",
    Order.EDF: "The slice with the earliest deadline is looked at first",
    Order.LLF: "The slice with the least slack (deadline less best-case work left) is looked at "
    "first",
    Order.RM: "The slice of the stream with the shortest period is looked at first",
    Order.SJF: "The slice of the job with the least best-case work left is looked at first",
}
PLACEMENTS: Final[Mapping[Placement, str]] = {
    Placement.FIRST_IDLE: "It starts on the first idle backend, in the profile's order, that can "
    "run it",
    Placement.FASTEST_IDLE: "It starts on the idle backend where it is fastest",
    Placement.EARLIEST_FINISH: "It starts on the backend where it would end first, and waits "
    "while that one is busy",
    Placement.AFFINITY: "It starts on the backend where its model is fastest alone, and waits "
    "while that one is busy",
}
ADMISSIONS: Final[Mapping[Admission, str]] = {
    Admission.KEEP: "No job is given up",
    Admission.DROP_LATE: "A waiting job is given up when one of its deadlines has passed",
    Admission.EARLY_DROP: "A waiting job is given up when it cannot meet one of its deadlines even "
    "in the best case",
    Admission.DEGRADE: "A waiting job that cannot meet one of its deadlines even in the best case "
    "runs with cheaper models of the scenario if that fits, and is given up otherwise",
    Admission.SKIP: "Of a stream with firm = [m, k] all but m of each k jobs are given up at once",
}


def axes_of(policy: NamedPolicy) -> dict[str, str | None]:
    """The four axes as they are written; None where a rule of its own decides."""
    rule = policy.rule
    chunk = f"chunk-{rule.chunk}" if rule.chunk else "whole"
    if isinstance(rule, Axes):
        order, placement = rule.order.value, rule.placement.value
        return _axes(order, placement, rule.admission, chunk)
    return _axes(None, None, rule.admission, chunk)


def _axes(
    order: str | None, placement: str | None, admission: Admission, chunk: str
) -> dict[str, str | None]:
    return {
        "order": order,
        "placement": placement,
        "admission": admission.value,
        "granularity": chunk,
    }


def rule_words(policy: NamedPolicy) -> str:
    """What the policy does, in a few sentences."""
    rule = policy.rule
    admission = ADMISSIONS[rule.admission]
    if isinstance(rule, Axes):
        sentences = [ORDERS[rule.order], PLACEMENTS[rule.placement]]
    else:
        sentences = [f"A rule of its own: {rule.description}"]
        if rule.admission is Admission.KEEP:
            admission = "No job is given up, unless this rule does"
    granularity = (
        f"A prompt is read in chunks of {rule.chunk:,} tokens, so that other work can run between "
        "them"
        if rule.chunk
        else "A prompt is read in one slice"
    )
    return ". ".join([*sentences, admission, granularity]) + "."
