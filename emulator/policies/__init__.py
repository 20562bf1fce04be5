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
from emulator.policies.registry import HEADLINE, find_policy, headline

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
    "Run",
    "find_policy",
    "headline",
]
