"""The bounds hold: against every schedule of small cases, and on cases worked by hand."""

from collections.abc import Mapping, Sequence
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.study.optimum.interval_lp import interval_bound
from emulator.study.optimum.lower import lower_bound
from emulator.study.optimum.question import optimum
from emulator.study.optimum.time_indexed import SLOTS_NS, Program
from emulator.study.optimum.upper import Question
from emulator.study.optimum.window import Item, WindowJob, window_jobs
from tests.emulator.strategies import examples

MS = 1_000_000
BACKENDS = (0, 1)
PATIENCE_S = 600
"""No solver here comes near it, on however busy a machine: the answers do not depend on time."""

pytest.importorskip("scipy")


def job(number: int, release_ms: float, due_ms: float, *took_ms: float | None) -> WindowJob:
    """A job of one inference; None where a backend cannot run it."""
    took = {m: round(each * MS) for m, each in enumerate(took_ms) if each is not None}
    release_ns = round(release_ms * MS)
    return WindowJob("s", number, release_ns, (Item(release_ns, round(due_ms * MS), took),))


def least_missed(jobs: Sequence[WindowJob]) -> int:
    """By trying every order on every choice of backends: each starts as soon as it can."""
    best = len(jobs)
    items = [each.items[0] for each in jobs]
    for places in product(*(tuple(item.duration_ns) for item in items)):
        for order in permutations(range(len(items))):
            free = dict.fromkeys(BACKENDS, 0)
            missed = 0
            for number in order:
                item, backend = items[number], places[number]
                end_ns = max(free[backend], item.release_ns) + item.duration_ns[backend]
                if end_ns > item.due_ns:
                    missed += 1
                else:
                    free[backend] = end_ns
            best = min(best, missed)
    return best


TIMES = st.integers(1, 60).map(lambda tenths: tenths / 10)


@st.composite
def small_jobs(draw: st.DrawFn) -> list[WindowJob]:
    """Up to five jobs on two backends."""
    jobs = []
    for number in range(draw(st.integers(1, 5))):
        release_ms = draw(st.integers(0, 40)) / 10
        took = [draw(st.none() | TIMES), draw(TIMES)]
        jobs.append(job(number, release_ms, release_ms + draw(TIMES) + 1, *took))
    return jobs


@given(jobs=small_jobs())
@settings(max_examples=examples(12), deadline=None)
def test_no_schedule_stays_below_a_bound(jobs: list[WindowJob]) -> None:
    """Of either program, on any grid, and of the parts put together."""
    least = least_missed(jobs)

    assert interval_bound(jobs, time_limit_s=PATIENCE_S) <= least
    for slot_ns in SLOTS_NS:
        assert Program(jobs, slot_ns).bound(time_limit_s=PATIENCE_S) <= least
    everything = {(each.stream, each.index) for each in jobs}
    assert lower_bound(jobs, everything, time_limit_s=PATIENCE_S) <= least


@given(jobs=small_jobs())
@settings(max_examples=examples(10), deadline=None)
def test_a_fine_grid_finds_the_optimum_of_what_lies_on_it(jobs: list[WindowJob]) -> None:
    """All instants are multiples of 0.1 ms, and so is the finest slot."""
    assert Program(jobs, 100_000).bound(time_limit_s=PATIENCE_S) == least_missed(jobs)


def test_more_work_than_time() -> None:
    """Three jobs of 4 ms, due after 8 ms on one backend: one is too many, and both see it."""
    jobs = [job(n, 0, 8, 4) for n in range(3)]

    assert interval_bound(jobs, time_limit_s=PATIENCE_S) == 1
    assert Program(jobs, 1 * MS).bound(time_limit_s=PATIENCE_S) == 1


def test_what_may_not_be_interrupted() -> None:
    """There is time for all, but the long one would have to stop for the urgent one."""
    jobs = [job(0, 0, 10, 9.5), job(1, 4, 5, 0.5)]

    assert interval_bound(jobs, time_limit_s=PATIENCE_S) == 0
    assert Program(jobs, MS // 2).bound(time_limit_s=PATIENCE_S) == 1


def test_parts_add_up() -> None:
    """Six times the same trouble, each in a time of its own."""
    jobs = [job(3 * n + k, 20 * n, 20 * n + 8, 4) for n in range(6) for k in range(3)]
    everything = {(each.stream, each.index) for each in jobs}

    assert lower_bound(jobs, everything, time_limit_s=PATIENCE_S) == 6


def test_a_job_of_several_stages_is_missed_once() -> None:
    """However many of its inferences find no place."""
    late = Item(0, 2 * MS, {0: 3 * MS})
    jobs = [WindowJob("s", 0, 0, (late, late))]

    assert interval_bound(jobs, time_limit_s=PATIENCE_S) == 1
    assert Program(jobs, 1 * MS).bound(time_limit_s=PATIENCE_S) == 1


def question(
    profile: Mapping[str, object], scenario: Mapping[str, object], end_ms: int
) -> Question:
    """About the first so many milliseconds."""
    return Question(
        Profile.model_validate(profile), Scenario.model_validate(scenario), 0, True, 0, end_ms * MS
    )


CHIP = {"backends": ["npu", "gpu"], "models": {"a": {"npu": 6, "gpu": 9}, "b": {"npu": 5}}}


def test_stages_leave_each_other_time() -> None:
    """The first must be done before the second's best time, the second cannot begin before it."""
    stages = [{"name": "one", "model": "a"}, {"name": "two", "model": "b", "after": ["one"]}]
    asked = question(CHIP, {"streams": [{"name": "s", "period_ms": 20, "stages": stages}]}, 20)
    (only,) = window_jobs(
        asked.profile, asked.scenario, seed=0, noise=True, begin_ns=0, end_ns=20 * MS
    )

    first, second = only.items
    assert (first.release_ns, first.due_ns) == (0, 15 * MS)
    assert (second.release_ns, second.due_ns) == (6 * MS, 20 * MS)
    assert dict(first.duration_ns) == {0: 6 * MS, 1: 9 * MS}


def test_the_answer_lies_between_both_sides() -> None:
    """Four jobs of 5 ms at once, due after 10 ms, on the only backend that can: two are missed."""
    streams = [
        {"name": f"s{n}", "model": "b", "period_ms": 100, "deadline_ms": 10} for n in range(4)
    ]
    answer = optimum(
        question(CHIP, {"streams": streams}, 100), ["edf", "fcfs"], time_limit_s=PATIENCE_S
    )

    assert answer.is_proven
    assert (answer.at_least, answer.at_most, answer.jobs) == (2, 2, 4)
    assert answer.regret("edf") == (0, 0)


def test_the_search_gives_up_what_blocks_others() -> None:
    """Earliest deadline first runs the long job and misses two; without it both are met."""
    streams = [
        {"name": "long", "model": "l", "period_ms": 100, "deadline_ms": 10},
        {"name": "x", "model": "s", "period_ms": 100, "deadline_ms": 11},
        {"name": "y", "model": "s", "period_ms": 100, "deadline_ms": 11},
    ]
    chip = {"backends": ["npu"], "models": {"l": {"npu": 9}, "s": {"npu": 5}}}
    answer = optimum(
        question(chip, {"streams": streams}, 100), ["edf/fastest-idle"], time_limit_s=PATIENCE_S
    )

    assert answer.missed == {"edf/fastest-idle": 2}
    assert answer.is_proven
    assert answer.at_most == 1


def test_hopeless_jobs_are_counted_without_a_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where scipy is not installed."""
    import builtins

    real = builtins.__import__

    def refuse(name: str, *args: object, **more: object) -> object:
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)
    jobs = [job(0, 0, 3, 4), job(1, 0, 8, 4), job(2, 0, 8, 4), job(3, 0, 8, 4)]

    assert lower_bound(jobs, {("s", n) for n in range(4)}, time_limit_s=PATIENCE_S) == 1


def test_closed_loops_are_refused() -> None:
    """Their jobs are others under another schedule."""
    arrival = {"process": "closed-loop", "think_s": 1}
    streams = [{"name": "s", "model": "b", "arrival": arrival, "deadline_ms": 9}]
    asked = question(CHIP, {"name": "loop", "streams": streams}, 100)
    with pytest.raises(Exception, match="releases a job when its last one has ended"):
        optimum(asked, ["edf"], time_limit_s=PATIENCE_S)
