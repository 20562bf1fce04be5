"""The figures of a span of a run, from its journal.

The span is open at its beginning and closed at its end: what became known at its first instant
belongs to what was before. A fate is known when the job ends, or before that when a deadline of it
passes, as everywhere (docs/metrics.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emulator import journal as kinds
from emulator.job_history import JobHistory
from emulator.job_result import JobResult, Outcome
from emulator.metrics.events import Unread
from emulator.metrics.facts import StreamFacts, StreamReader
from emulator.metrics.windows import NS_PER_MS, NS_PER_S, nearest_rank
from emulator.profile import Profile
from emulator.scenario import Scenario

_TTFT_PERCENT: Final = 95


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """What a policy made of the span; rates are None where there was nothing to measure."""

    policy: str
    known: int
    """Jobs with a deadline whose fate became known in the span."""
    missed: int
    output_tokens: int
    ttft_p95_ms: float | None
    """Of the first tokens that came in the span."""
    tokens_per_s: float | None
    """None without a language model."""
    error: str = ""
    """Why these are no figures of the policy: it broke, or ended the process."""

    @property
    def violation_rate(self) -> float | None:
        """Missed over known, 0 to 1."""
        return self.missed / self.known if self.known else None


class SpanCounts:
    """Follows a run from its start; counts from ``begin`` on. Remembers open jobs only."""

    def __init__(self, profile: Profile, scenario: Scenario) -> None:
        self._reader = StreamReader(profile, scenario)
        self._backends = profile.backend_names
        self._streams: dict[int, StreamFacts] = {}
        self._open: dict[tuple[int, int], list[Unread]] = {}
        self._begin_ns: int | None = None
        self._known = self._missed = self._tokens = 0
        self._ttft_ns: list[int] = []
        self._error = ""

    def feed(self, events: Sequence[Unread]) -> None:
        """Takes the next events of the journal, in order."""
        for event in events:
            kind = event[0]
            if kind in kinds.OF_STAGE:
                self._open[event[2], event[3]].append(event)
            elif kind == kinds.RELEASED:
                self._open[event[2], event[3]] = [event]
            elif kind == kinds.COMPLETED:
                self._end(event, event[4])
            elif kind == kinds.DROPPED:
                self._end(event, "dropped")
            elif kind == kinds.STREAM_ADDED:
                self._streams[event[2]] = self._reader.facts(event[3], event[4])
            elif kind == kinds.POLICY_FAILED and self._begin_ns is not None:
                self._error = f"policy {event[2]} failed: {event[3]}"

    def begin(self, t_ns: int) -> None:
        """All events up to this instant were fed: what they made known is not of the span."""
        self._begin_ns = t_ns
        for key in self._open:
            self._count(key, "running", t_ns, sign=-1)

    def figures(self, policy: str, now_ns: int) -> SpanFigures:
        """The figures of the span up to this instant; called once."""
        for key in self._open:
            self._count(key, "running", now_ns)
        has_llm = any(facts.has_llm for facts in self._streams.values())
        span_ns = now_ns - max(0, self._begin_ns or 0)
        ttft_ns = nearest_rank(sorted(self._ttft_ns), _TTFT_PERCENT)
        return SpanFigures(
            policy=policy,
            known=self._known,
            missed=self._missed,
            output_tokens=self._tokens,
            ttft_p95_ms=None if ttft_ns is None else ttft_ns / NS_PER_MS,
            tokens_per_s=self._tokens * NS_PER_S / span_ns if has_llm and span_ns > 0 else None,
            error=self._error,
        )

    def _end(self, event: Unread, outcome: Outcome) -> None:
        key = (event[2], event[3])
        if self._begin_ns is not None:
            self._count(key, outcome, event[1])
        del self._open[key]

    def _count(self, key: tuple[int, int], outcome: Outcome, t_ns: int, sign: int = 1) -> None:
        facts = self._streams[key[0]]
        history = JobHistory(facts, self._backends, self._open[key])
        job = history.result(outcome, t_ns)
        if job.missed is not None:
            self._known += sign
            self._missed += sign * job.missed
        if facts.has_llm:
            self._tokens += sign * history.tokens
            if sign > 0:
                self._ttft_ns += self._first_tokens(job, facts)

    def _first_tokens(self, job: JobResult, facts: StreamFacts) -> list[int]:
        """Times to the first tokens that the job had in the span."""
        begin_ns = self._begin_ns if self._begin_ns is not None else -1
        return [
            stage.first_token_ns - stage.ready_ns
            for stage, of_stage in zip(job.stages, facts.stages, strict=True)
            if of_stage.is_llm
            and stage.ready_ns is not None
            and stage.first_token_ns is not None
            and stage.first_token_ns > begin_ns
        ]
