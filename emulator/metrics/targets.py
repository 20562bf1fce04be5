"""Whether the answers of language models met their targets."""

from emulator.metrics.checkpoint import State, natural
from emulator.metrics.jobs import DONE, NOT_YET, OpenJob


class LlmTargets:
    """Answers of one stream that are judged by a TTFT or TPOT target, and those that met it.

    An answer is judged when it is complete, or when its job is dropped after it was asked for: then
    it has met nothing. One of a single token has no TPOT to miss. The same as in ``summary``.
    """

    __slots__ = ("known", "met")

    def __init__(self) -> None:
        self.known = 0
        self.met = 0

    def finished(self, job: OpenJob, stage: int, total: int, t_ns: int) -> None:
        """An answer of so many tokens is complete."""
        facts, first_ns = job.facts.stages[stage], job.first_ns[stage]
        if not facts.has_targets:
            return
        in_time = facts.ttft_ns is None or first_ns - job.asked_ns[stage] <= facts.ttft_ns
        decodes = total - 1
        tpot_ns = (t_ns - first_ns) / decodes if decodes else 0.0
        in_pace = facts.tpot_ns is None or tpot_ns <= facts.tpot_ns
        self.known += 1
        self.met += in_time and in_pace

    def gave_up(self, job: OpenJob) -> None:
        """A job was dropped."""
        for stage, facts in enumerate(job.facts.stages):
            asked = job.asked_ns[stage] != NOT_YET
            if facts.is_llm and facts.has_targets and asked and job.status[stage] < DONE:
                self.known += 1

    def state(self) -> State:
        """(met, known)."""
        return self.met, self.known

    @classmethod
    def restored(cls, state: State) -> "LlmTargets":
        """The same from its state."""
        met, known = state
        targets = cls()
        targets.met, targets.known = natural(met), natural(known)
        return targets
