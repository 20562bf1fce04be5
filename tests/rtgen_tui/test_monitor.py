"""Wishes of the user become commands of the protocol."""

import pytest

from emulator.snapshot import PolicyView, Snapshot
from rtgen_tui.live_run import SPEEDS
from rtgen_tui.monitor import Monitor
from rtgen_tui.session import FakeCore, RunRequest
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

REQUEST = RunRequest("laptop", "call", "edf", seed=7, speed=2.0)


async def started(core: FakeCore, request: RunRequest = REQUEST) -> Monitor:
    """A monitor whose core runs; what was sent so far is forgotten."""
    monitor = Monitor(lambda: core, request)
    await monitor.start()
    core.sent.clear()
    return monitor


async def test_starting_sends_the_request_as_it_is() -> None:
    """The first command is the requested run."""
    core = FakeCore()
    monitor = Monitor(lambda: core, REQUEST)
    await monitor.start()

    assert core.sent[0] == {
        "t": "start",
        "profile": "laptop",
        "scenario": "call",
        "policy": "edf",
        "seed": 7,
        "speed": 2.0,
        "paused": False,
        "effects": "",
        "live": None,
    }
    assert monitor.problem == ""


async def test_a_core_that_does_not_start_is_a_problem_not_a_traceback() -> None:
    """The reason is kept as a sentence."""
    core = FakeCore(refuses_to_start="no such program")
    monitor = Monitor(lambda: core, REQUEST)
    await monitor.start()

    assert monitor.problem == "no such program"


async def test_a_number_swaps_to_the_policy_at_that_place() -> None:
    """Keys count from 1, as the pick list on screen does."""
    snapshot = make_snapshot()
    core = FakeCore(snapshot)
    monitor = await started(core)
    await monitor.live.swap_number(2)

    assert core.sent == [{"t": "swap", "policy": snapshot.policies[1].name}]


async def test_a_number_beyond_the_list_is_refused_here() -> None:
    """Nothing is sent, and the user is told."""
    core = FakeCore(make_snapshot())
    monitor = await started(core)
    await monitor.live.swap_number(9)

    assert core.sent == []
    assert monitor.collect() == ["there is no policy 9"]


async def test_swapping_back_returns_to_the_policy_before() -> None:
    """What was active is learnt from snapshots, so a refused swap does not count."""
    core = FakeCore(make_snapshot(policy="fcfs"))
    monitor = await started(core)
    monitor.collect()
    core.latest = make_snapshot(policy="llf")
    monitor.collect()
    await monitor.live.swap_back()

    assert core.sent == [{"t": "swap", "policy": "fcfs"}]


async def test_a_new_run_forgets_the_policy_before() -> None:
    """There is nothing to swap back to in a run that has had one policy."""
    core = FakeCore(make_snapshot(run=1, policy="fcfs"))
    monitor = await started(core)
    monitor.collect()
    core.latest = make_snapshot(run=2, policy="llf")
    monitor.collect()
    await monitor.live.swap_back()

    assert core.sent == []


def snapshot_after(*swaps: str) -> Snapshot:
    """A run that began with the first policy and was swapped to the others in turn."""
    counts = {name: swaps[1:].count(name) for name in ("fcfs", "edf", "llf")}
    policies = tuple(
        PolicyView(name, "", name == swaps[-1], count, 0.0, 0, 0) for name, count in counts.items()
    )
    return make_snapshot(policy=swaps[-1], policies=policies)


async def test_the_digit_of_the_active_policy_sends_nothing() -> None:
    """A swap to what is active would only fill the log."""
    core = FakeCore(snapshot_after("fcfs"))
    monitor = await started(core)
    await monitor.live.swap_number(1)

    assert core.sent == []
    assert monitor.collect() == []


async def test_quick_keys_do_not_wait_for_a_snapshot() -> None:
    """Each key means what it would mean if the core had answered the one before at once."""
    core = FakeCore(snapshot_after("fcfs"))
    monitor = await started(core)
    for key in "3P3PPP":
        if key == "P":
            await monitor.live.swap_back()
        else:
            await monitor.live.swap_number(int(key))
        monitor.collect()

    assert [message["policy"] for message in core.sent] == [
        *("llf", "fcfs"), *("llf", "fcfs"), *("llf", "fcfs")
    ]  # fmt: skip
    assert monitor.collect() == []


async def test_a_snapshot_older_than_a_swap_corrects_nothing() -> None:
    """Of two swaps only one was made when the snapshot was: the second is still to come."""
    core = FakeCore(snapshot_after("fcfs"))
    monitor = await started(core)
    await monitor.live.swap("edf")
    await monitor.live.swap("llf")
    core.latest = snapshot_after("fcfs", "edf")
    monitor.collect()
    await monitor.live.swap("llf")
    core.latest = snapshot_after("fcfs", "edf", "llf")
    monitor.collect()
    await monitor.live.swap("llf")
    await monitor.live.swap_back()

    assert [message["policy"] for message in core.sent] == ["edf", "llf", "edf"]


async def test_a_refused_swap_is_as_if_it_was_never_asked_for() -> None:
    """Back means what it meant before, and the same wish may be tried again."""
    core = FakeCore(snapshot_after("fcfs"))
    monitor = await started(core)
    monitor.collect()
    core.latest = snapshot_after("fcfs", "edf")
    monitor.collect()
    await monitor.live.swap("no-such")
    core.refuse("there is no policy 'no-such'")
    monitor.collect()
    await monitor.live.swap("edf")
    await monitor.live.swap("no-such")
    core.refuse("there is no policy 'no-such'")
    monitor.collect()
    await monitor.live.swap_back()

    assert [message["policy"] for message in core.sent] == ["no-such", "no-such", "fcfs"]


async def test_a_swap_beside_a_refused_one_is_kept() -> None:
    """Whatever the core did of two wishes is what counts at the end."""
    core = FakeCore(snapshot_after("fcfs"))
    monitor = await started(core)
    await monitor.live.swap("edf")
    await monitor.live.swap("no-such")
    core.refuse("there is no policy 'no-such'")
    monitor.collect()
    core.latest = snapshot_after("fcfs", "edf")
    monitor.collect()
    await monitor.live.swap("edf")
    await monitor.live.swap_back()

    assert [message["policy"] for message in core.sent] == ["edf", "no-such", "fcfs"]


async def test_a_swap_that_was_not_sent_was_not_asked_for() -> None:
    """The core was gone: the next run has the policy of this one."""
    core = FakeCore(snapshot_after("fcfs"))
    monitor = await started(core)
    core.alive = False
    await monitor.live.swap("edf")
    core.alive = True
    await monitor.new_run()

    assert core.sent[-1]["policy"] == "fcfs"


async def test_faster_and_slower_walk_the_speeds_and_stop_at_the_ends() -> None:
    """From x2 up is x5; the ends stay."""
    core = FakeCore()
    monitor = await started(core)
    await monitor.live.faster()
    for _ in SPEEDS:
        await monitor.live.slower()
    await monitor.live.set_speed(1.0)

    sent = [message["speed"] for message in core.sent]
    assert sent == [5.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 1.0]


async def test_pause_and_resume_take_turns() -> None:
    """The wish counts, not the snapshot, which may be a tenth of a second old."""
    core = FakeCore(make_snapshot())
    monitor = await started(core)
    await monitor.live.pause()
    await monitor.live.pause()

    assert core.sent == [{"t": "pause"}, {"t": "resume"}]


async def test_a_step_pauses_a_running_engine_first() -> None:
    """Stepping twice pauses once."""
    core = FakeCore()
    monitor = await started(core)
    await monitor.live.step()
    await monitor.live.step()

    assert core.sent == [{"t": "pause"}, {"t": "step"}, {"t": "step"}]


async def test_frozen_screens_keep_their_snapshot_while_the_core_goes_on() -> None:
    """Freezing holds what is shown; the newest is still known."""
    first, second = make_snapshot(), make_snapshot(t_ns=135_000_000_000)
    core = FakeCore(first)
    monitor = await started(core)
    monitor.freeze()
    core.latest = second

    shown, latest = monitor.shown, monitor.latest
    assert shown is not None
    assert latest is not None
    assert (shown.t_ns, latest.t_ns) == (first.t_ns, second.t_ns)
    monitor.freeze()
    assert monitor.shown is monitor.latest


async def test_the_rate_is_sent_once_per_change_and_never_above_the_limit() -> None:
    """The core sends at most 30 snapshots a second."""
    core = FakeCore()
    monitor = await started(core)
    for hz in (10.0, 10.0, 60.0):
        await monitor.set_rate(hz)

    assert core.sent == [{"t": "rate", "hz": 10.0}, {"t": "rate", "hz": 30.0}]


async def test_a_dead_core_leaves_the_last_snapshot_and_the_reason() -> None:
    """The picture outlives the process."""
    snapshot = make_snapshot()
    core = FakeCore(snapshot)
    monitor = await started(core)
    core.die("killed by signal 9")

    assert monitor.collect() == []
    assert monitor.problem == "killed by signal 9"
    assert monitor.shown == snapshot._replace(state="ended")


async def test_commands_to_a_dead_core_are_answered_with_a_sentence() -> None:
    """Nothing is raised, before the death was noticed or after."""
    core = FakeCore(make_snapshot())
    monitor = await started(core)
    core.alive = False
    await monitor.live.pause()
    unnoticed = monitor.collect()
    await monitor.live.pause()
    noticed = monitor.collect()

    assert unnoticed == ["the core is gone"]
    assert noticed == ["there is no core; enter starts a new one"]


async def test_commands_before_the_core_runs_are_answered_with_a_sentence() -> None:
    """A quick key must not reach a core that has no run yet."""
    core = FakeCore()
    monitor = Monitor(lambda: core, REQUEST)
    await monitor.live.pause()

    assert core.sent == []
    assert monitor.collect() == ["the core is still starting"]


async def test_a_restart_keeps_policy_and_speed() -> None:
    """The new core goes on with what was on screen, on the same profile, scenario and seed."""
    cores = [FakeCore(make_snapshot(policy="llf")), FakeCore()]
    waiting = iter(cores)
    monitor = Monitor(lambda: next(waiting), REQUEST)
    await monitor.start()
    await monitor.live.set_speed(10.0)
    cores[0].die("crashed")
    monitor.collect()
    await monitor.restart()

    assert cores[0].closed
    assert monitor.problem == ""
    start = cores[1].sent[0]
    assert (start["policy"], start["speed"], start["seed"]) == ("llf", 10.0, 7)


async def test_a_new_run_changes_only_what_is_given() -> None:
    """Another seed keeps profile and scenario."""
    core = FakeCore()
    monitor = await started(core)
    await monitor.new_run(seed=8)

    assert core.sent == [{**REQUEST.command(), "seed": 8}]


@pytest.mark.parametrize(("t_ns", "over"), [(1_999_999_999, False), (2_000_000_000, True)])
async def test_a_run_is_over_when_its_virtual_duration_has_passed(t_ns: int, over: bool) -> None:
    """The duration counts virtual time, so that speed does not change what is seen."""
    request = RunRequest("laptop", "call", "edf", duration_s=2.0)
    monitor = await started(FakeCore(make_snapshot(t_ns=t_ns)), request)

    assert monitor.is_over is over
