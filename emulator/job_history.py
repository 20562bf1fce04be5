"""From the events of one job to its record."""

from collections.abc import Sequence
from typing import Final

from emulator.job_result import JobResult, Outcome, SliceResult, StageResult
from emulator.journal import BACKEND_DOWN, DEGRADED, FIELDS, FINISHED, READY, SKIPPED, STARTED
from emulator.metrics.events import Tokens, Unread
from emulator.metrics.facts import Limit, StageFacts, StreamFacts
from emulator.shared_time import ALONE, place_of, share_ns

_STARTED_FIELDS: Final = 2 + len(FIELDS[STARTED])
_FINISHED_FIELDS: Final = 2 + len(FIELDS[FINISHED])
"""So many stand before the place in a batch."""


class _StageHistory:
    """What has happened to one stage."""

    __slots__ = (
        "degraded",
        "finish_ns",
        "first_ns",
        "outputs",
        "places",
        "ready_ns",
        "running",
        "skipped",
        "slices",
        "start_ns",
    )

    def __init__(self, ready_ns: int | None) -> None:
        self.ready_ns = ready_ns
        self.start_ns: int | None = None
        self.first_ns: int | None = None
        self.finish_ns: int | None = None
        self.outputs = 0
        self.skipped = False
        self.degraded = False
        self.running: Unread | None = None
        """The start of the slice that runs."""
        self.slices: list[SliceResult] = []
        self.places: dict[int, tuple[int, int]] = {}
        """Rank and size of the batch of those slices, by number, that were one of several."""

    def missed(self, limit: Limit, release_ns: int, now_ns: int) -> bool:
        """Whether the limit was missed, or has passed before now."""
        reached_ns = self.first_ns if limit.first_output else self.finish_ns
        judged_at_ns = now_ns if reached_ns is None else reached_ns
        return judged_at_ns > limit.passed_after_ns(release_ns)

    def is_late(
        self, facts: StageFacts, release_ns: int, deadline_ns: int | None, now_ns: int
    ) -> bool:
        """Whether a deadline of the stage was missed, or has passed before now."""
        undecided = facts.may_skip and self.ready_ns is None
        if self.skipped or undecided:
            return False
        if facts.end is None and deadline_ns is not None:
            end_ns = now_ns if self.finish_ns is None else self.finish_ns
            if end_ns > deadline_ns:
                return True
        return any(self.missed(limit, release_ns, now_ns) for limit in facts.limits)


class JobHistory:
    """A job, from its events; the first of them is its release."""

    __slots__ = (
        "_backends",
        "_deadline_ns",
        "_degraded",
        "_facts",
        "_index",
        "_stages",
        "_tokens",
        "release_ns",
    )

    def __init__(
        self, facts: StreamFacts, backends: Sequence[str], events: Sequence[Unread]
    ) -> None:
        self._facts = facts
        self._backends = backends
        self._degraded = False
        self._tokens: Tokens
        _, self.release_ns, _, self._index, self._deadline_ns, self._tokens, *_ = events[0]
        self._stages = [
            _StageHistory(self.release_ns if stage.is_root else None) for stage in facts.stages
        ]
        for event in events:
            kind = event[0]
            if kind == STARTED:
                stage = self._stages[event[4]]
                stage.running = event
                if stage.start_ns is None:
                    stage.start_ns = event[1]
            elif kind == FINISHED:
                self._finished(event)
            elif kind == READY:
                stage = self._stages[event[4]]
                if stage.ready_ns is None:
                    stage.ready_ns = event[1]
            elif kind == SKIPPED:
                stage = self._stages[event[4]]
                stage.skipped, stage.ready_ns = True, None
            elif kind == DEGRADED:
                self._stages[event[4]].degraded = self._degraded = True
            elif kind == BACKEND_DOWN:
                self._lost(event)

    def _finished(self, event: Unread) -> None:
        t_ns, stage, outputs, total = event[1], self._stages[event[4]], event[9], event[10]
        stage.running = None
        if len(event) > _FINISHED_FIELDS:
            stage.places[len(stage.slices)] = place_of(event[_FINISHED_FIELDS:])
        stage.slices.append(SliceResult(self._backends[event[5]], event[8], t_ns))
        stage.outputs = outputs
        if outputs and stage.first_ns is None:
            stage.first_ns = t_ns
        if outputs >= total:
            stage.finish_ns = t_ns

    def _lost(self, event: Unread) -> None:
        """A slice that ran on a backend that is gone has held it until then."""
        _, t_ns, backend, *_ = event
        for stage in self._stages:
            if stage.running is not None and stage.running[5] == backend:
                held = SliceResult(self._backends[backend], stage.running[1], t_ns)
                stage.places[len(stage.slices)] = place_of(stage.running[_STARTED_FIELDS:])
                stage.slices.append(held)
                stage.running = None

    @property
    def tokens(self) -> int:
        """Tokens that its language models have produced."""
        pairs = zip(self._stages, self._facts.stages, strict=True)
        return sum(stage.outputs for stage, facts in pairs if facts.is_llm)

    def result(
        self, outcome: Outcome, t_ns: int, *, reason: str = "", cause: str = ""
    ) -> JobResult:
        """The record of a job that ended at an instant, or was running when the run was cut."""
        ended = outcome not in ("dropped", "running")
        finished = outcome in ("met", "late")
        starts = [stage.start_ns for stage in self._stages if stage.start_ns is not None]
        return JobResult(
            stream=self._facts.name,
            index=self._index,
            release_ns=self.release_ns,
            deadline_ns=self._deadline_ns,
            start_ns=min(starts, default=None),
            finish_ns=t_ns if ended else None,
            outcome=outcome,
            response_ns=t_ns - self.release_ns if finished else None,
            reason=reason,
            cause=cause if outcome in ("late", "dropped") else "",
            missed=self._fate(outcome, t_ns),
            stages=tuple(
                [
                    self._stage(index, stage, outcome, t_ns)
                    for index, stage in enumerate(self._stages)
                ]
            ),
            degraded=self._degraded,
        )

    def _fate(self, outcome: Outcome, t_ns: int) -> bool | None:
        if outcome == "skipped" or (self._deadline_ns is None and not self._facts.has_limits):
            return None
        if outcome == "running":
            late = any(
                stage.is_late(facts, self.release_ns, self._deadline_ns, t_ns)
                for stage, facts in zip(self._stages, self._facts.stages, strict=True)
            )
            return True if late else None
        return outcome != "met"

    def _stage(self, index: int, stage: _StageHistory, outcome: Outcome, t_ns: int) -> StageResult:
        facts = self._facts.stages[index]
        tokens = self._tokens[index] if self._tokens is not None else None
        own = facts.end
        return StageResult(
            name=facts.name,
            model=(facts.degraded_model or facts.model) if stage.degraded else facts.model,
            ready_ns=stage.ready_ns,
            start_ns=stage.start_ns,
            finish_ns=stage.finish_ns,
            deadline_ns=self._deadline_ns if own is None else own.instant_ns(self.release_ns),
            prompt_tokens=None if tokens is None else tokens[0],
            output_tokens=None if tokens is None else tokens[1],
            first_token_ns=stage.first_ns if facts.is_llm else None,
            outcome=self._stage_outcome(stage, facts, outcome, t_ns),
            slices=self._slices(stage),
            shares_ns=_shares_ns(stage, t_ns) if facts.is_llm else (),
        )

    def _slices(self, stage: _StageHistory) -> tuple[SliceResult, ...]:
        if stage.running is None:
            return tuple(stage.slices)
        running = SliceResult(self._backends[stage.running[5]], stage.running[1], None)
        return (*stage.slices, running)

    def _stage_outcome(
        self, stage: _StageHistory, facts: StageFacts, outcome: Outcome, t_ns: int
    ) -> Outcome:
        if stage.skipped:
            return "skipped"
        if stage.finish_ns is None:
            return "dropped" if outcome == "dropped" else "running"
        if outcome == "met":
            return "met"
        late = stage.is_late(facts, self.release_ns, self._deadline_ns, t_ns)
        return "late" if late else "met"


def _shares_ns(stage: _StageHistory, now_ns: int) -> tuple[int, ...]:
    """What each slice has of the time of its backend; empty where each has all of it."""
    places, running = stage.places, stage.running
    place = ALONE if running is None else place_of(running[_STARTED_FIELDS:])
    if place == ALONE and all(each == ALONE for each in places.values()):
        return ()
    shares = [
        share_ns((now_ns if stop_ns is None else stop_ns) - start_ns, *places.get(number, ALONE))
        for number, (_, start_ns, stop_ns) in enumerate(stage.slices)
    ]
    if running is not None:
        shares.append(share_ns(now_ns - running[1], *place))
    return tuple(shares)
