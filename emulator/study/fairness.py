"""How much jobs are slowed down by each other (ANTT), and how many get done per second (STP).

Computed on demand, because the isolated time of a job is a small run of its own. Both figures are
those of Dysta (MICRO 2023): ``calc_ANTT`` and ``calc_system_thrpt`` in the code of
https://github.com/SamsungLabs/Sparse-Multi-DNN-Scheduling.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from emulator.errors import UserError
from emulator.job_result import JobResult
from emulator.names import unknown
from emulator.profile import Profile
from emulator.result import RunResult
from emulator.scenario import Scenario
from emulator.schema.distributions import Constant
from emulator.study.alone import jobs_alone, one_job

_NS_PER_S: Final = 1_000_000_000

_Shape: TypeAlias = tuple[str, tuple[tuple[bool, int | None, int | None], ...]]
"""What the isolated time of a job depends on: stream and, by stage, (skipped, tokens in, out)."""


@dataclass(frozen=True, slots=True)
class Fairness:
    """The figures of a run; None where no job finished."""

    antt: float | None
    """Mean over the finished jobs of turnaround / isolated time: 1 is undisturbed."""
    stp_jobs_per_s: float | None
    """Finished jobs per second, from the first release to the last finish."""
    slowdown: Mapping[str, float | None]
    """The same mean by stream: equal values share the chip fairly."""
    finished: int
    """Jobs that are in the figures."""
    unfinished: int
    """Jobs that are in none, because they were dropped or still ran at the end."""


class IsolatedTimes:
    """How long jobs of a scenario take alone on the idle chip.

    Without noise, with their own token counts and without the stages that they skipped; the best of
    the policies of ``emulator.study.alone``. Jobs of equal shape are run once.
    """

    def __init__(self, profile: Profile, scenario: Scenario) -> None:
        self._profile = profile
        self._streams = {stream.name: stream for stream in scenario.streams}
        self._known: dict[_Shape, int] = {}

    def of(self, job: JobResult) -> int:
        """The isolated time of a finished job, in ns.

        Raises:
            UserError: the scenario has no such stream.
        """
        if job.stream not in self._streams:
            raise UserError(unknown("stream", job.stream, self._streams), key="streams")
        shape = (
            job.stream,
            tuple(
                (stage.outcome == "skipped", stage.prompt_tokens, stage.output_tokens)
                for stage in job.stages
            ),
        )
        if shape not in self._known:
            self._known[shape] = self._run(job)
        return self._known[shape]

    def _run(self, job: JobResult) -> int:
        stream = self._streams[job.stream]
        results = {stage.name: stage for stage in job.stages}
        ran = {name for name, stage in results.items() if stage.outcome != "skipped"}
        stages = [
            stage.model_copy(
                update={
                    "prompt_tokens": _constant(results[stage.name].prompt_tokens),
                    "output_tokens": _constant(results[stage.name].output_tokens),
                    "after": tuple(edge for edge in stage.after if edge.stage in ran),
                }
            )
            for stage in stream.stages
            if stage.name in ran
        ]
        alone = jobs_alone(self._profile, one_job(stream, stages))
        return min(each.response_ns for each in alone if each.response_ns is not None)


def fairness(run: RunResult, profile: Profile, scenario: Scenario) -> Fairness:
    """ANTT and STP of a run of this scenario on this profile.

    Raises:
        UserError: a job of a stream that the scenario does not have, because it was added later.
    """
    isolated = IsolatedTimes(profile, scenario)
    slowdowns: dict[str, list[float]] = {stream.name: [] for stream in scenario.streams}
    first_release_ns, last_finish_ns = run.end_ns, 0
    for job in run.jobs:
        first_release_ns = min(first_release_ns, job.release_ns)
        if job.response_ns is not None:
            isolated_ns = isolated.of(job)
            slowdowns[job.stream].append(job.response_ns / isolated_ns)
            last_finish_ns = max(last_finish_ns, job.release_ns + job.response_ns)
    every = [slowdown for values in slowdowns.values() for slowdown in values]
    makespan_ns = last_finish_ns - first_release_ns
    return Fairness(
        antt=_mean(every),
        stp_jobs_per_s=len(every) * _NS_PER_S / makespan_ns if every else None,
        slowdown={name: _mean(values) for name, values in slowdowns.items()},
        finished=len(every),
        unfinished=sum(job.outcome in ("dropped", "running") for job in run.jobs),
    )


def _constant(tokens: int | None) -> Constant | None:
    return None if tokens is None else Constant(value=tokens)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
