"""Returns what is no list of decisions."""

from collections.abc import Sequence

from emulator.policies import BackendState, Decision, ReadySlice


class Policy:
    """Returns what is no list of decisions."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> list[Decision]:
        """Misbehaves."""
        return "run everything"  # type: ignore[return-value]
