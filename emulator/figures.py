"""The figures of a run as records: definitions and their sources are in docs/metrics.md.

A figure without any sample is None.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from emulator.metrics.windows import NS_PER_S


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one stream, or of all."""

    released: int
    completed: int
    late: int
    dropped: int
    skipped: int
    running: int
    overdue: int
    known: int
    missed: int
    violation_rate: float | None
    hopeless: int
    backlog: int
    avoidable: int
    response_p50_ms: float | None
    response_p95_ms: float | None
    response_p99_ms: float | None
    response_max_ms: float | None
    frame_gap_p50_ms: float | None
    frame_gap_p95_ms: float | None
    frame_gap_p99_ms: float | None
    jitter_ms: float | None
    longest_miss_streak: int
    longest_freeze_ms: float | None
    output_tokens: int
    tokens_per_s: float | None
    ttft_p50_ms: float | None
    ttft_p95_ms: float | None
    tpot_p50_ms: float | None
    tpot_p95_ms: float | None
    llm_targets_known: int
    llm_target_attainment: float | None
    ttft_target_attainment: float | None
    tpot_target_attainment: float | None
    degraded: int = 0
    """Jobs that were given cheaper models, whatever became of them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a run; ``utilization`` is by backend, 0 to 1 over the whole run."""

    end_ns: int
    overall: Figures
    worst_frame_gap_p99_periods: float | None
    """Of the periodic stream with the worst one, in its own periods: 1 is even."""
    worst_freeze_periods: float | None
    """Likewise the longest freeze."""
    violation_rate_mean_over_streams: float | None
    streams: Mapping[str, Figures]
    utilization: Mapping[str, float | None]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types in a fixed order: figures over all jobs, then by stream and backend."""
        return {
            "end_s": self.end_ns / NS_PER_S,
            **asdict(self.overall),
            "worst_frame_gap_p99_periods": self.worst_frame_gap_p99_periods,
            "worst_freeze_periods": self.worst_freeze_periods,
            "violation_rate_mean_over_streams": self.violation_rate_mean_over_streams,
            "streams": {name: asdict(figures) for name, figures in self.streams.items()},
            "utilization": dict(self.utilization),
        }
