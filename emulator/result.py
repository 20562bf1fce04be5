"""The result of a run, built from its journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emulator import journal as kinds
from emulator.job_result import JobResult, Outcome, SliceResult, StageResult
from emulator.journal import INFERENCE, Event
from emulator.metrics import events
from emulator.metrics.facts import Limit, StageFacts, StreamFacts, StreamReader
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.summary import Summary, summarize

__all__ = ["JobResult", "Outcome", "ResultBuilder", "RunResult", "SliceResult", "StageResult"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run: its jobs by release, then stream order; its events unless they were not kept."""

    jobs: tuple[JobResult, ...]
    summary: Summary
    end_ns: int
    journal: tuple[Event, ...] | None


class _StageDraft:
    """A stage of a job that has not ended."""

    __slots__ = ("done", "finish_ns", "first_ns", "ready_ns", "skipped", "slices", "start_ns")

    def __init__(self) -> None:
        self.ready_ns: int | None = None
        self.start_ns: int | None = None
        self.first_ns: int | None = None
        self.finish_ns: int | None = None
        self.skipped = False
        self.slices: list[SliceResult] = []

    def missed(self, limit: Limit, release_ns: int, now_ns: int) -> bool:
        """Whether the limit was missed, or has passed before now."""
        reached_ns = self.first_ns if limit.first_output else self.finish_ns
        judged_at_ns = now_ns if reached_ns is None else reached_ns
        return judged_at_ns > limit.passed_after_ns(release_ns)

    def is_late(self, facts: StageFacts, job: "_JobDraft", now_ns: int) -> bool:
        """Whether a deadline of the stage was missed, or has passed before now."""
        undecided = facts.may_skip and self.ready_ns is None
        if self.skipped or undecided:
            return False
        if facts.end is None and job.deadline_ns is not None:
            end_ns = now_ns if self.finish_ns is None else self.finish_ns
            if end_ns > job.deadline_ns:
                return True
        return any(self.missed(limit, job.release_ns, now_ns) for limit in facts.limits)


class _JobDraft:
    """A job that has not ended."""

    __slots__ = ("deadline_ns", "facts", "index", "release_ns", "stages", "start_ns", "tokens")

    def __init__(
        self,
        facts: StreamFacts,
        index: int,
        release_ns: int,
        deadline_ns: int | None,
        tokens: events.Tokens,
    ) -> None:
        self.facts = facts
        self.index = index
        self.release_ns = release_ns
        self.deadline_ns = deadline_ns
        self.tokens = tokens
        self.start_ns: int | None = None
        self.stages = [_StageDraft() for _ in facts.stages]
        for root in facts.roots:
            self.stages[root].ready_ns = release_ns

    def result(
        self, outcome: Outcome, t_ns: int, *, reason: str = "", cause: str = ""
    ) -> JobResult:
        """The record of a job that ended at an instant, or was running when the run was cut."""
        ended = outcome not in ("dropped", "running")
        finished = outcome in ("met", "late")
        return JobResult(
            stream=self.facts.name,
            index=self.index,
            release_ns=self.release_ns,
            deadline_ns=self.deadline_ns,
            start_ns=self.start_ns,
            finish_ns=t_ns if ended else None,
            outcome=outcome,
            response_ns=t_ns - self.release_ns if finished else None,
            reason=reason,
            cause=cause if outcome in ("late", "dropped") else "",
            missed=self._fate(outcome, t_ns),
            stages=tuple(self._stage(index, outcome, t_ns) for index in range(len(self.stages))),
        )

    def _fate(self, outcome: Outcome, t_ns: int) -> bool | None:
        if outcome == "skipped" or (self.deadline_ns is None and not self.facts.has_limits):
            return None
        if outcome == "running":
            pairs = zip(self.stages, self.facts.stages, strict=True)
            return True if any(stage.is_late(facts, self, t_ns) for stage, facts in pairs) else None
        return outcome != "met"

    def _stage(self, index: int, outcome: Outcome, t_ns: int) -> StageResult:
        facts, draft = self.facts.stages[index], self.stages[index]
        tokens = self.tokens[index] if self.tokens is not None else None
        own = facts.end
        return StageResult(
            name=facts.name,
            model=facts.model,
            ready_ns=draft.ready_ns,
            start_ns=draft.start_ns,
            finish_ns=draft.finish_ns,
            deadline_ns=self.deadline_ns if own is None else own.instant_ns(self.release_ns),
            prompt_tokens=None if tokens is None else tokens[0],
            output_tokens=None if tokens is None else tokens[1],
            first_token_ns=draft.first_ns if facts.is_llm else None,
            outcome=self._stage_outcome(draft, facts, outcome, t_ns),
            slices=tuple(draft.slices),
        )

    def _stage_outcome(
        self, draft: _StageDraft, facts: StageFacts, outcome: Outcome, t_ns: int
    ) -> Outcome:
        if draft.skipped:
            return "skipped"
        if draft.finish_ns is None:
            return "dropped" if outcome == "dropped" else "running"
        return "late" if outcome != "met" and draft.is_late(facts, self, t_ns) else "met"


class ResultBuilder:
    """Follows a journal and makes the result of the run."""

    def __init__(self, profile: Profile, scenario: Scenario) -> None:
        self._reader = StreamReader(profile, scenario)
        self._backends = profile.backend_names
        self._streams: dict[int, StreamFacts] = {}
        self._open: dict[tuple[int, int], _JobDraft] = {}
        self._ended: list[tuple[int, int, JobResult]] = []
        self._busy_ns = [0] * len(self._backends)
        self._running: dict[int, int] = {}
        self._tokens: dict[int, int] = {}
        self._handlers: Final[events.Handlers] = {
            kinds.STREAM_ADDED: self._stream_added,
            kinds.RELEASED: self._released,
            kinds.READY: self._ready,
            kinds.STARTED: self._started,
            kinds.FINISHED: self._finished,
            kinds.SKIPPED: self._skipped,
            kinds.COMPLETED: self._completed,
            kinds.DROPPED: self._dropped,
        }

    def feed(self, new: Sequence[Event]) -> None:
        """Takes the next events of the journal, in order.

        Raises:
            JournalError: an event that cannot belong to a run of this profile and scenario.
        """
        events.handle(new, self._handlers)

    def result(self, end_ns: int, journal: Sequence[Event] | None = None) -> RunResult:
        """The result at the end of the run; jobs that have not ended are ``running``."""
        running = [
            (draft.release_ns, stream, draft.result("running", end_ns))
            for (stream, _), draft in self._open.items()
        ]
        in_order = sorted(
            self._ended + running, key=lambda entry: (entry[0], entry[1], entry[2].index)
        )
        jobs = tuple(job for _, _, job in in_order)
        busy_ns = {
            name: self._busy_ns[index] + end_ns - self._running.get(index, end_ns)
            for index, name in enumerate(self._backends)
        }
        indices = sorted(self._streams)
        return RunResult(
            jobs=jobs,
            summary=summarize(
                jobs,
                streams=[self._streams[index] for index in indices],
                output_tokens=[self._tokens.get(index, 0) for index in indices],
                busy_ns=busy_ns,
                end_ns=end_ns,
            ),
            end_ns=end_ns,
            journal=None if journal is None else tuple(journal),
        )

    def _stream_added(self, event: events.StreamAdded) -> None:
        _, _, stream, name, spec, *_ = event
        self._streams[stream] = self._reader.facts(name, spec)

    def _released(self, event: events.Released) -> None:
        _, t_ns, stream, job, deadline_ns, tokens, *_ = event
        facts = self._streams[stream]
        self._open[stream, job] = _JobDraft(facts, job, t_ns, deadline_ns, tokens)

    def _ready(self, event: events.OfStage) -> None:
        _, t_ns, stream, job, stage, *_ = event
        draft = self._open[stream, job].stages[stage]
        if draft.ready_ns is None:
            draft.ready_ns = t_ns

    def _started(self, event: events.Started) -> None:
        _, t_ns, stream, job, stage, backend, *_ = event
        draft = self._open[stream, job]
        if draft.start_ns is None:
            draft.start_ns = t_ns
        if draft.stages[stage].start_ns is None:
            draft.stages[stage].start_ns = t_ns
        draft.stages[stage].slices.append(SliceResult(self._backends[backend], t_ns, None))
        self._running[backend] = t_ns

    def _finished(self, event: events.Finished) -> None:
        _, t_ns, stream, job, stage, backend, phase, _, start_ns, outputs, total, *_ = event
        draft = self._open[stream, job].stages[stage]
        draft.slices[-1] = SliceResult(self._backends[backend], start_ns, t_ns)
        self._busy_ns[backend] += t_ns - start_ns
        self._running.pop(backend, None)
        if outputs and draft.first_ns is None:
            draft.first_ns = t_ns
        if outputs >= total:
            draft.finish_ns = t_ns
        if outputs and phase != INFERENCE:
            self._tokens[stream] = self._tokens.get(stream, 0) + 1

    def _skipped(self, event: events.OfStage) -> None:
        _, _, stream, job, stage, *_ = event
        draft = self._open[stream, job].stages[stage]
        draft.skipped, draft.ready_ns = True, None

    def _completed(self, event: events.Completed) -> None:
        _, t_ns, stream, job, outcome, cause, *_ = event
        draft = self._open.pop((stream, job))
        record = draft.result(outcome, t_ns, cause=cause)
        self._ended.append((draft.release_ns, stream, record))

    def _dropped(self, event: events.Dropped) -> None:
        _, t_ns, stream, job, reason, cause, *_ = event
        draft = self._open.pop((stream, job))
        record = draft.result("dropped", t_ns, reason=reason, cause=cause)
        self._ended.append((draft.release_ns, stream, record))
