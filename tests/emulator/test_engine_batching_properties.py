"""Requests that decode together: whatever happens, no rule of a run is broken."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.catalog import load_profile, load_scenario
from emulator.commands import BackendDown
from emulator.journal import POLICY_FAILED, Event
from emulator.metrics import Metrics
from emulator.policies.registry import policies
from emulator.result import ResultBuilder
from emulator.snapshot import Pace
from tests.emulator.audit import audited
from tests.emulator.batched import BATCHING, batched
from tests.emulator.strategies import FOREVER_NS, MS, Case, cases, examples

PACE: Final = Pace(0.0, 0.0, 0.0, 1.0, keeps_pace=True)
NAMES: Final = [policy.name for policy in policies()]

sizes = st.sampled_from([2, 3, 8])
effects_of = st.sampled_from([BATCHING, "contention,batching"])


@settings(max_examples=examples(25), deadline=None)
@given(cases(), sizes, effects_of)
def test_a_journal_with_batches_breaks_no_rule(case: Case, most: int, effects: str) -> None:
    """Nothing is lost or done twice, no token comes before its prefill, and all can be read."""
    made = batched(case, most, effects)
    events = made.journal()
    audited(made, events)
    profile, scenario = load_profile(made.profile), load_scenario(made.scenario)
    metrics = Metrics(profile, scenario, made.policy, seed=0)
    metrics.feed(events)
    shown = metrics.snapshot(_end_ns(events), state="paused", speed=0.0, pace=PACE)
    builder = ResultBuilder(profile, scenario)
    builder.feed(events)
    result = builder.result(_end_ns(events))
    for backend in shown.backends:
        busy = result.summary.utilization[backend.name] or 0
        assert busy <= 1
        assert backend.busy_total == pytest.approx(busy)


@settings(max_examples=examples(20), deadline=None)
@given(cases(commanded=False), sizes, st.sampled_from(NAMES))
def test_every_policy_works_unchanged(case: Case, most: int, policy: str) -> None:
    """None of those with a name breaks over slices that are taken along."""
    made = replace(batched(case, most), policy=policy)
    events = made.journal()
    assert not [event for event in events if event[0] == POLICY_FAILED]
    ended = sum(event[0] in ("completed", "dropped") for event in events)
    assert ended == sum(event[0] == "released" for event in events)


@settings(max_examples=examples(20), deadline=None)
@given(cases(), sizes, effects_of, st.lists(st.integers(0, 90 * MS), max_size=30))
def test_pacing_changes_nothing(case: Case, most: int, effects: str, instants: list[int]) -> None:
    """Any split of the time into steps gives the journal of one step."""
    made = batched(case, most, effects)
    assert made.journal(instants) == made.journal()


@settings(max_examples=examples(15), deadline=None)
@given(cases(), sizes)
def test_not_asked_for_it_changes_nothing(case: Case, most: int) -> None:
    """Without the effect the keys of the profile have no say."""
    made = batched(case, most, "")
    models = made.profile["models"]
    assert isinstance(models, dict)
    plain = {
        name: {key: cell for key, cell in entry.items() if not key.startswith("batch_")}
        for name, entry in models["llm"].items()
    }
    bare = replace(made, profile={**made.profile, "models": {**models, "llm": plain}})
    assert made.journal() == bare.journal()


@settings(max_examples=examples(15), deadline=None)
@given(cases(commanded=False), sizes, st.integers(0, 60 * MS))
def test_a_backend_that_goes_down_takes_its_batch_along(case: Case, most: int, t_ns: int) -> None:
    """Every job ends once, and those who watch agree."""
    made = batched(case, most)
    engine = made.engine()
    engine.apply(BackendDown(0, "gone"), t_ns)
    engine.advance(FOREVER_NS)
    events = engine.drain()
    audited(made, events)
    assert engine.open_jobs == 0
    metrics = Metrics(load_profile(made.profile), load_scenario(made.scenario), made.policy, seed=0)
    metrics.feed(events)
    shown = metrics.snapshot(_end_ns(events), state="paused", speed=0.0, pace=PACE)
    assert not any(backend.running or backend.queue for backend in shown.backends)


def _end_ns(events: list[Event]) -> int:
    assert isinstance(events[-1][1], int)
    return events[-1][1]
