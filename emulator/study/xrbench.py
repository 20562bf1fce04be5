"""The scores of XRBench (MLSys 2023) from the jobs of a run.

Formulas and constants are those of its code (https://github.com/XRBench/XRBench-MLSys2023,
lib/include/heterogeneous-space-exploration/HET_scoring-module.hpp, constants in
XRBench-MAESTRO.cpp); docs/metrics.md has them in words. A *model* there is a stage here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.errors import UserError
from emulator.job_result import JobResult, StageResult
from emulator.names import unknown
from emulator.result import RunResult

STEEPNESS_PER_MS: Final = 15
"""k of the real-time score: almost a step, 0.99 at 0.3 ms before the deadline."""
MAX_ENERGY_MJ: Final = 1500
"""Energy per inference that scores 0; more scores below 0, which XRBench does not clip either."""

_NS_PER_MS: Final = 1_000_000
_MAX_EXPONENT: Final = 700.0
"""exp() of more does not fit a float."""


@dataclass(frozen=True, slots=True)
class ModelScore:
    """The scores of one stage, 0 to 1; None where no inference counts towards one."""

    stream: str
    stage: str
    model: str
    logged: int
    """Inferences that ended or were dropped."""
    dropped: int
    real_time: float | None
    """Mean over the inferences that ended."""
    energy: float | None
    """Likewise; 1 where no energy was given."""
    energy_given: bool
    qoe: float | None
    """1 - dropped / logged."""
    score: float | None
    """Sum of real-time x energy over the inferences that ended / logged."""


@dataclass(frozen=True, slots=True)
class XrBenchScore:
    """``overall`` is 0 to 100: 100 x the mean over models of score x QoE; None without any."""

    overall: float | None
    models: tuple[ModelScore, ...]

    @property
    def energy_given(self) -> bool:
        """Whether every model had an energy; else energy scores of 1 are in ``overall``."""
        return all(each.energy_given for each in self.models)


def real_time_score(delay_ms: float) -> float:
    """1 / (1 + exp(k x delay)): 1 long before the deadline, 0.5 at it, 0 after it."""
    return 1 / (1 + math.exp(min(STEEPNESS_PER_MS * delay_ms, _MAX_EXPONENT)))


def energy_score(energy_mj: float) -> float:
    """(En_max - energy) / En_max."""
    return (MAX_ENERGY_MJ - energy_mj) / MAX_ENERGY_MJ


def xrbench_score(run: RunResult, energy_mj: Mapping[str, float] | None = None) -> XrBenchScore:
    """Scores every stage that is judged by a deadline at its end, its own or the job's.

    Args:
        run: skipped stages and those that had not ended when the run was cut do not count.
        energy_mj: mJ per inference, by ``stream`` for a stream with one stage, else by
            ``stream/stage``. Stages that are not in it have the energy score 1.

    Raises:
        UserError: an energy for a stage that the run does not have.
    """
    energies = dict(energy_mj or {})
    by_stage: dict[str, list[tuple[JobResult, StageResult]]] = {}
    for job in run.jobs:
        for stage in job.stages:
            if stage.deadline_ns is not None:
                name = job.stream if len(job.stages) == 1 else f"{job.stream}/{stage.name}"
                by_stage.setdefault(name, []).append((job, stage))
    for name in energies:
        if name not in by_stage:
            raise UserError(f"energy_mj: {unknown('stage', name, by_stage)}", key="energy_mj")
    models = tuple(_model_score(rows, energies.get(name)) for name, rows in by_stage.items())
    products = [
        each.score * each.qoe for each in models if each.score is not None and each.qoe is not None
    ]
    overall = 100 * sum(products) / len(products) if products else None
    return XrBenchScore(overall, models)


def _model_score(
    rows: Sequence[tuple[JobResult, StageResult]], energy_mj: float | None
) -> ModelScore:
    ended = [
        real_time_score((stage.finish_ns - stage.deadline_ns) / _NS_PER_MS)
        for _, stage in rows
        if stage.finish_ns is not None and stage.deadline_ns is not None
    ]
    dropped = sum(stage.outcome == "dropped" for _, stage in rows)
    logged = len(ended) + dropped
    energy = 1.0 if energy_mj is None else energy_score(energy_mj)
    job, stage = rows[0]
    return ModelScore(
        stream=job.stream,
        stage=stage.name,
        model=stage.model,
        logged=logged,
        dropped=dropped,
        real_time=sum(ended) / len(ended) if ended else None,
        energy=energy if ended else None,
        energy_given=energy_mj is not None,
        qoe=1 - dropped / logged if logged else None,
        score=sum(ended) * energy / logged if logged else None,
    )
