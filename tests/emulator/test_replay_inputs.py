"""What a replay tells of the run at an instant, for who saves its streams."""

from contextlib import closing
from pathlib import Path
from typing import Any

from emulator.catalog import load_profile
from tests.emulator.paced_fakes import MS
from tests.emulator.recorded_runs import PROFILE, SCENARIO, SECOND, START, LiveCore, replayed

CHANGED = {"name": "cam", "model": "blur", "rate_hz": 20}


def rows(streams: object) -> list[dict[str, Any]]:
    """Streams as plain dicts."""
    assert isinstance(streams, list | tuple)
    return [*streams]


def test_a_replay_tells_the_streams_as_they_were(tmp_path: Path) -> None:
    """With the edits up to its place, and none after it."""
    path = tmp_path / "edited.rtgen"
    live = LiveCore()
    live.say(START, {"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0})
    live.run_for(300 * MS)
    live.say({"t": "add-stream", "scenario": SCENARIO, "stream": "screen"})
    live.run_for(300 * MS)
    live.say(
        {"t": "change-stream", "stream": "cam", "spec": CHANGED}, {"t": "swap", "policy": "llf"}
    )
    live.run_for(SECOND)
    live.close()
    with closing(replayed(path)) as replay:
        told = []
        for at_ns in (200 * MS, 500 * MS, 900 * MS):
            replay.seek(at_ns)
            told.append(replay.inputs())

    streams = [{each["name"]: each for each in rows(one["streams"])} for one in told]
    assert [list(each) for each in streams] == [
        ["cam", "screen", "talk"],
        ["cam", "screen", "talk", "screen-2"],
        ["cam", "screen", "talk", "screen-2"],
    ]
    assert [each["cam"]["rate_hz"] for each in streams] == [60, 60, 20]
    assert [each["policy"] for each in told] == ["edf", "edf", "llf"]
    assert told[0]["profile"] == load_profile(PROFILE).to_dict()


def test_the_core_answers_for_a_replay(tmp_path: Path) -> None:
    """Asked as in a live run, at the place of the tape."""
    path = tmp_path / "run.rtgen"
    live = LiveCore()
    live.say(START, {"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0})
    live.run_for(500 * MS)
    live.close()
    core = LiveCore()
    core.say({"t": "replay", "path": str(path), "at_ns": 0, "paused": True})
    core.say({"t": "inputs", "ask": 5})
    core.run_for(100 * MS)
    core.close()

    (told,) = core.frames("inputs")
    assert told["ask"] == 5
    assert [each["name"] for each in rows(told["streams"])] == ["cam", "screen", "talk"]
    assert told["seed"] == 0
