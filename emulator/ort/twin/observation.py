"""What a run of a twin check leaves behind, predicted or real, as JSON can hold it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from emulator.figures import Figures, Summary
from emulator.journal import DECODE, PREFILL
from emulator.metrics.windows import NS_PER_MS, NS_PER_S
from emulator.ort.worker import Ran
from emulator.result import RunResult

PHASES: Final = {PREFILL: "prefill", DECODE: "decode"}
INFERENCE: Final = "inference"


@dataclass(frozen=True, slots=True)
class SliceSeen:
    """A slice on a real backend: decided at `start_ns`, begun and ended by its worker.

    All instants are virtual; `expected_ns` is the profile's table value with its overheads.
    """

    backend: str
    stream: str
    job: int
    model: str
    phase: str
    start_ns: int
    begin_ns: int
    end_ns: int
    expected_ns: int

    @property
    def run_ns(self) -> int:
        """What the worker measured."""
        return self.end_ns - self.begin_ns

    @property
    def gap_ns(self) -> int:
        """From the decision to the begin."""
        return self.begin_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job: its slices' number and time (ns), and its response time where it has one."""

    stream: str
    index: int
    outcome: str
    response_ns: int | None
    slices: int
    slices_ns: int


@dataclass(frozen=True, slots=True)
class Observation:
    """One run. `figures` are by stream and name; `foreign_cores` is what other programs took."""

    end_s: float
    figures: Mapping[str, Mapping[str, float | None]]
    utilization: Mapping[str, float | None]
    violation_rate: float | None
    jobs: tuple[JobSeen, ...]
    slices: tuple[SliceSeen, ...] = ()
    foreign_cores: float | None = None
    down: tuple[str, ...] = ()
    """Real backends that died in the middle."""
    speeds: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """By backend on the CPU: readings of its core's gauge, virtual instant and cost in ns."""

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types."""
        return {
            **asdict(self),
            "jobs": [_values(each) for each in self.jobs],
            "slices": [_values(each) for each in self.slices],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Observation:
        """The inverse of `to_dict`."""
        jobs = tuple(JobSeen(*each) for each in data["jobs"])
        slices = tuple(SliceSeen(*each) for each in data["slices"])
        speeds = {
            backend: [(instant_ns, cost_ns) for instant_ns, cost_ns in readings]
            for backend, readings in data["speeds"].items()
        }
        parts = {"jobs": jobs, "slices": slices, "down": tuple(data["down"]), "speeds": speeds}
        return cls(**{**data, **parts})

    def responses_ms(self, stream: str) -> list[float]:
        """Of all jobs of a stream that were completed, in order of release."""
        return [
            each.response_ns / NS_PER_MS
            for each in self.jobs
            if each.stream == stream and each.response_ns is not None
        ]


def observed(
    result: RunResult,
    slices: Iterable[SliceSeen] = (),
    *,
    foreign_cores: float | None = None,
    down: Sequence[str] = (),
    speeds: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> Observation:
    """A run that has ended."""
    summary = result.summary
    jobs = []
    for job in result.jobs:
        lasted = [
            each.end_ns - each.start_ns
            for stage in job.stages
            for each in stage.slices
            if each.end_ns is not None
        ]
        jobs.append(
            JobSeen(job.stream, job.index, job.outcome, job.response_ns, len(lasted), sum(lasted))
        )
    return Observation(
        end_s=summary.end_ns / NS_PER_S,
        figures={name: _figures(each, summary) for name, each in summary.streams.items()},
        utilization=dict(summary.utilization),
        violation_rate=summary.overall.violation_rate,
        jobs=tuple(jobs),
        slices=tuple(slices),
        foreign_cores=foreign_cores,
        down=tuple(down),
        speeds=speeds or {},
    )


def slices_of(ran: Iterable[Ran], origin_ns: int, backends: Sequence[str]) -> list[SliceSeen]:
    """What the workers told, in order; `origin_ns` is the wall time of virtual 0."""
    seen = [
        SliceSeen(
            backends[each.backend],
            each.work.stream,
            each.work.job,
            each.work.model,
            PHASES.get(each.work.phase, INFERENCE),
            each.work.start_ns,
            each.begin_ns - origin_ns,
            each.end_ns - origin_ns,
            each.work.expected_ns,
        )
        for each in ran
    ]
    return sorted(seen, key=lambda each: (each.begin_ns, each.backend))


def _figures(figures: Figures, summary: Summary) -> dict[str, float | None]:
    tpot_ms = figures.tpot_p50_ms
    return {
        "response_p50_ms": figures.response_p50_ms,
        "response_p95_ms": figures.response_p95_ms,
        "violation_rate": figures.violation_rate,
        "fps": figures.completed * NS_PER_S / summary.end_ns if summary.end_ns else None,
        "ttft_p50_ms": figures.ttft_p50_ms,
        "tpot_p50_ms": tpot_ms,
        "tps": 1000 / tpot_ms if tpot_ms else None,
    }


def _values(record: JobSeen | SliceSeen) -> list[object]:
    return [getattr(record, name) for name in record.__dataclass_fields__]
