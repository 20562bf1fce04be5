"""What holds for the figures of every run, whatever its streams, policy and commands."""

import math
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import simulate
from emulator.journal import Event
from emulator.metrics import Metrics
from emulator.protocol import Decoder, encode
from emulator.result import RunResult
from emulator.scenario import Scenario
from emulator.snapshot import Snapshot, from_wire
from tests.emulator import journals
from tests.emulator.journals import CAM, CHAT, MS, NPC, PACE
from tests.emulator.strategies import examples

DOOR: dict[str, object] = {
    "name": "door",
    "period_ms": 40,
    "stages": [
        {"name": "detect", "model": "blur", "probability": 0.7},
        {"name": "read", "model": "asr", "after": ["detect"], "probability": 0.5},
        {"name": "note", "model": "blur", "after": ["read"], "deadline_ms": 60},
    ],
}
STREAMS: tuple[dict[str, object], ...] = (
    {**CAM, "period_ms": "100/7"},
    {**CAM, "name": "cam-drop", "jitter_ms": 3, "late": "drop"},
    {"name": "asr", "model": "asr", "period_ms": 90},
    {**CHAT, "arrivals_ms": [0, 30, 250]},
    {**NPC, "period_ms": 200},
    {**NPC, "name": "npc-loop", "period_ms": 150, "deadline_ms": 140, "late": "drop"},
    DOOR,
)
POLICIES = ("fcfs", "static", "edf", "llf", "hybrid", "sjf/fastest-idle/drop-late/chunk-32")


@dataclass(frozen=True, slots=True)
class Case:
    """What is run: cut at its end or drained, perhaps with a swap of the policy."""

    streams: tuple[str, ...]
    policy: str
    swap: tuple[int, str, str] | None
    duration_s: str
    seed: int
    drain: bool

    def scenario(self) -> Scenario:
        """The streams by their names."""
        return journals.scenario(*(each for each in STREAMS if each["name"] in self.streams))

    def run(self) -> RunResult:
        """The engine's result."""
        return simulate(
            journals.profile(),
            self.scenario(),
            policy=self.policy,
            duration_s=self.duration_s,
            seed=self.seed,
            drain=self.drain,
            commands=[] if self.swap is None else [self.swap],
        )

    def metrics(self) -> Metrics:
        """Metrics that have seen nothing yet."""
        return Metrics(journals.profile(), self.scenario(), self.policy, seed=0)


NAMES = [str(stream["name"]) for stream in STREAMS]
CASES = st.builds(
    Case,
    streams=st.lists(st.sampled_from(NAMES), min_size=1, unique=True).map(tuple),
    policy=st.sampled_from(POLICIES),
    swap=st.none()
    | st.tuples(st.integers(0, 300 * MS), st.just("swap"), st.sampled_from(POLICIES)),
    duration_s=st.sampled_from(("0.05", "0.3", "0.5")),
    seed=st.integers(0, 5),
    drain=st.booleans(),
)


def events_of(result: RunResult) -> tuple[Event, ...]:
    """The journal, which was kept."""
    assert result.journal is not None
    return result.journal


def final(case: Case, result: RunResult) -> Snapshot:
    """The snapshot at the end of the run, from its journal in one piece."""
    followed = case.metrics()
    followed.feed(events_of(result))
    return followed.snapshot(result.end_ns, state="ended", speed=1.0, pace=PACE)


@given(CASES)
@settings(max_examples=examples(50))
def test_no_job_is_lost_or_counted_twice(case: Case) -> None:
    """Released = completed + dropped + skipped + in flight, for all and for every stream."""
    result = case.run()
    summary = result.summary
    for figures in (summary.overall, *summary.streams.values()):
        ended = figures.completed + figures.dropped + figures.skipped
        assert figures.released == ended + figures.running
        assert figures.missed <= figures.known <= figures.released
        assert figures.late + figures.dropped + figures.overdue == figures.missed
        causes = figures.hopeless + figures.backlog + figures.avoidable
        assert causes + figures.overdue == figures.missed
    assert summary.overall.released == len(result.jobs)


@given(CASES)
@settings(max_examples=examples(50))
def test_the_screen_and_the_summary_agree(case: Case) -> None:
    """Two readers of one journal find the same fates, streaks, freezes and utilization.

    All of the run lies within the window, so that even the frame gaps are the same.
    """
    result = case.run()
    view, summary = final(case, result), result.summary
    assert (view.missed, view.known) == (summary.overall.missed, summary.overall.known)
    for stream in view.streams:
        figures = summary.streams[stream.name]
        assert (stream.missed, stream.known) == (figures.missed, figures.known)
        assert (stream.dropped, stream.in_flight) == (figures.dropped, figures.running)
        assert stream.longest_streak == figures.longest_miss_streak
        assert stream.longest_freeze_ms == figures.longest_freeze_ms
        assert stream.frame_gap_p99_ms == figures.frame_gap_p99_ms
        assert stream.llm_targets_known == figures.llm_targets_known
        if figures.llm_target_attainment is not None:
            kept = figures.llm_target_attainment * figures.llm_targets_known
            assert math.isclose(stream.llm_targets_met, kept)
    for backend in view.backends:
        share = summary.utilization[backend.name]
        assert share is not None
        assert 0.0 <= share <= 1.0
        assert math.isclose(share, backend.busy_total)
        assert all(0.0 <= each <= 1.0 for each in backend.history)
    assert sum(each.missed for each in view.policies) == view.missed
    assert sum(each.known for each in view.policies) == view.known


@given(CASES)
@settings(max_examples=examples(50))
def test_a_job_waits_or_runs_all_its_life(case: Case) -> None:
    """Waited + ran = response of a miss, and nobody held the backends for longer than it waited."""
    for stream in final(case, case.run()).streams:
        miss = stream.last_miss
        if miss is not None:
            assert math.isclose(miss.waited_ms + miss.ran_ms, miss.response_ms, abs_tol=1e-6)
            assert sum(held for _, held in miss.behind) <= miss.waited_ms + 1e-6


@given(CASES)
@settings(max_examples=examples(30))
def test_nothing_waits_when_nothing_is_in_flight(case: Case) -> None:
    """Queues are never negative, and empty at the end of a drained run."""
    view = final(case, case.run())
    assert all(each.queue >= 0 for each in view.backends)
    if not sum(each.in_flight for each in view.streams):
        assert all(each.queue == 0 and not each.running for each in view.backends)


@given(CASES, st.lists(st.integers(0, 10_000), max_size=6))
@settings(max_examples=examples(30))
def test_looking_changes_nothing(case: Case, cuts: list[int]) -> None:
    """The last snapshot does not depend on how the journal was fed, or on earlier ones."""
    result = case.run()
    journal = events_of(result)
    followed = case.metrics()
    bounds = sorted({0, len(journal), *(cut % (len(journal) + 1) for cut in cuts)})
    for begin, end in pairwise(bounds):
        followed.feed(journal[begin:end])
        now_ns = journal[end - 1][1]
        assert isinstance(now_ns, int)
        followed.snapshot(now_ns, state="running", speed=1.0, pace=PACE)
    last = followed.snapshot(result.end_ns, state="ended", speed=1.0, pace=PACE)
    assert last == final(case, result)


@given(CASES)
@settings(max_examples=examples(30))
def test_a_snapshot_survives_the_wire(case: Case) -> None:
    """Packed, framed, unpacked and rebuilt it equals itself."""
    view = final(case, case.run())
    (message,) = Decoder().feed(encode({"t": "snapshot", "s": view}))
    raw = message["s"]
    assert isinstance(raw, tuple)
    assert from_wire(raw) == view
