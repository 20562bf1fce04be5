"""Observations written down by hand."""

from dataclasses import replace
from fractions import Fraction

from emulator.catalog import load_profile, load_scenario
from emulator.live_request import LiveRequest
from emulator.ort.twin.observation import JobSeen, Observation, SliceSeen
from emulator.ort.twin.request import TwinRun
from tests.emulator.strategies import Dict

US = 1_000
MS = 1_000_000
PROFILE: Dict = {
    "name": "soc",
    "backends": [{"name": "a", "dispatch_us": 100}, {"name": "b", "dispatch_us": 100}],
    "models": {"m": {"a": {"latency_ms": 10}, "b": {"latency_ms": 10}}},
}
SCENARIO: Dict = {
    "name": "call",
    "streams": [{"name": "cam", "model": "m", "rate_hz": 20, "deadline_ms": 50}],
}


def twin_run(policy: str = "edf") -> TwinRun:
    """One stream of which each job takes 10 ms."""
    return TwinRun(
        load_profile(PROFILE), load_scenario(SCENARIO), policy, 0, Fraction(1), LiveRequest()
    )


def a_slice(job: int, begin_ms: float, run_ms: float, *, backend: str = "a") -> SliceSeen:
    """A slice of the stream that was decided 0.1 ms before it began."""
    begin_ns = round(begin_ms * MS)
    end_ns = begin_ns + round(run_ms * MS)
    return SliceSeen(
        backend, "cam", job, "m", "inference", begin_ns - 100 * US, begin_ns, end_ns, 10_100 * US
    )


def seen(*slices: SliceSeen, **figures: float) -> Observation:
    """A run of these slices, each a job that waited for nothing."""
    jobs = tuple(
        JobSeen("cam", each.job, "met", each.end_ns - each.start_ns, 1, each.end_ns - each.start_ns)
        for each in slices
    )
    return Observation(1.0, {"cam": figures}, {"a": 0.5, "b": 0.5}, 0.0, jobs, slices)


def gauge(cost_ms: float) -> list[tuple[int, int]]:
    """Readings of 5 s at one speed."""
    return [(at, round(cost_ms * MS)) for at in range(0, 5000 * MS, 40 * MS)]


def with_rate(run: Observation, rate: float | None) -> Observation:
    """The same run with another violation rate."""
    return replace(run, violation_rate=rate)
