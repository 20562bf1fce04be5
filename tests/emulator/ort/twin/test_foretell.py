"""Runs foretold with what slices took in other runs."""

from dataclasses import replace

import pytest

from emulator.catalog import load_profile
from emulator.ort.twin.check import predict
from emulator.ort.twin.foretell import StandIn, foretold
from emulator.ort.twin.observation import Observation
from emulator.ort.twin.times import Times, as_told
from tests.emulator.ort.twin.twin_examples import PROFILE, a_slice, gauge, seen, twin_run


def times_of(*runs: Observation) -> Times:
    """Of runs with the example's profile."""
    profile = load_profile(PROFILE)
    return Times(as_told({"edf": profile}, {"edf": list(runs)}))


def told_of(times: Times, speeds: dict[str, list[tuple[int, int]]], luck: int) -> Observation:
    """The example's run, foretold."""
    run = twin_run()
    return foretold(run, StandIn(run.profile, times, speeds), luck)


def took(run_ms: float, cost_ms: float) -> Observation:
    """A run of 100 slices that took so long, while the gauge of their core cost so much."""
    run = seen(*(a_slice(job, 50 * job, run_ms) for job in range(100)))
    return replace(run, speeds={"a": gauge(cost_ms)})


def test_slices_that_took_what_the_profile_says_give_the_run_of_the_profile() -> None:
    """The same jobs at the same instants as the plain emulation."""
    expected = predict(twin_run())
    assert told_of(times_of(took(10, 1)), {}, 0) == expected


def test_backends_that_were_never_seen_run_by_the_profile() -> None:
    """Without any slice the engine times all of them itself."""
    assert told_of(times_of(), {}, 0) == predict(twin_run())


def test_slices_take_longer_while_the_core_is_slow() -> None:
    """Twice the cost of the gauge was twice the time: so it is from the middle of the run on."""
    times = times_of(took(10, 1), took(20, 2))
    fast, slow = gauge(1)[:12], gauge(2)[13:]
    found = told_of(times, {"a": [*fast, *slow]}, 0).responses_ms("cam")
    assert found[:8] == pytest.approx([10.1] * 8, rel=1e-6)
    assert found[12:] == pytest.approx([20.1] * 8, rel=1e-6)


def test_every_luck_draws_anew_from_what_was_seen() -> None:
    """Nothing else than 10 and 14 ms comes up, in another order each time, and the same again."""
    slices = [a_slice(job, 50 * job, 10 if job % 2 else 14) for job in range(100)]
    times = times_of(seen(*slices))
    one, two = (told_of(times, {}, luck).responses_ms("cam") for luck in (0, 1))
    assert set(one) == set(two) == {10.1, 14.1}
    assert one != two
    assert one == told_of(times, {}, 0).responses_ms("cam")


def test_a_core_whose_gauge_is_silent_has_the_times_as_they_were() -> None:
    """Half of the slices at each speed."""
    times = times_of(took(10, 1), took(20, 2))
    found = told_of(times, {"a": []}, 0).responses_ms("cam")
    assert {round(each, 1) for each in found} == {10.1, 20.1}
