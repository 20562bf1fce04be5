"""Best-case work as a scheduler can know it: the lengths of answers are expected, not known.

What was drawn for a job shows when it happens: a prompt when it is asked, an answer token by token.
Until then a stage counts with the mean of its stream's distribution, and an answer that is longer
already with one more token.
"""

from typing import Final

from emulator.engine.jobs import StageRun
from emulator.engine.milestones import WorkEstimator
from emulator.schema.distributions import TokenCount
from emulator.workload import draw_tokens

_QUANTILES: Final = 128


class MeanLengths(WorkEstimator):
    """Work under one granularity, for policies that do not know the lengths."""

    __slots__ = ("_means",)

    def __init__(self, chunk: int) -> None:
        super().__init__(chunk)
        self._means: dict[TokenCount, int] = {}

    def total_of(self, stage: StageRun) -> int:
        """Tokens or inferences of the stage, as far as anybody can tell."""
        plan = stage.plan
        if stage.ended:
            return stage.total
        if plan.output is not None:
            return max(self._mean(plan.output), stage.outputs + 1)
        per_inference = plan.tokens_per_inference
        if per_inference is None:
            return stage.total
        tokens = self.total_of(stage.job.stages[plan.streamed_after])
        needed = -(-tokens * per_inference.denominator // per_inference.numerator)
        return max(needed, stage.outputs + 1)

    def prompt_of(self, stage: StageRun) -> int:
        """Tokens of the prompt: known once it is asked."""
        if stage.asked_ns >= 0 or stage.plan.prompt is None:
            return stage.prompt
        return self._mean(stage.plan.prompt)

    def _mean(self, count: TokenCount) -> int:
        mean = self._means.get(count)
        if mean is None:
            drawn = [draw_tokens(count, (each + 0.5) / _QUANTILES) for each in range(_QUANTILES)]
            mean = self._means[count] = max(1, sum(drawn) // _QUANTILES)
        return mean
