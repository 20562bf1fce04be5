"""Keyframes: metrics go on from a state as if they had seen everything before it."""

import random
from collections.abc import Sequence
from itertools import pairwise

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import journal, simulate
from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.commands import AddStreams, ChangeStream
from emulator.journal import Event
from emulator.metrics import JournalError, Metrics
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.serving.emulation import with_name
from emulator.simulation import TimedCommand
from emulator.snapshot import Snapshot
from tests.emulator import journals
from tests.emulator.journals import CAM, CHAT, MS, NPC, NPU, ONE_LATE, PACE, ns
from tests.emulator.strategies import examples
from tests.emulator.test_metrics_properties import CASES, Case, events_of

OFFERED = [("edf", "earliest first"), ("llf", "least laxity")]
RUN_S = 3
SCENARIOS = ("video-call", "game-npc", "call-and-game", "overload", "xr-ar-gaming")


def through_a_file(state: object) -> tuple[object, ...]:
    """What msgpack gives back."""
    tree: tuple[object, ...] = msgpack.unpackb(msgpack.packb(state), use_list=False)
    return tree


def view(metrics: Metrics, now_ns: int) -> Snapshot:
    """The snapshot of an instant."""
    return metrics.snapshot(now_ns, state="running", speed=1.0, pace=PACE)


def instant(event: Event) -> int:
    """When it happened."""
    assert isinstance(event[1], int)
    return event[1]


class Run:
    """A journal with what it takes to follow it."""

    def __init__(self, profile: Profile, scenario: Scenario, events: Sequence[Event]) -> None:
        self.profile = profile
        self.scenario = scenario
        self.events = events

    def fresh(self) -> Metrics:
        """Metrics that have seen nothing."""
        return Metrics(self.profile, self.scenario, "edf", seed=7, policies=OFFERED)

    def followed(self, until: int, *, looking: bool = False) -> Metrics:
        """Metrics that have seen so many events, and perhaps shown them now and then."""
        metrics = self.fresh()
        for begin in range(0, until, 50):
            metrics.feed(self.events[begin : min(begin + 50, until)])
            if looking:
                view(metrics, instant(self.events[min(begin + 50, until) - 1]))
        return metrics

    def check_from(self, cut: int, *, looking: bool) -> None:
        """The snapshots after a keyframe are those of the undisturbed metrics."""
        undisturbed = self.followed(cut, looking=looking)
        state = through_a_file(undisturbed.state())
        restored = self.fresh()
        restored.restore(state)
        assert through_a_file(restored.state()) == state
        steps = range(cut, len(self.events), 1 + (len(self.events) - cut) // 5)
        if cut:
            now_ns = instant(self.events[cut - 1])
            assert view(restored, now_ns) == view(undisturbed, now_ns)
        for begin, end in pairwise((*steps, len(self.events))):
            for metrics in (undisturbed, restored):
                metrics.feed(self.events[begin:end])
            now_ns = instant(self.events[end - 1])
            assert view(restored, now_ns) == view(undisturbed, now_ns)
        last_ns = instant(self.events[-1]) + 300 * MS if self.events else 0
        assert view(restored, last_ns) == view(undisturbed, last_ns)


def bundled(name: str) -> Run:
    """A short run with everything that a user can do to it."""
    scenario = load_scenario(name)
    profile = load_profile(profile_of(scenario))
    first, last = scenario.streams[0], scenario.streams[-1]
    commands: list[TimedCommand] = [
        (700 * MS, AddStreams((with_name(first, "by-command"),))),
        (300 * MS, "swap", "llf"),
        (500 * MS, "mark", "second speaker"),
        (1000 * MS, "stop_stream", first.name),
        (1300 * MS, ChangeStream(last.name, last.model_copy(update={"deadline_ms": "none"}))),
        (1500 * MS, "swap", "fcfs"),
        (1800 * MS, "start_stream", first.name),
        (2500 * MS, "swap", "sjf/fastest-idle/drop-late/chunk-32"),
    ]
    result = simulate(profile, scenario, "edf", duration_s=RUN_S, seed=3, commands=commands)
    return Run(profile, scenario, events_of(result))


@pytest.fixture(scope="module", params=SCENARIOS)
def short_run(request: pytest.FixtureRequest) -> Run:
    """One of the bundled scenarios."""
    return bundled(str(request.param))


def test_a_bundled_run_goes_on_from_any_keyframe(short_run: Run) -> None:
    """With swaps, a stream that stops and starts, one by command, and a marker around it."""
    kinds = {event[0] for event in short_run.events}
    assert {journal.POLICY, journal.MARKER, journal.STREAM_STOPPED} <= kinds
    rng = random.Random(1)  # noqa: S311 - seeded
    for number in range(4):
        short_run.check_from(rng.randrange(len(short_run.events)), looking=number % 2 == 0)


@given(CASES, st.integers(0, 10_000), st.booleans())
@settings(max_examples=examples(60))
def test_any_run_goes_on_from_any_keyframe(case: Case, cut: int, looking: bool) -> None:
    """Whatever its streams, policy and commands."""
    events = events_of(case.run())
    run = Run(journals.profile(), case.scenario(), events)
    run.check_from(cut % (len(events) + 1), looking=looking)


def test_a_long_run_goes_on_after_its_window_and_its_histories() -> None:
    """Samples and marks have been forgotten by then, here and there the same ones."""
    scenario = journals.scenario(
        {**CAM, "period_ms": 250}, {**CHAT, "arrivals_ms": [0, 5000, 71_000]}, NPC
    )
    result = simulate(journals.profile(), scenario, "edf", duration_s=90)
    run = Run(journals.profile(), scenario, events_of(result))
    for cut in (100, 2000, len(run.events) * 4 // 5):
        run.check_from(cut, looking=cut == 2000)


def test_taking_a_state_changes_nothing(short_run: Run) -> None:
    """Not even what is only noticed when somebody looks."""
    alone, watched = short_run.fresh(), short_run.fresh()
    for begin in range(0, len(short_run.events), 100):
        for metrics in (alone, watched):
            metrics.feed(short_run.events[begin : begin + 100])
        assert watched.state() == watched.state()
    end_ns = instant(short_run.events[-1])
    assert view(watched, end_ns) == view(alone, end_ns)


def test_nothing_has_a_state_too() -> None:
    """A keyframe may come before the first event."""
    Run(journals.profile(), journals.scenario(CAM), []).check_from(0, looking=False)


def test_an_overdue_job_that_ended_in_time_is_still_explained() -> None:
    """A journal that says so contradicts itself; what is shown does not depend on a keyframe."""
    scenario = journals.scenario(CAM)
    events = [
        *journals.begin(scenario),
        journals.released(0, 0, 0, 10),
        *journals.ran(12, 18, 0, 0, NPU),
        journals.completed(18, 0, 0, "met"),
        journals.released(20, 0, 1, 30),
    ]
    run = Run(journals.profile(), scenario, events)
    for cut in range(len(events) + 1):
        run.check_from(cut, looking=False)


def test_a_state_does_not_grow_with_the_run() -> None:
    """Twice the jobs make no larger keyframe."""
    followed = journals.metrics(journals.scenario(CAM))
    sizes = []
    for job in range(6000):
        at = 10 * job
        followed.feed(
            [
                journals.released(at, 0, job, at + 10),
                *journals.ran(at, at + 6, 0, job, NPU),
                journals.completed(at + 6, 0, job),
            ]
        )
        if job in (2999, 5999):
            sizes.append(len(msgpack.packb(followed.state())))
    assert sizes[1] < 1.1 * sizes[0]


def test_restoring_forgets_what_was_seen_before() -> None:
    """A replay seeks back and forth with one metrics object."""
    given_scenario = journals.scenario(CAM)
    other = journals.metrics(given_scenario, [journals.released(0, 0, 7, 10)])
    state = journals.metrics(given_scenario, ONE_LATE).state()
    other.restore(state)
    assert view(other, ns(30)) == journals.snapshot(given_scenario, ONE_LATE, 30)


# --- states from elsewhere


def test_a_state_of_something_else_is_refused_and_changes_nothing() -> None:
    """One sentence, and the metrics are what they were."""
    state = bundled("video-call").followed(500).state()
    given_scenario = journals.scenario(CAM)
    followed = journals.metrics(given_scenario, ONE_LATE)
    with pytest.raises(JournalError, match="keyframe does not fit") as caught:
        followed.restore(state)
    assert "\n" not in str(caught.value)
    assert view(followed, ns(30)) == journals.snapshot(given_scenario, ONE_LATE, 30)


def test_a_later_version_is_refused_by_its_number() -> None:
    """Rather than by the first thing in it that is new."""
    followed = journals.metrics(journals.scenario(CAM))
    now_ns, (_, *rest) = followed.state()
    with pytest.raises(JournalError, match="version 99"):
        followed.restore((now_ns, (99, *rest)))


JUNK: tuple[object, ...] = (
    *(None, True, -1, 0, 1, 2, 3, 10**18, -(10**18), 1.5, float("nan"), float("inf")),
    *("", "npu", b"", b"\x00" * 9, b"\x00" * 8 + b"\x01" * 40, (), (1,), ((),), {}, {"a": 1}),
)


def mutated(tree: object, rng: random.Random) -> object:
    """The tree with one leaf or branch replaced, left out, doubled or exchanged."""
    if isinstance(tree, dict) and tree and rng.random() < 0.8:
        key = rng.choice(list(tree))
        return {**tree, key: mutated(tree[key], rng)}
    if not isinstance(tree, tuple) or not tree or rng.random() < 0.05:
        if isinstance(tree, int) and rng.random() < 0.3:
            return tree + rng.choice((-1, 1, 1000))
        return rng.choice(JUNK)
    at = rng.randrange(len(tree))
    kind = rng.random()
    if kind < 0.85:
        return (*tree[:at], mutated(tree[at], rng), *tree[at + 1 :])
    if kind < 0.9:
        return tree[:at] + tree[at + 1 :]
    if kind < 0.95:
        return (*tree, tree[at])
    return (*tree[at:], *tree[:at])


def use(run: Run, tree: object, cut: int) -> bool:
    """Whether the tree was taken; then some events and snapshots follow."""
    metrics = run.fresh()
    try:
        metrics.restore(tree)  # type: ignore[arg-type]  # whatever a file holds
    except JournalError:
        return False
    try:
        view(metrics, instant(run.events[cut - 1]))
        metrics.feed(run.events[cut : cut + 300])
        view(metrics, instant(run.events[min(cut + 300, len(run.events)) - 1]))
        metrics.state()
    except JournalError:
        pass
    return True


def test_a_corrupt_state_raises_one_kind_of_error(short_run: Run) -> None:
    """When it is restored, or when what was restored is used: nothing else comes out."""
    rng = random.Random(2)  # noqa: S311 - seeded
    taken = []
    for cut in (60, len(short_run.events) // 2, len(short_run.events) * 9 // 10):
        tree = through_a_file(short_run.followed(cut).state())
        assert use(short_run, tree, cut)
        taken += [use(short_run, mutated(tree, rng), cut) for _ in range(examples(60))]
    assert True in taken
    assert False in taken
