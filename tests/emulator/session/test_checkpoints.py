"""States that are kept in memory are found by time, and never take more memory than they may."""

from pathlib import Path

import pytest

from emulator.metrics import Metrics
from emulator.serving.replay import metrics_of
from emulator.session import SessionReader
from emulator.session.checkpoints import Checkpoints
from emulator.session.records import Keyframe
from emulator.session.tape import Tape
from emulator.snapshot import Pace, Snapshot
from tests.emulator.session.sessions import NS_PER_S
from tests.emulator.session.steered import ran, write

PACE = Pace(0.0, 0.0, 0.0, 1.0, keeps_pace=True)
LENGTH_S = 40


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session without keyframes."""
    path = tmp_path_factory.mktemp("bare") / "bare.rtgen"
    return write(path, ran(until_s=LENGTH_S))


def shown(metrics: Metrics, t_ns: int) -> Snapshot:
    """What is on the screen."""
    return metrics.snapshot(t_ns, state="paused", speed=1.0, pace=PACE)


def played(tape: Tape, t_ns: int) -> None:
    """Moved there from wherever it is, as a replay does it: in strides."""
    while (next_ns := tape.next_event_ns) is not None and next_ns <= t_ns:
        tape.advance(min(t_ns, next_ns + NS_PER_S))
        tape.drain()


def test_the_last_state_before_a_time_is_found() -> None:
    """In whatever order they came."""
    kept = Checkpoints()
    for t_ns in (30, 10, 20):
        kept.add(Keyframe(t_ns, t_ns * 2, (t_ns,)))

    assert kept.before(9) is None
    assert kept.before(20) == Keyframe(20, 40, (20,))
    assert kept.before(29) == Keyframe(20, 40, (20,))
    assert kept.last_ns == 30


def test_memory_is_bounded_by_longer_steps() -> None:
    """Where they are too many every second one goes, and the next ones keep that distance."""
    kept = Checkpoints(spacing_ns=1, max_bytes=1000)
    for t_ns in range(100):
        kept.add(Keyframe(t_ns, t_ns, b"0" * 97))

    assert len(kept) <= 10
    assert kept.spacing_ns > 8
    assert kept.before(0) is not None


def test_what_cannot_be_packed_is_left_out() -> None:
    """A seek then goes to the state before it."""
    kept = Checkpoints()
    kept.add(Keyframe(1, 1, (2**70,)))

    assert kept.before(5) is None


def test_a_tape_keeps_states_while_it_plays(bare: Path) -> None:
    """No place is far away then, and every one shows what playing from the start shows."""
    with SessionReader(bare, scan=True) as reader:
        played_once, fresh = metrics_of(reader), metrics_of(reader)
        kept = Checkpoints(spacing_ns=2 * NS_PER_S)
        tape, straight = Tape(reader, played_once, kept), Tape(reader, fresh)
        far_ns = 39 * NS_PER_S
        assert tape.distance_ns(far_ns) == far_ns
        played(tape, far_ns)

        assert len(kept) >= LENGTH_S // 5
        for at_s in (39, 3, 17, 28, 8, 38):
            t_ns = at_s * NS_PER_S
            assert tape.distance_ns(t_ns) < 4 * NS_PER_S
            tape.seek(t_ns)
            straight.seek(0)
            played(tape, t_ns)
            played(straight, t_ns)
            assert shown(played_once, t_ns) == shown(fresh, t_ns)
        assert tape.problems == ()


def test_tapes_share_their_states(bare: Path) -> None:
    """What one has played, the other need not."""
    with SessionReader(bare, scan=True) as reader:
        kept = Checkpoints(spacing_ns=2 * NS_PER_S)
        first, second = (Tape(reader, metrics_of(reader), kept) for _ in range(2))
        played(first, 30 * NS_PER_S)
        known = len(kept)
        second.seek(30 * NS_PER_S)
        assert second.now_ns > 26 * NS_PER_S
        second.seek(0)
        played(second, 30 * NS_PER_S)

        assert len(kept) == known


def test_states_before_a_gap_are_not_used_behind_it(tmp_path: Path) -> None:
    """Nothing is known there without a keyframe of the file."""
    path = write(tmp_path / "gap.rtgen", ran(until_s=LENGTH_S), size=200, leave_out=[3])
    with SessionReader(path, scan=True) as reader:
        (gap,) = reader.gaps
        kept = Checkpoints(spacing_ns=NS_PER_S)
        tape = Tape(reader, metrics_of(reader), kept)
        played(tape, LENGTH_S * NS_PER_S)

    assert len(kept) > 1
    assert kept.last_ns is not None
    assert kept.last_ns <= gap.t_begin_ns
