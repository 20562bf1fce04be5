"""Policies that remember something from one decision to the next."""

from typing import Protocol, runtime_checkable

from emulator.policies.base import GeneralPolicy, GroupedPolicy


@runtime_checkable
class Remembers(Protocol):
    """A policy of which each run gets one of its own, so that runs share nothing."""

    def fresh(self) -> GeneralPolicy | GroupedPolicy:
        """The policy without memory; asked for whenever it takes over."""
        ...
