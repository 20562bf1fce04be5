"""Never comes back."""

from collections.abc import Sequence

from emulator.policies import BackendState, Decision, ReadySlice


class Policy:
    """Never comes back."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Decision]:
        """Misbehaves."""
        turns = 0
        while True:
            turns += 1
