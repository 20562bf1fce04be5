"""Starts a slice where there is nothing."""

from collections.abc import Sequence

from emulator.policies import BackendState, Decision, ReadySlice, Run


class Policy:
    """Starts a slice where there is nothing."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Decision]:
        """Misbehaves."""
        return [Run(ready[0], 99)]
