"""How long the core takes to show another place of a recorded session.

``python -m benchmarks seek [--minutes 60] [--seeks 100] [--scenario S] [--file F]``

A session is recorded in virtual time, as ``rtgen-tui run --headless --record`` does it (with
``--keyframes`` as the dashboard does it), and opened as a replay does it. Then it is sought to
random instants, and each time the snapshot is built and packed for the pipe. Figures are
milliseconds of CPU time, and of wall time beside whatever else is running.

Of a file without keyframes, the far seek right after opening is measured too, then the pass over
the file that a replay makes while nothing else is due; the seeks come after it.
"""

import argparse
import gc
import random
import tempfile
import time
from contextlib import closing
from pathlib import Path

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.engine import Engine
from emulator.protocol import encode
from emulator.serving.clock import WallClock
from emulator.serving.replay import Replay, ReplayRequest
from emulator.session.origin import Origin
from emulator.session.virtual_recording import VirtualRecording
from emulator.virtual import run_virtual

NS_PER_MINUTE = 60_000_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks seek", description=__doc__)
    parser.add_argument("--scenario", default="video-call")
    parser.add_argument("--policy", default="edf")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seeks", type=int, default=100)
    parser.add_argument("--keyframes", action="store_true", help="record them")
    parser.add_argument("--file", type=Path, help="a session that there is already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "long.rtgen"
        if options.file is None:
            duration_ns = round(options.minutes * NS_PER_MINUTE)
            record(path, options.scenario, options.policy, duration_ns, keyframes=options.keyframes)
        first_seek(path)
        begin = time.perf_counter()
        with closing(Replay(ReplayRequest(str(path), paused=True), 1, WallClock())) as replay:
            opening_ms = 1000 * (time.perf_counter() - begin)
            end_ns = replay.status.t_end_ns
            events = sum(span.events for span in replay.reader.spans)
            print(
                f"{path.stat().st_size / 1e6:.1f} MB, {events:,} events, {end_ns / 6e10:.1f} min, "
                f"{len(replay.reader.keyframes)} keyframes; opened in {opening_ms:.0f} ms"
            )
            first_pass(replay)
            rng = random.Random(1)  # noqa: S311 - seeded, so that runs compare
            show(
                "random seeks", [seek(replay, rng.randrange(end_ns)) for _ in range(options.seeks)]
            )
            show("steps back", [step_back(replay) for _ in range(options.seeks)])


def first_seek(path: Path) -> None:
    """To the middle of a file that was opened just now."""
    with closing(Replay(ReplayRequest(str(path), paused=True), 1, WallClock())) as replay:
        show("first seek", [seek(replay, replay.status.t_end_ns // 2)])


def first_pass(replay: Replay) -> None:
    """All pieces of the pass over the file, if one is needed."""
    while not replay.is_settled:
        replay.turn()
    pieces_ms: list[tuple[float, float]] = []
    begin = time.process_time(), time.perf_counter()
    while replay.tend(None) is not None:
        end = time.process_time(), time.perf_counter()
        pieces_ms.append((1000 * (end[0] - begin[0]), 1000 * (end[1] - begin[1])))
        begin = end
    if pieces_ms:
        print(f"first pass: {sum(cpu_ms for cpu_ms, _ in pieces_ms) / 1000:.2f} s of CPU time")
        show("its pieces", pieces_ms)


def record(
    path: Path, scenario_name: str, policy: str, duration_ns: int, *, keyframes: bool
) -> None:
    """Record a run in virtual time."""
    scenario = load_scenario(scenario_name)
    profile = load_profile(profile_of(scenario))
    engine = Engine(profile, scenario, policy, duration_ns=duration_ns)
    run = Origin(profile, scenario, policy, duration_ns=duration_ns)
    with VirtualRecording(path, run, keyframes=keyframes) as recording:
        run_virtual(engine, lambda events: recording.take(events, engine.now_ns))
        recording.close(duration_ns)


def seek(replay: Replay, t_ns: int) -> tuple[float, float]:
    """Milliseconds of CPU and of wall time until the snapshot of another instant is packed."""
    begin = time.process_time(), time.perf_counter()
    replay.seek(t_ns)
    return shown_ms(replay, *begin)


def step_back(replay: Replay) -> tuple[float, float]:
    """The same for one step back."""
    begin = time.process_time(), time.perf_counter()
    replay.step_back()
    return shown_ms(replay, *begin)


def shown_ms(replay: Replay, cpu_s: float, wall_s: float) -> tuple[float, float]:
    """Milliseconds since then, once the replay has arrived and its snapshot is packed."""
    while not replay.is_settled:
        replay.turn()
    encode({"t": "snapshot", "s": replay.snapshot(), "rec": None, "tape": replay.status})
    return 1000 * (time.process_time() - cpu_s), 1000 * (time.perf_counter() - wall_s)


def show(name: str, times_ms: list[tuple[float, float]]) -> None:
    """Two rows."""
    for kind, each in zip(("CPU", "wall"), zip(*times_ms, strict=True), strict=True):
        ordered = sorted(each)
        p50, p95 = (ordered[len(ordered) * share // 100] for share in (50, 95))
        print(f"{name:13} {kind:5} p50 {p50:6.1f}  p95 {p95:6.1f}  max {ordered[-1]:6.1f}  ms")


if __name__ == "__main__":
    gc.disable()
    main()
