"""A file without keyframes is played once in quiet moments, so that later seeks are short."""

from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.serving.clock import ManualClock
from emulator.serving.replay import PATIENCE_NS, Replay, ReplayRequest
from emulator.serving.replay_scout import PAUSE_NS
from emulator.session import tape as tape_module
from emulator.session.origin import Origin
from emulator.session.virtual_recording import VirtualRecording
from emulator.simulation import simulate
from tests.emulator.paced_fakes import MS, S
from tests.emulator.recorded_runs import PROFILE, SCENARIO, compared, replayed, seen_at

LENGTH_S = 36


def record(path: Path, *, keyframes: bool) -> Path:
    """36 s of a run, recorded without a screen."""
    run = Origin(load_profile(PROFILE), load_scenario(SCENARIO), "edf", duration_ns=LENGTH_S * S)
    with VirtualRecording(path, run, keyframes=keyframes) as recording:
        result = simulate(
            PROFILE, SCENARIO, duration_s=LENGTH_S, journal=False, on_events=recording.take
        )
        recording.close(result.end_ns)
    return path


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without keyframes."""
    return record(tmp_path_factory.mktemp("scout") / "bare.rtgen", keyframes=False)


def opened(path: Path, clock: ManualClock) -> Replay:
    """Paused at its start."""
    replay = Replay(ReplayRequest(str(path), paused=True), 1, clock)
    assert replay.is_settled
    return replay


def scout_all(replay: Replay) -> int:
    """Let it come to its end; in how many pieces."""
    pieces = 0
    while replay.tend(None) is not None:
        pieces += 1
    return pieces


def test_after_the_pass_every_seek_is_short(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It plays a few seconds of the run, whose picture is the one that playing it all gives."""
    with closing(opened(bare, ManualClock())) as replay, closing(replayed(bare)) as straight:
        scout_all(replay)
        fed: list[int] = []
        drain = tape_module.Tape.drain

        def counting(tape: tape_module.Tape) -> object:
            events = drain(tape)
            fed.extend(int(str(event[1])) for event in events)
            return events

        for t_ns in (35 * S, 3 * S, 29 * S, 12 * S):
            right = seen_at(straight, t_ns)
            with monkeypatch.context() as patched:
                patched.setattr(tape_module.Tape, "drain", counting)
                assert seen_at(replay, t_ns) == right
            assert max(fed) - min(fed) < 11 * S
            fed.clear()


def test_it_works_in_pieces(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them takes the core for long."""
    clock = ManualClock()
    with closing(opened(bare, clock)) as replay:
        drain = tape_module.Tape.drain

        def slow(tape: tape_module.Tape) -> object:
            clock.move_to(clock.now_ns() + MS)
            return drain(tape)

        monkeypatch.setattr(tape_module.Tape, "drain", slow)
        times = [clock.now_ns()]
        while replay.tend(None) is not None:
            times.append(clock.now_ns())

    assert len(times) > 100
    assert max(then - first for first, then in pairwise(times)) <= 3 * MS


def test_what_is_due_goes_before_it(bare: Path) -> None:
    """But it never waits for ever."""
    clock = ManualClock()
    with closing(opened(bare, clock)) as replay:
        latest_ns = replay.tend(clock.now_ns() + MS)
        assert latest_ns == clock.now_ns() + PAUSE_NS
        assert replay.tend(clock.now_ns() + MS) == latest_ns
        clock.move_to(latest_ns)
        assert replay.tend(clock.now_ns() + MS) == clock.now_ns()


def test_it_makes_use_of_what_the_replay_has_played(bare: Path) -> None:
    """Nothing is left to do after a replay to the end."""
    with closing(opened(bare, ManualClock())) as replay:
        seen_at(replay, LENGTH_S * S)
        assert replay._scout is not None
        replay.tend(None)
        assert replay._scout._tape.now_ns > 30 * S


def test_a_file_with_keyframes_needs_none(tmp_path: Path) -> None:
    """There is nothing to come back for."""
    path = record(tmp_path / "a.rtgen", keyframes=True)
    with closing(opened(path, ManualClock())) as replay:
        assert replay.tend(None) is None


def test_a_long_way_is_shown(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After half a second, place by place, each as playing it shows it."""
    clock = ManualClock()
    with closing(opened(bare, clock)) as replay, closing(replayed(bare)) as straight:
        drain = tape_module.Tape.drain

        def slow(tape: tape_module.Tape) -> object:
            clock.move_to(clock.now_ns() + 20 * MS)
            return drain(tape)

        with monkeypatch.context() as patched:
            patched.setattr(tape_module.Tape, "drain", slow)
            replay.seek(30 * S)
            hidden = replay.is_visible
            while clock.now_ns() < PATIENCE_NS:
                replay.turn()
        assert (hidden, replay.is_visible, replay.is_settled) == (False, True, False)
        on_the_way = compared(replay.snapshot())
        assert 0 < on_the_way.t_ns < 30 * S
        assert on_the_way == seen_at(straight, on_the_way.t_ns)
