"""The engine behind one lock: what workers tell it, and what they are given."""

from itertools import cycle, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.catalog import load_profile
from emulator.commands import Mark, SwapPolicy
from emulator.errors import UserError
from emulator.journal import BACKEND_DOWN, FINISHED, MARKER, STARTED, Event
from tests.emulator.audit import audited
from tests.emulator.ort.live_fakes import Bench, live_engine
from tests.emulator.strategies import BACKENDS, MS, Case, Dict, cases, examples

TWO: Dict = {"backends": ["a", "b"], "models": {"m": {"a": 10, "b": 10}}}
BOTH = {0: "a", 1: "b"}
CAM: Dict = {"name": "cam", "model": "m", "arrivals_ms": [0, 1, 2], "deadline_ms": 100}


def bench_of(
    profile: Dict,
    *streams: Dict,
    real: dict[int, str] = BOTH,
    takes_ms: float = 10,
    policy: str = "fcfs",
) -> Bench:
    """A run whose real slices take so long."""
    case = Case(profile, {"streams": list(streams)}, policy, duration_ms=1000)
    engine = live_engine(case, frozenset(real.values()))
    return Bench(engine, real, repeat(round(takes_ms * MS)))


def slices(events: list[Event]) -> list[tuple[object, object, object]]:
    """(backend, start, end in ms) of what has ended."""
    return [
        (event[5], event[8] / MS, event[1] / MS)
        for event in events
        if event[0] == FINISHED and isinstance(event[8], int) and isinstance(event[1], int)
    ]


@settings(max_examples=examples(25), deadline=None)
@given(
    cases(),
    st.sets(st.sampled_from(BACKENDS), min_size=1),
    st.lists(st.integers(1, 12 * MS), min_size=1, max_size=20),
    st.lists(st.integers(0, 60 * MS), max_size=3),
)
def test_a_live_run_keeps_every_rule_of_a_run(
    case: Case, chosen: set[str], durations: list[int], pauses: list[int]
) -> None:
    """Real and emulated backends side by side, pauses between: no rule of the journal breaks."""
    bare = Case(case.profile, case.scenario, case.policy, (), case.duration_ms, case.seed)
    names = load_profile(case.profile).backend_names
    real = {index: name for index, name in enumerate(names) if name in chosen}
    bench = Bench(live_engine(bare, frozenset(real.values())), real, cycle(durations))
    bench.schedule.thaw()
    begin_ns = bench.clock.ns
    for pause_ns in sorted(pauses):
        bench.run(begin_ns + pause_ns)
        bench.schedule.freeze()
        frozen_ns = bench.schedule.now_ns
        bench.run(bench.clock.ns + 5 * MS)
        assert bench.schedule.now_ns == frozen_ns
        bench.schedule.thaw()
    bench.run()
    assert bench.schedule.is_over
    audited(bare, bench.schedule.drain())


def test_a_worker_leaves_with_its_next_slice() -> None:
    """At the end of the first slice the third job is there: the same call returns it."""
    bench = bench_of(TWO, CAM)
    schedule = bench.schedule
    schedule.thaw()
    begin_ns = bench.clock.ns
    bench.run(begin_ns + 9 * MS)
    (end_ns, backend, work) = bench.running[0]
    bench.clock.ns = end_ns
    following = schedule.finish(backend, work, end_ns)
    assert following is not None
    assert (following.job, following.start_ns) == (2, 10 * MS)


def test_a_slice_lasts_as_long_as_it_ran() -> None:
    """The table says 10 ms, the workers need 13: so does the journal."""
    bench = bench_of(TWO, CAM, takes_ms=13)
    bench.schedule.thaw()
    bench.run()
    assert slices(bench.schedule.drain()) == [(0, 0, 13), (1, 1, 14), (0, 13, 26)]


def test_emulated_backends_take_what_the_profile_says_beside_a_real_one() -> None:
    """Backend a is real and takes 13 ms, b is timed by the profile: 10 ms."""
    bench = bench_of(TWO, CAM, real={0: "a"}, takes_ms=13)
    bench.schedule.thaw()
    bench.run()
    assert slices(bench.schedule.drain()) == [(1, 1, 11), (0, 0, 13), (1, 11, 21)]


def test_a_pause_does_not_shorten_the_slice_that_runs() -> None:
    """Paused from 4 to 8 ms of wall time: the slice still lasts 10 ms, and time goes on at 4."""
    bench = bench_of(TWO, {**CAM, "arrivals_ms": [0, 7]})
    schedule = bench.schedule
    schedule.thaw()
    begin_ns = bench.clock.ns
    bench.run(begin_ns + 4 * MS)
    schedule.freeze()
    bench.run(begin_ns + 8 * MS)
    assert schedule.now_ns == 4 * MS
    schedule.thaw()
    bench.run()
    assert slices(schedule.drain()) == [(0, 0, 10), (1, 7, 17)]
    assert bench.clock.ns == begin_ns + 21 * MS


def test_nothing_is_begun_in_a_pause_and_all_of_it_after() -> None:
    """A swap in a pause decides at once, but the workers wait for the end of the pause."""
    bench = bench_of(TWO, {**CAM, "arrivals_ms": [0]})
    bench.schedule.apply(SwapPolicy("edf"))
    assert bench.running == []
    bench.schedule.thaw()
    bench.run(bench.clock.ns)
    assert len(bench.running) == 1


def test_a_slice_that_hangs_takes_its_backend_down_and_the_run_goes_on() -> None:
    """After 2 s the job runs on the other backend; what the hung one says later counts nothing."""
    bench = bench_of(TWO, {**CAM, "arrivals_ms": [0]}, takes_ms=60_000)
    bench.schedule.thaw()
    begin_ns = bench.clock.ns
    bench.run(begin_ns + 1999 * MS)
    hung = bench.running.pop()
    bench.run(begin_ns + 2000 * MS)
    (reason,) = bench.hands[0].abandoned
    assert reason == "it hangs: m runs for 2.0 s instead of 10 ms"
    (_, backend, work) = bench.running.pop()
    assert backend == 1
    bench.clock.ns += 5 * MS
    assert bench.schedule.finish(0, hung[2], bench.clock.ns) is None
    assert bench.schedule.finish(1, work, bench.clock.ns) is None
    events = bench.schedule.drain()
    assert slices(events) == [(1, 2000, 2005)]
    assert [event[2:] for event in events if event[0] == BACKEND_DOWN] == [(0, reason)]
    assert bench.schedule.is_over
    assert bench.schedule.down == {0: "a"}


def test_slow_models_may_take_twenty_times_their_estimate() -> None:
    """A model of 1 s hangs after 20 s, not after 2."""
    profile: Dict = {"backends": ["a"], "models": {"m": {"a": 1000}}}
    bench = bench_of(profile, {**CAM, "arrivals_ms": [0]}, real={0: "a"}, takes_ms=19_999)
    bench.schedule.thaw()
    bench.run()
    assert bench.schedule.down == {}


def test_workers_hear_of_the_end_of_jobs_with_a_cache_only() -> None:
    """Every worker may hold a cache of a chat; of camera frames there is nothing to forget."""
    llm = {"prefill_ms": {"per_token": 1}, "decode_ms": 2}
    profile: Dict = {"backends": ["a", "b"], "models": {"m": {"a": 1}, "llm": {"a": llm}}}
    chat: Dict = {
        "name": "chat",
        "model": "llm",
        "arrivals_ms": [0],
        "prompt_tokens": 4,
        "output_tokens": 3,
    }
    bench = bench_of(profile, CAM, chat, takes_ms=1)
    bench.schedule.thaw()
    bench.run()
    assert bench.hands[0].ended == bench.hands[1].ended == [("chat", 0)]


def test_commands_take_effect_now_and_wrong_ones_are_refused() -> None:
    """A mark stands at the virtual time of its arrival; an unknown policy changes nothing."""
    bench = bench_of(TWO, CAM)
    bench.schedule.thaw()
    bench.run(bench.clock.ns + 5 * MS)
    assert bench.schedule.apply(Mark("here")) == 5 * MS
    with pytest.raises(UserError, match="nonsense"):
        bench.schedule.apply(SwapPolicy("nonsense"))
    events = bench.schedule.drain()
    assert [event[1] for event in events if event[0] == MARKER] == [5 * MS]
    assert sum(event[0] == STARTED for event in events) == 2


def test_late_releases_show_in_the_health_figures() -> None:
    """A release that was handled 3 ms late counts as 3 ms late."""
    bench = bench_of(TWO, {**CAM, "arrivals_ms": [5]})
    bench.schedule.thaw()
    bench.clock.ns += 8 * MS
    bench.schedule.turn()
    assert bench.schedule.pace(asked_speed=1.0).lateness_max_ms == 3.0
