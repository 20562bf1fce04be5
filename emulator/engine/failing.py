"""A policy that failed before, when its run is made again."""

from emulator.commands import FailPolicy
from emulator.engine.dispatch import Decider, GiveUp, Start
from emulator.engine.general import BrokenPolicyError


class FailingDecider(Decider):
    """Hands on so many decisions of one instant, then fails as the policy did."""

    def __init__(self, inner: Decider, failure: FailPolicy) -> None:
        super().__init__(inner.work)
        self._inner = inner
        self._error = failure.error
        self._left = failure.after

    def next_decision(self, now_ns: int) -> Start | GiveUp | None:
        """The next decision. Raises BrokenPolicyError after the last."""
        if self._left <= 0:
            raise BrokenPolicyError(self._error)
        self._left -= 1
        decision = self._inner.next_decision(now_ns)
        self.chunk = self._inner.chunk
        return decision
