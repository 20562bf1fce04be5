"""Runs whose figures are not those of the policy that was asked for."""

from collections.abc import Sequence

from emulator.errors import PolicyError
from emulator.journal import POLICY_FAILED, Event


def refuse_failures(events: Sequence[Event]) -> None:
    """Raises PolicyError where somebody's own policy failed: the rest would be the fallback's."""
    for event in events:
        if event[0] == POLICY_FAILED:
            raise PolicyError(f"policy {event[2]} failed: {event[3]}", key="policy")
