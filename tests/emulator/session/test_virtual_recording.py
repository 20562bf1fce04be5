"""A run in virtual time is recorded whole, beside its result, and an existing file is safe."""

import errno
from pathlib import Path

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.errors import UserError
from emulator.metrics import Metrics
from emulator.policies import find_policy, headline
from emulator.result import RunResult
from emulator.session import SessionReader, virtual_recording
from emulator.session.file import SessionFile
from emulator.session.origin import Origin
from emulator.session.replayed import finished_run
from emulator.session.rotation import NEVER, Rotation
from emulator.session.verify import verify
from emulator.session.virtual_recording import VirtualRecording
from emulator.simulation import simulate
from emulator.snapshot import Pace
from tests.emulator.session.sessions import NS_PER_S, PROFILE, SCENARIO

PACE = Pace(0.0, 0.0, 0.0, 1.0, keeps_pace=True)
DURATION_S = 25
FAILS_LATER = """
from emulator.policies import Run

class FailsLater:
    def decide(self, now_ns, ready, backends):
        if now_ns > 10 * 10**9:
            raise RuntimeError("no idea")
        idle = {backend.index for backend in backends if backend.idle}
        for each in ready:
            if each.backends[0] in idle:
                idle.remove(each.backends[0])
                yield Run(each, each.backends[0])
"""


def to_record(policy: str = "edf") -> Origin:
    """The small run."""
    return Origin(
        load_profile(PROFILE),
        load_scenario(SCENARIO),
        policy,
        seed=3,
        duration_ns=DURATION_S * NS_PER_S,
    )


def record(
    path: Path,
    rotation: Rotation = NEVER,
    *,
    commands: tuple[tuple[int, str, str], ...] = (),
    keyframes: bool | None = None,
    policy: str = "edf",
) -> tuple[RunResult, VirtualRecording]:
    """The small run, recorded."""
    run = to_record(policy)
    with VirtualRecording(path, run, rotation=rotation, keyframes=keyframes) as recording:
        result = simulate(
            PROFILE,
            SCENARIO,
            policy,
            seed=3,
            duration_s=DURATION_S,
            commands=commands,
            on_events=recording.take,
        )
        recording.close(result.end_ns)
    return result, recording


def test_file_holds_the_run(tmp_path: Path) -> None:
    """Its events are those of the result, its end is clean, and it can be simulated again."""
    result, recording = record(tmp_path / "a.rtgen")

    with SessionReader(tmp_path / "a.rtgen") as reader:
        assert tuple(reader.events()) == result.journal
        assert reader.check()
        assert reader.t_end_ns == result.end_ns
        assert verify(reader).difference is None
    assert recording.problem == ""


def test_result_of_the_file_is_that_of_the_run(tmp_path: Path) -> None:
    """Jobs and summary come out of the file as they came out of the run."""
    result, _ = record(tmp_path / "a.rtgen", commands=((NS_PER_S, "swap", "llf"),))
    found = finished_run(tmp_path / "a.rtgen")

    assert found.result.jobs == result.jobs
    assert found.result.summary == result.summary
    assert found.problems == found.notes == ()


def test_keyframes_come_every_ten_seconds_and_after_swaps(tmp_path: Path) -> None:
    """If they are asked for. A reader can go on from each of them."""
    path = tmp_path / "a.rtgen"
    record(path, commands=((4 * NS_PER_S, "swap", "fcfs"),), keyframes=True)
    run = to_record()

    def fresh() -> Metrics:
        return Metrics(run.profile, run.scenario, "edf", seed=3, policies=headline())

    with SessionReader(path) as reader:
        begins_s = [place.t_ns / NS_PER_S for place in reader.keyframes]
        frame = reader.keyframe_before(18 * NS_PER_S)
        assert frame is not None
        jumped, played = fresh(), fresh()
        jumped.restore(frame.state)  # type: ignore[arg-type]
        jumped.feed(list(reader.events(until_ns=18 * NS_PER_S, first=frame.first_event)))
        played.feed(list(reader.events(until_ns=18 * NS_PER_S)))

    def shown(metrics: Metrics) -> object:
        return metrics.snapshot(18 * NS_PER_S, state="ended", speed=1.0, pace=PACE)

    assert len(begins_s) == 2
    assert begins_s[0] == pytest.approx(5, abs=1.1)
    assert begins_s[1] == pytest.approx(15, abs=1.2)
    assert shown(jumped) == shown(played)


def test_file_has_no_keyframes_unless_others_follow(tmp_path: Path) -> None:
    """What they are made of costs half as much as the run; a file from mid-run needs them."""
    record(tmp_path / "one.rtgen", commands=((4 * NS_PER_S, "swap", "fcfs"),))
    record(tmp_path / "many.rtgen", Rotation(span_ns=20 * NS_PER_S))

    with SessionReader(tmp_path / "one.rtgen", scan=True) as reader:
        assert reader.keyframes == ()
    with SessionReader(tmp_path / "many.rtgen", scan=True) as reader:
        assert len(reader.keyframes) == 1


def test_rotation_goes_on_in_files_that_stand_alone(tmp_path: Path) -> None:
    """Each begins where the last one ended, with a keyframe, and is verified by itself."""
    result, recording = record(tmp_path / "a.rtgen", Rotation(span_ns=8 * NS_PER_S))
    names = [path.name for path in recording.paths]
    events = []

    assert names == ["a.rtgen", "a-2.rtgen", "a-3.rtgen", "a-4.rtgen"]
    for number, path in enumerate(recording.paths):
        with SessionReader(path, scan=True) as reader:
            events += list(reader.events())
            assert reader.clean
            assert verify(reader).difference is None
            if number:
                assert reader.keyframes[0].first_event == reader.header.begins_event
    assert tuple(events) == result.journal


def test_files_after_the_first_know_what_was_done_before(tmp_path: Path) -> None:
    """Commands and failures of policies stand in their headers, so each is verified by itself."""
    (tmp_path / "fails_later.py").write_text(FAILS_LATER)
    policy = find_policy(f"{tmp_path / 'fails_later.py'}:FailsLater").name
    commands = ((3 * NS_PER_S, "stop_stream", "cam"), (5 * NS_PER_S, "start_stream", "cam"))
    _, recording = record(
        tmp_path / "a.rtgen", Rotation(span_ns=8 * NS_PER_S), commands=commands, policy=policy
    )

    inputs = []
    for path in recording.paths:
        with SessionReader(path) as reader:
            assert verify(reader).difference is None
            inputs.append([name for _, name, _ in reader.header.inputs])
    assert inputs[0] == []
    assert inputs[-1] == ["stop-stream", "start-stream", "fail-policy"]


def test_rotation_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is left soon after it has the size."""
    monkeypatch.setattr(virtual_recording, "CHUNK_EVENTS", 64)
    _, recording = record(tmp_path / "a.rtgen", Rotation(size_bytes=6000))

    assert len(recording.paths) > 1
    with SessionReader(recording.paths[0]) as reader:
        assert reader.end is not None


def test_existing_file_is_left_alone(tmp_path: Path) -> None:
    """It is refused in one sentence, unless it is to be replaced."""
    path = tmp_path / "a.rtgen"
    path.write_text("mine")

    with pytest.raises(UserError, match=r"a\.rtgen exists already.*--force"):
        VirtualRecording(path, to_record())
    assert path.read_text() == "mine"
    with VirtualRecording(path, to_record(), overwrite=True) as recording:
        recording.close(0)
    with SessionReader(path) as reader:
        assert reader.clean


@pytest.mark.parametrize("name", ["no/such/folder.rtgen", "zero\0.rtgen", "."])
def test_file_that_cannot_be_made(name: str, tmp_path: Path) -> None:
    """The sentence names it."""
    with pytest.raises(UserError, match=r"cannot be written|exists already"):
        VirtualRecording(tmp_path / name, to_record())


def test_run_that_never_began_leaves_no_file(tmp_path: Path) -> None:
    """A scenario that does not fit its profile is said without leaving an empty recording."""
    path = tmp_path / "a.rtgen"
    with pytest.raises(UserError), VirtualRecording(path, to_record()) as recording:
        simulate({"backends": ["cpu"], "models": {}}, SCENARIO, on_events=recording.take)

    assert not path.exists()


def test_full_file_ends_the_recording_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a rotation there is nothing that a further file could begin with."""
    monkeypatch.setattr("emulator.session.file.MAX_CHUNKS", 2)
    _, recording = record(tmp_path / "a.rtgen")

    assert [path.name for path in recording.paths] == ["a.rtgen"]
    assert "as many chunks as can be read" in recording.problem
    with SessionReader(tmp_path / "a.rtgen", scan=True) as reader:
        assert len(reader.spans) == 2
        assert reader.end is not None


def test_interrupted_run_is_kept(tmp_path: Path) -> None:
    """What was recorded before an interruption is closed and can be read."""
    path = tmp_path / "a.rtgen"

    def interrupt(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    recording = VirtualRecording(path, to_record())
    with pytest.raises(KeyboardInterrupt), recording:
        simulate(PROFILE, SCENARIO, on_events=recording.take, on_progress=interrupt)

    with SessionReader(path) as reader:
        assert reader.end is not None
        assert reader.end.reason == "ended by KeyboardInterrupt"
        assert list(reader.events())


def test_full_disk_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on, the problem says when and why, and what was written can be read."""
    written = SessionFile.append
    chunks = 0

    def fills_up(self: SessionFile, chunk: object) -> None:
        nonlocal chunks
        chunks += 1
        if chunks > 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(self, chunk)  # type: ignore[arg-type]

    monkeypatch.setattr(SessionFile, "append", fills_up)
    result, recording = record(tmp_path / "a.rtgen")

    assert len(result.jobs) > 100
    assert "No space left on device" in recording.problem
    assert "stopped at" in recording.problem
    with SessionReader(tmp_path / "a.rtgen", scan=True) as reader:
        assert (
            list(reader.events())
            == list(result.journal or ())[: sum(s.events for s in reader.spans)]
        )
