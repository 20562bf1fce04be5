"""A job of a stream by itself: on an idle chip, without noise, with nothing left to chance."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from emulator.job_result import JobResult
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.stage import Stage
from emulator.schema.stream import Stream
from emulator.simulation import simulate

POLICIES: Final = ("edf/earliest-finish", "static", "fcfs/fastest-idle/keep/chunk-128")
"""Tried in turn: what one of them reaches counts as what an idle chip can do."""


def jobs_alone(profile: Profile, alone: Stream) -> tuple[JobResult, ...]:
    """The job of ``one_job`` alone on the chip, under each of the policies."""
    return tuple(
        simulate(
            profile, Scenario(streams=(alone,)), policy, duration_s=1, noise=False, journal=False
        ).jobs[0]
        for policy in POLICIES
    )


def one_job(stream: Stream, stages: Sequence[Stage]) -> Stream:
    """The stream with a single release at 0 of a job with these stages, all of them triggered.

    An implicit deadline becomes an explicit one; late jobs are kept.
    """
    deadline = stream.deadline_ms
    if deadline is None and stream.period is not None:
        deadline = stream.period / 1_000_000
    certain = tuple(stage.model_copy(update={"probability": Fraction(1)}) for stage in stages)
    once = {"rate_hz": None, "period_ms": None, "arrival": None, "arrivals_ms": (Fraction(0),)}
    timeless = {"start_s": Fraction(0), "stop_s": None, "phase_ms": Fraction(0)}
    changes = {"deadline_ms": deadline, "deadlines_ms": None, "late": "keep", "stages": certain}
    return stream.model_copy(update={**once, **timeless, "jitter_ms": Fraction(0), **changes})
