"""The flight recorder: the last minutes of a run, bounded."""

from pathlib import Path

from emulator.session import ChunkEncoder, SessionReader
from emulator.session.flight import FlightRecorder
from emulator.session.format import KEYFRAME, Place
from tests.emulator.paced_fakes import MS, S
from tests.emulator.recorded_runs import SECOND, START, LiveCore, begun, events_of


def test_the_flight_recorder_is_saved_with_what_it_takes_to_follow_it(tmp_path: Path) -> None:
    """A run of which nothing was recorded is all there, from its start."""
    path = tmp_path / "flight.rtgen"
    live = begun()
    live.say({"t": "save-flight", "path": str(path)})
    (saved,) = live.frames("saved")
    assert (saved["path"], saved["reason"]) == (str(path), "clean")
    assert saved["bytes"] == path.stat().st_size
    with SessionReader(path) as reader:
        assert (reader.header.begins_ns, reader.header.inputs) == (0, ())
        assert reader.t_end_ns == 3 * SECOND
    assert {event[0] for event in events_of(path)} >= {"policy", "marker"}


def test_the_flight_recorder_keeps_the_last_minutes(tmp_path: Path) -> None:
    """It begins at a keyframe, not more than one keyframe before ten minutes ago."""
    path = tmp_path / "flight.rtgen"
    live = LiveCore()
    slow = {"name": "slow", "streams": [{"name": "cam", "model": "blur", "rate_hz": 2}]}
    live.say({**START, "scenario": slow, "speed": 100.0})
    live.run_for(SECOND // 10)
    live.say({"t": "swap", "policy": "fcfs"})
    live.run_for(6500 * MS)
    live.say({"t": "save-flight", "path": str(path)})
    with SessionReader(path) as reader:
        header = reader.header
        assert reader.keyframes[0] == (header.begins_event, header.begins_ns)
        kept_s = (reader.t_end_ns - header.begins_ns) / S
        assert 600 <= kept_s < 615
        assert [each[1:] for each in header.inputs] == [("swap", "fcfs")]
        assert reader.check()


def filled(flight: FlightRecorder, seconds: int, size: int) -> None:
    """Chunks of so many bytes, one a second, a keyframe every ten."""
    encoder = ChunkEncoder()
    text = bytes(range(256)).hex() * (size // 500)
    for second in range(seconds):
        if second and second % 10 == 0:
            flight.append(encoder.keyframe(second * S, {"second": second}))
        for number, chunk in enumerate(
            encoder.events([("marker", second * S, f"{second} {text}")], (second + 1) * S)
        ):
            chunk._level = 0
            assert number == 0
            flight.append(chunk)


def test_the_flight_recorder_is_bounded_in_bytes() -> None:
    """Where chunks are large it keeps fewer seconds, and still begins at a keyframe."""
    flight = FlightRecorder(max_bytes=100_000)
    filled(flight, 200, 5_000)
    assert 50_000 < flight.size <= 100_000
    assert flight.size == sum(len(chunk.data) for chunk in flight)
    first = next(iter(flight))
    assert first.kind == KEYFRAME
    assert first.summary == flight.begins
    assert flight.begins is not None
    assert flight.begins.t_ns % (10 * S) == 0


def test_a_flight_recorder_too_small_for_anything_waits_for_the_next_keyframe() -> None:
    """It is empty then, not larger than it may be."""
    flight = FlightRecorder(max_bytes=20_000)
    filled(flight, 95, 5_000)
    assert flight.size <= 20_000
    assert flight.begins is None
    assert list(flight) == []
    encoder = ChunkEncoder(100 * S, 500)
    flight.append(encoder.keyframe(100 * S, {}))
    assert flight.begins == Place(500, 100 * S)
