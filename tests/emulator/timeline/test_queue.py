"""Which jobs wait at an instant."""

import random

import pytest

from emulator import journal, simulate
from emulator.job_result import JobResult
from emulator.journal import INFERENCE, Event
from emulator.timeline.queue import Queued, queue_at
from tests.emulator.test_metrics_properties import events_of
from tests.emulator.timeline.test_window import pieces_of

MS = 1_000_000
PROFILE = "ryzen-ai-9-hx-370"
_GAVE_UP = {"dropped", "skipped"}
"""A result does not say when that was."""


def released(t_ns: int, stream: int, job: int, deadline_ns: int | None = None) -> Event:
    """A release."""
    return (journal.RELEASED, t_ns, stream, job, deadline_ns, None)


def started(t_ns: int, stream: int, job: int, backend: int) -> Event:
    """A slice starts."""
    return (journal.STARTED, t_ns, stream, job, 0, backend, INFERENCE, 0)


def finished(t_ns: int, stream: int, job: int, backend: int) -> Event:
    """It ends."""
    return (journal.FINISHED, t_ns, stream, job, 0, backend, INFERENCE, 0, 0, 1, 1)


def waits(each: JobResult, t_ns: int, end_ns: int) -> bool:
    """Whether a job of a result waits, by its slices."""
    ends = [stop for stage in each.stages for _, _, stop in stage.slices if stop is not None]
    over_ns = max(ends, default=end_ns) if each.outcome in {"met", "late"} else end_ns
    runs = any(
        start <= t_ns < (end_ns + 1 if stop is None else stop)
        for stage in each.stages
        for _, start, stop in stage.slices
    )
    return each.release_ns <= t_ns < over_ns and not runs


def test_jobs_wait_from_their_release_to_their_first_slice() -> None:
    """Those without a deadline last; what happens at the instant has happened."""
    pieces = pieces_of(
        released(0, 0, 7, 90),
        released(0, 1, 3, 50),
        released(0, 2, 0),
        started(10, 1, 3, 0),
        finished(20, 1, 3, 0),
        (journal.COMPLETED, 20, 1, 3, "met", ""),
        (journal.DROPPED, 30, 0, 7, "early-drop", ""),
    )

    assert queue_at(pieces, 9) == (Queued(1, 3, 0, 50), Queued(0, 7, 0, 90), Queued(2, 0, 0, None))
    assert [each.stream for each in queue_at(pieces, 10)] == [0, 2]
    assert [each.stream for each in queue_at(pieces, 20)] == [0, 2]
    assert [each.stream for each in queue_at(pieces, 30)] == [2]


def test_a_lost_slice_waits_again() -> None:
    """Its backend is down, and will not tell that it ended."""
    pieces = pieces_of(
        released(0, 0, 0, 90), started(1, 0, 0, 3), (journal.BACKEND_DOWN, 5, 3, "gone")
    )

    assert queue_at(pieces, 4) == ()
    assert [each.job for each in queue_at(pieces, 5)] == [0]


def test_events_that_do_not_fit_are_left_out() -> None:
    """A hostile file costs itself the answer, and nobody else."""
    bad: list[Event] = [(journal.RELEASED, 1), (journal.STARTED, 1, "x"), ("odd",), (), ("a", "b")]
    pieces = pieces_of(released(0, 0, 0))
    pieces.tail_events = bad

    assert [each.job for each in queue_at(pieces, 2)] == [0]


@pytest.mark.parametrize("scenario", ["overload", "call-and-game"])
def test_the_queue_of_a_run_is_that_of_its_result(scenario: str) -> None:
    """At any instant, of any kind of job: the journal and the slices of the jobs agree."""
    result = simulate(PROFILE, scenario, "fcfs", duration_s=2, seed=3, drain=False)
    pieces = pieces_of(*events_of(result), chunks=1000)
    of_stream = {name: index for index, name in enumerate(result.summary.streams)}
    rng = random.Random(1)  # noqa: S311 - seeded
    seen = 0
    for _ in range(40):
        t_ns = rng.randrange(2000 * MS)
        expected = {
            (of_stream[each.stream], each.index)
            for each in result.jobs
            if each.outcome not in {"dropped", "skipped"} and waits(each, t_ns, result.end_ns)
        }
        found = {each[:2] for each in queue_at(pieces, t_ns)}
        gone = {
            (of_stream[each.stream], each.index) for each in result.jobs if each.outcome in _GAVE_UP
        }
        assert found - gone == expected
        seen += len(found)
    assert seen
