"""Scheduling policies: which ready slice runs where next, and which jobs are given up."""

from emulator.policies.axes import Admission, Axes, Order, Placement
from emulator.policies.base import (
    BackendState,
    Decision,
    Drop,
    GeneralPolicy,
    GroupedPolicy,
    NamedPolicy,
    ReadySlice,
    Run,
)
from emulator.policies.memory import Remembers
from emulator.policies.registry import HEADLINE, find_policy, headline, policies

__all__ = [
    "HEADLINE",
    "Admission",
    "Axes",
    "BackendState",
    "Decision",
    "Drop",
    "GeneralPolicy",
    "GroupedPolicy",
    "NamedPolicy",
    "Order",
    "Placement",
    "ReadySlice",
    "Remembers",
    "Run",
    "find_policy",
    "headline",
    "policies",
]
