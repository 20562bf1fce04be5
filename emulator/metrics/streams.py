"""One stream as the screen shows it: counts, windows, and what its newest job does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.journal import DECODE, PREFILL
from emulator.metrics.checkpoint import State, below, flag, natural, whole, wholes
from emulator.metrics.facts import NO_BACKEND, StreamFacts
from emulator.metrics.freezes import Freezes
from emulator.metrics.job_states import job_state, restored_job, restored_miss
from emulator.metrics.jobs import OpenJob
from emulator.metrics.occupancy import Occupancy
from emulator.metrics.streaks import Streaks
from emulator.metrics.targets import LlmTargets
from emulator.metrics.windows import (
    NS_PER_MS,
    SECOND_NS,
    WINDOW_NS,
    Samples,
    Total,
    nearest_rank,
)
from emulator.snapshot import MissView, StreamView

_PHASES: Final = {PREFILL: "prefill", DECODE: "decode"}


@dataclass(frozen=True, slots=True)
class Miss:
    """A miss that nobody has asked about yet."""

    job: OpenJob
    t_ns: int
    outcome: str
    reason: str
    cause: str


class StreamState:
    """Everything the metrics keep of one stream; bounded but for its open jobs."""

    __slots__ = (
        "_degraded",
        "_ended",
        "_first_miss_ns",
        "_freezes",
        "_known",
        "_last_end_ns",
        "_last_fate_ns",
        "_llm_job",
        "_llm_tokens",
        "_llm_total",
        "_missed",
        "_responses",
        "_streaks",
        "_targets",
        "_token_rate",
        "_tpot",
        "_ttft",
        "backend",
        "dropped",
        "facts",
        "first_overdue",
        "index",
        "last_known_missed",
        "last_miss",
        "open",
        "spec",
        "stopped",
    )

    def __init__(
        self, facts: StreamFacts, index: int, spec: Mapping[str, object] | None = None
    ) -> None:
        self.facts = facts
        self.spec = spec
        """What a command described it by; None for a stream that is as the scenario has it."""
        self.index = index
        self.open: dict[int, OpenJob] = {}
        self.stopped = True
        self.backend = NO_BACKEND
        """Where the last slice was started."""
        self.dropped = 0
        self.last_known_missed = False
        self.last_miss: Miss | MissView | None = None
        """The newest miss that has ended, explained as soon as somebody asks."""
        self.first_overdue: OpenJob | None = None
        """The first job that missed before it ended."""
        self._first_miss_ns: int | None = None
        self._degraded = 0
        self._ended = Total()
        self._known = Total()
        self._missed = Total()
        self._last_end_ns = self._last_fate_ns = -WINDOW_NS - 1
        self._responses = Samples()
        self._streaks = Streaks()
        self._freezes = Freezes()
        self._token_rate = Total()
        self._ttft = Samples()
        self._tpot = Samples()
        self._targets = LlmTargets()
        self._llm_job = -1
        self._llm_tokens = 0
        self._llm_total = 0

    @property
    def missed(self) -> int:
        """Misses since the start."""
        return self._missed.total

    @property
    def known(self) -> int:
        """Known fates since the start."""
        return self._known.total

    @property
    def output_tokens(self) -> int:
        """Tokens since the start."""
        return self._token_rate.total

    def released(self, job: OpenJob) -> None:
        """A job was released."""
        self.open[job.index] = job
        self._freezes.released(job.release_ns)

    def fate(self, job: OpenJob, t_ns: int, *, missed: bool) -> None:
        """The fate of a job with a deadline is known."""
        job.known = True
        job.missed = self.last_known_missed = missed
        self._last_fate_ns = t_ns
        self._known.add(t_ns, 1)
        if missed:
            if not self.missed:
                self._first_miss_ns = t_ns
            self._missed.add(t_ns, 1)
            self._freezes.missed(job.index)
        self._streaks.report(job.index, missed=missed)

    def no_fate(self, job: OpenJob) -> None:
        """The job was skipped, or has no deadline."""
        job.known = True
        self._streaks.report(job.index, missed=None)

    def completed(self, job: OpenJob, t_ns: int, *, met: bool) -> None:
        """A job has finished, in time or not."""
        self._ended.add(t_ns, 1)
        self._last_end_ns = t_ns
        self._responses.add(t_ns, t_ns - job.release_ns)
        if met:
            self._freezes.met(job.index, t_ns)

    def degrade(self, job: OpenJob, stage: int) -> None:
        """A stage of a job will run its cheaper model; the job counts once."""
        self._degraded += not job.degraded
        job.degraded |= {stage}

    def gave_up(self, job: OpenJob, t_ns: int) -> None:
        """A job was dropped."""
        self.dropped += 1
        self._targets.gave_up(job)
        self._last_end_ns = t_ns

    def token(self, job: OpenJob, stage: int, total: int, t_ns: int) -> None:
        """An LLM stage has produced one more token."""
        self._token_rate.add(t_ns, 1)
        outputs = job.outputs[stage]
        if outputs == 1:
            self._ttft.add(t_ns, t_ns - job.asked_ns[stage])
        elif outputs == total:
            self._tpot.add(t_ns, (t_ns - job.first_ns[stage]) / (total - 1))
        if outputs == total:
            self._targets.finished(job, stage, total, t_ns)
        if job.index > self._llm_job:
            self._llm_job, self._llm_tokens = job.index, 0
            self._llm_total = sum(pair[1] for pair in job.tokens or () if pair is not None)
        if job.index == self._llm_job:
            self._llm_tokens += 1

    def view(self, now_ns: int, backend: str, last_miss: MissView | None) -> StreamView:
        """The stream as of now."""
        facts = self.facts
        window_missed, _ = self._missed.within(now_ns, WINDOW_NS)
        window_known, _ = self._known.within(now_ns, WINDOW_NS)
        responses = self._responses.within(now_ns, WINDOW_NS)
        freeze_ns = self._freezes.longest_ns(now_ns)
        return StreamView(
            index=self.index,
            name=facts.name,
            state=self._state(now_ns, window_missed),
            phase=self._phase(),
            backend=backend,
            rate_hz=self._ended.per_second(now_ns, WINDOW_NS),
            target_hz=facts.target_hz,
            deadline_ms=facts.tightest_ms,
            p50_ms=_rank_ms(responses, 50),
            p95_ms=_rank_ms(responses, 95),
            frame_gap_p99_ms=_rank_ms(self._responses.gaps(now_ns, WINDOW_NS), 99),
            window_missed=window_missed,
            window_known=window_known,
            missed=self.missed,
            known=self.known,
            dropped=self.dropped,
            in_flight=len(self.open),
            tokens_per_s=self._token_rate.per_second(now_ns, SECOND_NS) if facts.has_llm else None,
            ttft_p50_ms=_rank_ms(self._ttft.within(now_ns, WINDOW_NS), 50),
            tpot_p50_ms=_rank_ms(self._tpot.within(now_ns, WINDOW_NS), 50),
            llm_targets_met=self._targets.met,
            llm_targets_known=self._targets.known,
            llm_job=self._llm_job,
            llm_tokens=self._llm_tokens,
            llm_total=self._llm_total,
            longest_streak=self._streaks.longest,
            longest_freeze_ms=None if freeze_ns is None else freeze_ns / NS_PER_MS,
            last_miss=last_miss,
            first_miss_ns=self._first_miss_ns,
            degraded=self._degraded if self._degraded or facts.can_degrade else None,
        )

    def state(self, last_miss: MissView | None, from_ns: int) -> State:
        """Everything but facts and index; ``last_miss`` is explained, samples are cut."""
        return (
            self.stopped,
            self.backend,
            self.dropped,
            self.last_known_missed,
            (self._last_end_ns, self._last_fate_ns),
            (self._llm_job, self._llm_tokens, self._llm_total),
            tuple(total.state() for total in self._totals()),
            tuple(samples.state(from_ns) for samples in self._samples()),
            self._streaks.state(),
            self._freezes.state(),
            self._targets.state(),
            last_miss,
            tuple(job_state(job) for job in self.open.values()),
            self._overdue_state(),
            self._first_miss_ns,
            self._degraded,
        )

    def restore(self, state: State, occupancy: Occupancy) -> None:
        """Takes over a state; the waits of its jobs have to follow."""
        stopped, backend, dropped, missed, ends, llm, totals, samples, streaks, *rest = state
        freezes, targets, last_miss, jobs, overdue, *later = rest  # older files end before it
        self.stopped, self.last_known_missed = flag(stopped), flag(missed)
        self.backend = below(backend, len(occupancy.held), NO_BACKEND)
        self.dropped = whole(dropped)
        self._last_end_ns, self._last_fate_ns = wholes(ends)
        self._llm_job, self._llm_tokens, self._llm_total = wholes(llm)
        self._ended, self._known, self._missed, self._token_rate = map(Total.restored, totals)
        self._responses, self._ttft, self._tpot = map(Samples.restored, samples)
        self._streaks = Streaks.restored(streaks)
        self._freezes = Freezes.restored(freezes)
        self._targets = LlmTargets.restored(targets)
        self.last_miss = None if last_miss is None else restored_miss(last_miss)
        self._first_miss_ns = None if not later or later[0] is None else whole(later[0])
        self._degraded = natural(later[1]) if len(later) > 1 else 0
        for row in jobs:
            job = restored_job(self.facts, self.index, occupancy, row)
            self.open[job.index] = job
        if isinstance(overdue, int):
            self.first_overdue = self.open[overdue]
        elif overdue is not None:
            self.first_overdue = restored_job(self.facts, self.index, occupancy, overdue)

    def _totals(self) -> tuple[Total, ...]:
        return self._ended, self._known, self._missed, self._token_rate

    def _samples(self) -> tuple[Samples, ...]:
        return self._responses, self._ttft, self._tpot

    def _overdue_state(self) -> int | State | None:
        """The first overdue job, while no miss has ended; by its number if it is open."""
        job = self.first_overdue
        if job is None or self.last_miss is not None:
            return None
        return job.index if self.open.get(job.index) is job else job_state(job)

    def _state(self, now_ns: int, window_missed: int) -> str:
        if self.stopped:
            return "stopped"
        if not self.open and now_ns - self._last_end_ns > WINDOW_NS:
            return "idle"
        if self.last_known_missed and self._fate_is_current(now_ns):
            return "miss"
        return "late" if window_missed else "ok"

    def _fate_is_current(self, now_ns: int) -> bool:
        """Whether the last known fate is one of the window, or of a job that goes on beyond it."""
        newest_ns = max(self._last_fate_ns, self._last_end_ns)
        return now_ns - newest_ns <= WINDOW_NS or any(job.missed for job in self.open.values())

    def _phase(self) -> str:
        if not self.open:
            return ""
        newest = self.open[next(reversed(self.open))]
        if newest.running:
            return _PHASES.get(newest.phase, "run")
        return "wait" if newest.ready else ""


def _rank_ms(ascending_ns: Sequence[float], percent: int) -> float | None:
    value_ns = nearest_rank(ascending_ns, percent)
    return None if value_ns is None else value_ns / NS_PER_MS
