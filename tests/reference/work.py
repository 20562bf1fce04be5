"""Remaining best-case work of a job: longest paths of table values on the best allowed backend."""

from dataclasses import dataclass

from tests.reference import durations
from tests.reference.loading import Profile
from tests.reference.state import Job, Stage, reachable, tokens_needed, tokens_total


@dataclass(frozen=True, slots=True)
class Work:
    """Work of one job in ns; `source` None counts all stages.

    With a `source` only that stage and those after it count, and its own predecessors count 0.
    `chunk` is the policy's granularity. A slice that is running counts in full.
    """

    profile: Profile
    job: Job
    chunk: int | None
    source: int | None = None

    def finish(self, index: int) -> int:
        """Until stage `index` has finished."""
        stage = self.job.stages[index]
        if stage.closed or not self._counts(index):
            return 0
        work = self._before(index) + self.rest(index)
        edge = stage.spec.streamed
        if edge is not None and index != self.source:
            work = max(work, self.finish(edge.source))
        return work

    def first_output(self, index: int) -> int:
        """Until the first token of an LLM, or the end of the first inference."""
        return self._tokens(index, 1)

    def rest(self, index: int) -> int:
        """What is left of stage `index` alone."""
        return self._own(index, tokens_total(self.job, index))

    def prefill(self, index: int) -> int:
        """What is left of the prefill of stage `index`, at best."""
        stage = self.job.stages[index]
        if stage.prefilled >= stage.prompt:
            return 0
        spec = stage.spec
        span = (spec.cached, stage.prefilled, stage.prompt)
        return min(
            durations.prefill_estimate(self.profile, spec.model, backend, span, self.chunk)
            for backend in durations.allowed(self.profile, spec.model, spec.on, "prefill")
        )

    def decode(self, index: int, token: int) -> int:
        """Decode slice number `token` (from 1) of stage `index`, at best."""
        stage = self.job.stages[index]
        spec = stage.spec
        context = spec.cached + stage.prompt + token
        return min(
            durations.decode_slice(self.profile, spec.model, backend, context)
            for backend in durations.allowed(self.profile, spec.model, spec.on, "decode")
        )

    def _counts(self, index: int) -> bool:
        if self.source is None or index == self.source:
            return True
        return index in reachable(self.job, self.source)

    def _before(self, index: int) -> int:
        """The longest path through the data predecessors."""
        if index == self.source:
            return 0
        after = self.job.stages[index].spec.after
        return max((self.finish(predecessor) for predecessor in after), default=0)

    def _tokens(self, index: int, count: int) -> int:
        """Until stage `index` has produced `count` tokens."""
        stage = self.job.stages[index]
        if stage.closed or not self._counts(index):
            return 0
        # Of what produces nothing at all, no token is waited for, but the stages before it are.
        if 0 < count <= stage.produced:
            return 0
        work = self._before(index) + self._own(index, count)
        edge = stage.spec.streamed
        if edge is not None and index != self.source:
            needed = tokens_needed(self.job, index, count)
            work = max(work, self._tokens(edge.source, needed))
        return work

    def _own(self, index: int, count: int) -> int:
        """Work of stage `index` alone until it has produced `count` tokens."""
        stage = self.job.stages[index]
        if not stage.is_llm:
            return self._inferences(stage, min(count, tokens_total(self.job, index)))
        decodes = range(max(stage.produced, 1), count)
        return self.prefill(index) + sum(self.decode(index, token) for token in decodes)

    def _inferences(self, stage: Stage, count: int) -> int:
        """Inferences up to number `count`; the open one stays where it is."""
        left = count - stage.produced
        if left <= 0:
            return 0
        spec = stage.spec
        best = min(
            durations.vision_rest(self.profile, spec.model, backend, 0)
            for backend in durations.allowed(self.profile, spec.model, spec.on, "vision")
        )
        current = best
        is_open = stage.running or stage.position > 0
        if is_open and stage.holder is not None:
            model, at = spec.model, stage.position
            current = durations.vision_rest(self.profile, model, stage.holder, at)
        return current + (left - 1) * best
