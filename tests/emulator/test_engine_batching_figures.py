"""What is made of a journal with batches: time and energy once, records, replays, comparisons."""

from pathlib import Path
from typing import Final

import pytest

from emulator import load_profile, load_scenario, simulate
from emulator.energy import energy_of
from emulator.journal import BACKEND_DOWN, FINISHED, STARTED, Event
from emulator.metrics import Metrics
from emulator.result import RunResult
from emulator.serving.replay import metrics_of
from emulator.session import SessionReader
from emulator.session.export import rows
from emulator.session.format import Span
from emulator.session.journalled import policy_failures
from emulator.session.origin import Origin
from emulator.session.verify import verify
from emulator.session.virtual_recording import VirtualRecording
from emulator.shared_time import ALONE, place_of, share_ns
from emulator.snapshot import Pace, Snapshot
from emulator.study.comparison import compare
from emulator.timeline.piece import digest
from tests.emulator.recorded_runs import NO_PACE, LiveCore
from tests.emulator.strategies import MS, Dict

SECOND: Final = 10**9
SPAN: Final = Span(0, 0, 0, 0, 0, 0, 0, 0)
BATCHING: Final = "batching"
POLICY: Final = "fcfs-slice/first-idle"
PROFILE: Final[Dict] = {
    "name": "soc",
    "backends": [{"name": "gpu", "active_w": 10}],
    "models": {
        "llm": {
            "gpu": {
                "prefill_ms": {"per_token": 1},
                "decode_ms": 10,
                "batch_max": 8,
                "batch_overhead": "0.25",
            }
        }
    },
}
CHAT: Final[Dict] = {"model": "llm", "arrivals_ms": [0], "prompt_tokens": 1, "output_tokens": 3}
TWO: Final[Dict] = {"streams": [{**CHAT, "name": "a"}, {**CHAT, "name": "b"}]}
"""Prefills to 1 and 2 ms, then two batches of two, 12.5 ms each: the gpu is busy for 27 ms."""


def run(effects: str = BATCHING, **more: object) -> RunResult:
    """Two requests at once."""
    return simulate(
        PROFILE,
        TWO,
        POLICY,
        duration_s="0.027",
        noise=False,
        effects=effects,
        **more,  # type: ignore[arg-type]
    )


def journal(result: RunResult) -> tuple[Event, ...]:
    """What was told of a run."""
    assert result.journal is not None
    return result.journal


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_shares_are_the_whole(batch: int) -> None:
    """Whatever does not divide, the parts of all members are the time of the backend."""
    shares = [share_ns(1_000_003, rank, batch) for rank in range(batch)]
    assert sum(shares) == 1_000_003
    assert max(shares) - min(shares) <= 1


def test_what_is_no_place_is_alone() -> None:
    """Other fields at the end of an event, as a later version may have them, are no batch."""
    for fields in ((), (1,), ("more", 1), (3, 2), (-1, 2), (0, None)):
        assert place_of(fields) == ALONE
    assert place_of((1, 2, "more")) == (1, 2)


def test_the_backend_is_busy_once() -> None:
    """27 ms, where the slices add up to 52; each request has half of each batch."""
    result = run()
    assert result.summary.utilization == {"gpu": 1.0}
    first, second = (job.stages[0] for job in result.jobs)
    assert [each.start_ns for each in first.slices] == [0, 2 * MS, 14.5 * MS]
    assert first.shares_ns == second.shares_ns == (MS, 6_250_000, 6_250_000)
    assert run("").jobs[0].stages[0].shares_ns == ()


def test_a_batch_that_is_cut_counts_up_to_then() -> None:
    """At 20 ms the second batch has run for 5.5 ms: the gpu was busy all the time."""
    result = simulate(
        PROFILE, TWO, POLICY, duration_s="0.02", noise=False, effects=BATCHING, drain=False
    )
    assert result.summary.utilization == {"gpu": 1.0}
    assert result.jobs[1].stages[0].shares_ns == (MS, 6_250_000, 2_750_000)


def test_energy_per_token_falls() -> None:
    """27 ms x 10 W for six tokens, 45 mJ each, where they cost 70 mJ one by one."""
    profile = load_profile(PROFILE)
    on, off = energy_of(run(), profile), energy_of(run(""), profile)
    assert on is not None
    assert off is not None
    assert (on.energy_j, on.mj_per_token) == (0.27, 45)
    assert (off.energy_j, off.mj_per_token) == (0.42, 70)
    assert {each.energy_j for each in on.streams.values()} == {0.135}


def shown(metrics: Metrics, t_ns: int) -> Snapshot:
    """The screen at an instant."""
    pace = Pace(0.0, 0.0, 0.0, 1.0, keeps_pace=True)
    return metrics.snapshot(t_ns, state="paused", speed=0.0, pace=pace)


def metrics() -> Metrics:
    """Of this run, with power."""
    effects = "batching,energy"
    return Metrics(load_profile(PROFILE), load_scenario(TWO), POLICY, seed=0, effects=effects)


def test_the_screen_counts_a_batch_once() -> None:
    """Busy all the time at 10 W; both requests are in the chart, and no token is left out."""
    watching = metrics()
    watching.feed(journal(run()))
    seen = shown(watching, 27 * MS)
    assert [backend.busy_total for backend in seen.backends] == [1.0]
    assert [backend.power_w for backend in seen.backends] == [10]
    assert {stream.mj_per_token for stream in seen.streams} == {45}
    assert [(each.stream, each.start_ns, each.end_ns) for each in seen.slices][-2:] == [
        (0, 14.5 * MS, 27 * MS),
        (1, 14.5 * MS, 27 * MS),
    ]


def test_a_keyframe_may_lie_within_a_batch() -> None:
    """Metrics that go on from any event of the journal end where those end that saw it all."""
    events = journal(run())
    whole = metrics()
    whole.feed(events)
    for cut in range(len(events)):
        before, after = metrics(), metrics()
        before.feed(events[:cut])
        after.restore(before.state())
        after.feed(events[cut:])
        assert shown(after, 27 * MS) == shown(whole, 27 * MS)


def test_who_watches_sees_all_of_a_batch_go() -> None:
    """At 5 ms the gpu is gone: nothing runs there any more, and no request waits."""
    events = [event for event in journal(run()) if event[1] <= 5 * MS]  # type: ignore[operator]
    events += [(BACKEND_DOWN, 5 * MS, 0, "gone")]
    events += [("dropped", 5 * MS, stream, 0, "backend-down", "") for stream in (0, 1)]
    watching = metrics()
    watching.feed(events)
    seen = shown(watching, 6 * MS)
    assert (seen.backends[0].running, seen.backends[0].queue) == ("", 0)
    assert [stream.dropped for stream in seen.streams] == [1, 1]


def test_the_timeline_shows_all_and_sums_up_once() -> None:
    """Six slices, of which a batch counts once; one that runs is shown with all its members."""
    events = journal(run())
    piece = digest(SPAN, events)
    assert len(piece.slices) == 6
    assert sum(held_ns for *_, held_ns in piece.cells) == 27 * MS
    begun = [event for event in events if event[1] <= 20 * MS]  # type: ignore[operator]
    assert [each.stream for each in digest(SPAN, begun).running] == [0, 1]


def test_a_recording_is_verified_exported_and_replayed(tmp_path: Path) -> None:
    """The run again is the same, and the rows of its events have rank and batch by name."""
    path = tmp_path / "a.rtgen"
    profile, scenario = load_profile(PROFILE), load_scenario(TWO)
    origin = Origin(profile, scenario, POLICY, noise=False, effects=BATCHING)
    with VirtualRecording(path, origin) as recording:
        made = run(on_events=recording.take)
        recording.close(made.end_ns)
    with SessionReader(path, scan=True) as reader:
        assert verify(reader).difference is None
        found = [row for batch in rows(reader, "events") for row in batch]
        replayed = metrics_of(reader).snapshot(0, state="paused", speed=0.0, pace=NO_PACE)
    places = [(row["rank"], row["batch"]) for row in found if row["kind"] == STARTED]
    assert places[-2:] == [(0, 2), (1, 2)]
    assert replayed.scenario == "unnamed with batching"


def test_a_paced_run_is_the_virtual_one(tmp_path: Path) -> None:
    """Recorded from the core, batch by batch."""
    path = tmp_path / "live.rtgen"
    streams = [{**CHAT, "name": name, "arrivals_ms": [*range(0, 900, 60)]} for name in "abc"]
    scenario: Dict = {"streams": streams}
    core = LiveCore()
    core.say(
        {
            "t": "start",
            "profile": PROFILE,
            "scenario": scenario,
            "policy": "round-robin",
            "effects": BATCHING,
        },
        {"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0},
    )
    core.run_for(SECOND)
    core.close()
    virtual = journal(simulate(PROFILE, scenario, "round-robin", duration_s=2, effects=BATCHING))
    with SessionReader(path, scan=True) as reader:
        assert verify(reader).difference is None
        events = [event for _, chunk in reader.numbered() for event in chunk]
    assert len(events) > 100
    assert any(event[0] == STARTED and event[8] for event in events)
    assert tuple(events) == virtual[: len(events)]


def test_who_joins_is_no_decision() -> None:
    """A policy that failed after one start is made to fail after one again."""
    events = journal(run())
    at = next(n for n, event in enumerate(events) if event[0] == STARTED and event[9] == 2)
    t_ns = events[at][1]
    failed = [*events[: at + 2], ("policy-failed", t_ns, POLICY, "it broke")]
    ((_, _, failure),) = policy_failures(failed)
    assert failure.after == 1


def test_the_comparison_says_what_it_changes() -> None:
    """The last of three requests is done after 63 ms; together all are, after 33."""
    streams = [{**CHAT, "name": name, "deadline_ms": 60} for name in "abc"]
    found = compare(PROFILE, {"streams": streams}, (POLICY, "fcfs"), (0,), 1, effects=BATCHING)
    (slices, _) = found.effects
    assert (slices.effect, slices.off, slices.on) == (BATCHING, 1 / 3, 0)


def test_a_finished_slice_says_its_place() -> None:
    """Only where it was asked for are there more fields than in other runs."""
    assert {len(event) for event in journal(run()) if event[0] == FINISHED} == {13}
    assert {len(event) for event in journal(run("")) if event[0] == FINISHED} == {11}
