"""Adaptive: frames where nothing is missed for it, language models in the slack that is left."""

from collections.abc import Collection, Hashable, Sequence

from emulator.journal import INFERENCE
from emulator.policies.adaptive.ingredients import Ingredients
from emulator.policies.adaptive.instant import Instant
from emulator.policies.adaptive.outlook import Known, Outlook
from emulator.policies.axes import Admission
from emulator.policies.base import BackendState, Decision, GroupedPolicy, Key, Queue, ReadySlice
from emulator.policies.walk import NEVER


class Adaptive(GroupedPolicy):
    """Slack stealing with a look-ahead of a frame or two.

    Knows the profile, the scenario's distributions and what was released so far, no draw to come.
    """

    name = "adaptive"
    description = "looks ahead: frames where nothing is missed for it, language models in the slack"
    admission = Admission.KEEP
    chunk = 64
    knows_lengths = False

    def __init__(self, ingredients: Ingredients | None = None) -> None:
        self._on = ingredients or Ingredients()
        self._known = Known(self._on)

    def fresh(self) -> "Adaptive":
        """One that has seen nothing."""
        return Adaptive(self._on)

    def group(self, ready: ReadySlice) -> Hashable:
        """A queue for each stage and phase; what can miss and what cannot wait apart."""
        latest_ns = ready.doom_ns
        if self._on.forecast and latest_ns is not None and _begins_inference(ready):
            due_ns = latest_ns + min(ready.rest_ns)
            self._known.forecast.see(ready, due_ns, self._known.ways(ready))
        return ready.stream, ready.stage, ready.phase, latest_ns is None

    def key(self, ready: ReadySlice) -> Key:
        """What can miss by its latest start, the rest by its targets."""
        urgency = ready.deadline_ns if ready.doom_ns is None else ready.doom_ns
        return NEVER if urgency is None else urgency, ready.tie

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Gives up what is lost; then prompts in the slack, what can miss, and the rest."""
        outlook = Outlook(now_ns, backends, self._known)
        return Instant(self._on, outlook, queues).decide()


def _begins_inference(ready: ReadySlice) -> bool:
    return ready.phase == INFERENCE and not ready.done
