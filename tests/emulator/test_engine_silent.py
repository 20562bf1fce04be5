"""Without its journal a run is the same, instant by instant; only nobody is told of its jobs."""

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.commands import Mark, StartStream, StopStream, SwapPolicy
from emulator.engine import Engine
from emulator.journal import MARKER, POLICY, STREAM_ADDED, STREAM_STARTED, STREAM_STOPPED
from tests.emulator.strategies import HEADLINE, MS

COMMANDS = (
    (100 * MS, SwapPolicy("hybrid")),
    (200 * MS, StopStream("blur")),
    (300 * MS, Mark("half")),
    (400 * MS, StartStream("blur")),
    (500 * MS, SwapPolicy("llf")),
)


def engine(policy: str, *, journal: bool) -> Engine:
    """A second of the overload scenario, with commands."""
    profile, scenario = load_profile("ryzen-ai-9-hx-370"), load_scenario("overload")
    made = Engine(profile, scenario, policy, duration_ns=1_000 * MS, journal=journal)
    for t_ns, command in COMMANDS:
        made.apply(command, t_ns)
    return made


@pytest.mark.parametrize("policy", HEADLINE)
def test_a_silent_run_is_the_same(policy: str) -> None:
    """Every instant comes when it does with a journal, and leaves as many jobs open."""
    loud, silent = engine(policy, journal=True), engine(policy, journal=False)
    instants = 0
    while (t_ns := loud.next_event_ns) is not None:
        assert silent.next_event_ns == t_ns
        loud.advance(t_ns)
        silent.advance(t_ns)
        assert silent.open_jobs == loud.open_jobs
        instants += 1
    assert silent.next_event_ns is None
    assert instants > 300


def test_a_silent_run_tells_what_is_done_to_it() -> None:
    """Streams, swaps and remarks are journalled as ever, jobs and slices are not."""
    done_to_it = {STREAM_ADDED, STREAM_STARTED, STREAM_STOPPED, POLICY, MARKER}
    loud, silent = engine("edf", journal=True), engine("edf", journal=False)
    loud.advance(2_000 * MS)
    silent.advance(2_000 * MS)
    events = loud.drain()
    assert silent.drain() == [event for event in events if event[0] in done_to_it]
    assert len(events) > 500
