"""Which part of a prediction is off."""

from dataclasses import replace

import pytest

from emulator.catalog import load_profile
from emulator.ort.twin.observation import Observation, SliceSeen
from emulator.ort.twin.parts import Pair, parts, services, shares
from tests.emulator.ort.twin.twin_examples import MS, PROFILE, a_slice, seen

SOC = load_profile(PROFILE)
JOBS = range(10)
PREDICTED = seen(*(a_slice(job, 50 * job, 10) for job in JOBS))


def explained(real: Observation) -> tuple[str, dict[str, float]]:
    """The largest part of the only stream, and all of them in whole us."""
    pairs = [Pair(SOC, (PREDICTED,), (PREDICTED,), real)]
    (found,) = parts(pairs, services(pairs))
    numbers = {
        name: round(value, 3) for name, value in found.to_dict().items() if isinstance(value, float)
    }
    return found.largest, numbers


def test_a_perfect_twin_differs_in_nothing() -> None:
    """All parts are 0."""
    assert set(explained(PREDICTED)[1].values()) == {0.0}


def test_longer_runs_are_service_time() -> None:
    """Each took 12 ms instead of 10, with nothing beside it."""
    largest, numbers = explained(seen(*(a_slice(job, 50 * job, 12) for job in JOBS)))
    assert largest == "service time"
    assert numbers["service_ms"] == numbers["response_ms"] == 2


def test_longer_gaps_are_dispatch() -> None:
    """Each began 1 ms later than the profile says."""
    slices = [a_slice(job, 50 * job, 10) for job in JOBS]
    late = seen(*(replace(each, start_ns=each.start_ns - MS) for each in slices))
    largest, numbers = explained(late)
    assert largest == "dispatch"
    assert numbers["dispatch_ms"] == numbers["response_ms"] == 1


def test_runs_that_are_longer_beside_others_are_contention() -> None:
    """As profiled while alone, half as long again while the other backend is busy."""
    slices: list[SliceSeen] = []
    for job in JOBS:
        slices.append(a_slice(job, 50 * job, 10 if job % 2 else 15))
        if job % 2 == 0:
            slices.append(replace(a_slice(job, 50 * job - 1, 17, backend="b"), stream="other"))
    slices.sort(key=lambda each: each.begin_ns)
    run = replace(seen(*slices), jobs=seen(*(s for s in slices if s.stream == "cam")).jobs)
    service = next(
        each
        for each in services([Pair(SOC, (PREDICTED,), (PREDICTED,), run)])
        if each.backend == "a"
    )
    assert service.contention == pytest.approx(1.5)
    largest, numbers = explained(run)
    assert largest == "contention"
    assert numbers["contention_ms"] == pytest.approx(2.5, abs=0.01)


def test_what_is_left_is_waiting() -> None:
    """Slices as predicted, responses 3 ms longer."""
    jobs = tuple(
        replace(each, response_ns=(each.response_ns or 0) + 3 * MS) for each in PREDICTED.jobs
    )
    largest, numbers = explained(replace(PREDICTED, jobs=jobs))
    assert largest == "waiting behind others"
    assert numbers["waiting_ms"] == 3


def test_jobs_that_only_one_run_completed_are_left_out() -> None:
    """A job that was dropped for real has no response to compare."""
    jobs = (replace(PREDICTED.jobs[0], outcome="dropped", response_ns=None), *PREDICTED.jobs[1:])
    real = replace(PREDICTED, jobs=jobs)
    pairs = [Pair(SOC, (PREDICTED,), (PREDICTED,), real)]
    (found,) = parts(pairs, services(pairs))
    assert found.jobs == len(JOBS) - 1


def test_shares_are_of_the_time_that_others_were_busy() -> None:
    """5 of 10 ms beside two slices of the other backend; that one's are all inside."""
    slices = [
        a_slice(0, 0, 10),
        a_slice(1, 2, 2, backend="b"),
        a_slice(2, 5, 3, backend="b"),
        a_slice(3, 20, 1, backend="b"),
    ]
    assert shares(slices) == [0.5, 1.0, 1.0, 0.0]
