"""Bytes per event of a recording, and what recording costs a run in virtual time.

The same run with and without a recorder, one after the other in this process; the best round counts
and the ratios are what to quote: cost of the events chunks beside the engine alone (its journal
drained and dropped), cost of events and keyframes beside an engine whose journal feeds metrics, as
in the core. A keyframe every 10 s holds the state of those metrics. The file lies in memory, so
that no disk is measured.

Last comes a run without a screen, recorded as ``rtgen-tui run --headless --record`` does it: the
median of the ratios of CPU time to the same run unrecorded just before.
"""

import argparse
import gc
import io
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.engine import Engine
from emulator.journal import POLICY, Event
from emulator.metrics import Metrics
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.session import Chunk, ChunkEncoder, SessionFile, SessionHeader, SessionReader
from emulator.session.origin import Origin
from emulator.session.virtual_recording import VirtualRecording
from emulator.simulation import simulate
from emulator.virtual import run_virtual

SCENARIOS = ("video-call", "game-npc")
KEYFRAME_NS = 10_000_000_000
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """What is recorded."""

    profile: Profile
    scenario: Scenario
    policy: str
    duration_ns: int

    def engine(self) -> Engine:
        """Before the first instant."""
        return Engine(self.profile, self.scenario, self.policy, duration_ns=self.duration_ns)

    def metrics(self) -> Metrics:
        """Metrics that have seen nothing."""
        return Metrics(self.profile, self.scenario, self.policy, seed=0)

    def header(self) -> SessionHeader:
        """The header of its recording."""
        return SessionHeader(
            created_ns=time.time_ns(),
            versions={"rtgen-tui": "benchmark"},
            seed=0,
            profile=self.profile.to_dict(),
            scenario=self.scenario.to_dict(),
            policy=self.policy,
            duration_ns=self.duration_ns,
        )


@dataclass(slots=True)
class Figures:
    """What one recording came to. Times in seconds of CPU."""

    events: int = 0
    size: int = 0
    keyframes: int = 0
    keyframe_bytes: int = 0
    events_s: float = 0.0
    keyframes_s: float = 0.0
    writing_s: float = 0.0
    """Compressing and appending, which a thread of its own may do beside the run."""


def unrecorded_s(run: Run, metrics: Metrics | None) -> float:
    """CPU time of the run alone, its journal fed to metrics or dropped."""
    engine = run.engine()
    begin = time.process_time()
    run_virtual(
        engine, (lambda _: None) if metrics is None else metrics.feed, until_ns=run.duration_ns
    )
    return time.process_time() - begin


class Recorder:
    """Records one run and keeps the CPU time that the parts of recording took."""

    def __init__(self, run: Run, chunk_ns: int) -> None:
        self.figures = Figures()
        self.file = io.BytesIO()
        self._run = run
        self._engine, self._metrics = run.engine(), run.metrics()
        self._encoder = ChunkEncoder()
        self._session = SessionFile(self.file, self._encoder.header(run.header()))
        self._waiting: list[Event] = []
        self._chunk_ns = chunk_ns
        self._next_chunk_ns, self._next_keyframe_ns = chunk_ns, KEYFRAME_NS

    def record(self) -> Figures:
        """Run to the end."""
        run_virtual(self._engine, self._take, until_ns=self._run.duration_ns)
        self._write()
        self._session.close()
        self.figures.size = self._session.size
        return self.figures

    def _take(self, events: list[Event]) -> None:
        self._metrics.feed(events)
        self._waiting += events
        now_ns = self._engine.now_ns
        if now_ns >= self._next_chunk_ns:
            self._write()
            self._next_chunk_ns = now_ns + self._chunk_ns
        if now_ns >= self._next_keyframe_ns or any(event[0] == POLICY for event in events):
            self._keyframe(now_ns)
            self._next_keyframe_ns = now_ns + KEYFRAME_NS

    def _write(self) -> None:
        begin = time.process_time()
        chunks = list(self._encoder.events(self._waiting, self._engine.now_ns))
        self.figures.events_s += time.process_time() - begin
        self._append(chunks)
        self.figures.events += len(self._waiting)
        self._waiting.clear()

    def _keyframe(self, now_ns: int) -> None:
        self._write()
        size, begin = self._session.size, time.process_time()
        chunk = self._encoder.keyframe(now_ns, self._metrics.state())
        self.figures.keyframes_s += time.process_time() - begin
        self._append([chunk])
        self.figures.keyframes += 1
        self.figures.keyframe_bytes += self._session.size - size

    def _append(self, chunks: list[Chunk]) -> None:
        begin = time.process_time()
        for chunk in chunks:
            self._session.append(chunk)
        self.figures.writing_s += time.process_time() - begin


def reading_s(data: bytes) -> tuple[float, float]:
    """CPU time to decode all events, and to load the last keyframe with what follows it."""
    with tempfile.NamedTemporaryFile(suffix=".rtgen") as file:
        file.write(data)
        file.flush()
        with SessionReader(file.name) as reader:
            begin = time.process_time()
            for _ in reader.batches():
                pass
            all_s = time.process_time() - begin
            begin = time.process_time()
            keyframe = reader.keyframe_before(reader.t_end_ns - 1)
            first = 0 if keyframe is None else keyframe.first_event
            for _ in reader.batches(first=first):
                pass
            return all_s, time.process_time() - begin


def show(scenario: str, run: Run, chunk_ns: int, rounds: int) -> None:
    """Four lines of the table."""
    engine_s = core_s = decode_s = seek_s = float("inf")
    recordings: list[Figures] = []
    for _ in range(rounds):
        gc.collect()
        engine_s = min(engine_s, unrecorded_s(run, None))
        core_s = min(core_s, unrecorded_s(run, run.metrics()))
        gc.collect()
        recorder = Recorder(run, chunk_ns)
        recordings.append(recorder.record())
        all_s, last_s = reading_s(recorder.file.getvalue())
        decode_s, seek_s = min(decode_s, all_s), min(seek_s, last_s)
    events_s = min(each.events_s for each in recordings)
    keyframes_s = min(each.keyframes_s for each in recordings)
    writing_s = min(each.writing_s for each in recordings)
    figures, hours = recordings[0], run.duration_ns / NS_PER_S / 3600
    count, per_keyframe = figures.events, figures.keyframe_bytes / max(figures.keyframes, 1)
    print(
        f"{scenario}: {count:,} events, {figures.size / count:.2f} bytes/event, "
        f"{figures.size / hours / 1e6:.1f} MB/hour, {per_keyframe / 1000:.1f} kB/keyframe\n"
        f"  encode {count / events_s:,.0f} events/s, decode {count / decode_s:,.0f} events/s, "
        f"last keyframe and what follows it {1000 * seek_s:.1f} ms"
    )
    for name, base_s, parts in (
        ("engine alone", engine_s, (events_s, writing_s)),
        ("engine and metrics", core_s, (events_s, writing_s, keyframes_s)),
    ):
        shares = " + ".join(f"{100 * part / base_s:.1f}" for part in parts)
        print(
            f"  {name}: {count / base_s:,.0f} events/s; recording costs {shares} = "
            f"{100 * sum(parts) / base_s:.1f} %"
        )


def headless_s(run: Run, recording: VirtualRecording | None = None) -> float:
    """CPU time of a run without a screen."""
    gc.collect()
    begin = time.process_time()
    result = simulate(
        run.profile,
        run.scenario,
        run.policy,
        duration_s=run.duration_ns / NS_PER_S,
        journal=False,
        on_events=None if recording is None else recording.take,
    )
    if recording is not None:
        recording.close(result.end_ns)
    return time.process_time() - begin


def show_headless(run: Run, rounds: int) -> None:
    """A line for recordings without and with keyframes."""
    origin = Origin(run.profile, run.scenario, run.policy, duration_ns=run.duration_ns)
    for name, keyframes in (("as recorded", None), ("with keyframes", True)):
        costs: list[float] = []
        with tempfile.TemporaryDirectory() as folder:
            for number in range(rounds):
                base_s = headless_s(run)
                path = Path(folder) / f"{number}.rtgen"
                recording = VirtualRecording(path, origin, keyframes=keyframes)
                costs.append(100 * (headless_s(run, recording) / base_s - 1))
                size = path.stat().st_size
        low, middle, high = min(costs), statistics.median(costs), max(costs)
        print(
            f"  without a screen, {name}: recording costs {middle:.1f} % "
            f"({low:.1f} to {high:.1f}), {size / 1e6:.2f} MB"
        )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks session_size", description=__doc__)
    parser.add_argument("--duration", type=int, default=300, help="virtual seconds per run")
    parser.add_argument("--chunk", type=float, default=4, help="virtual seconds per chunk")
    parser.add_argument("--policy", default="edf")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print("costs: encoding events + compressing and writing (+ taking and encoding keyframes)")
    for name in SCENARIOS:
        scenario = load_scenario(name)
        profile = load_profile(profile_of(scenario))
        run = Run(profile, scenario, options.policy, options.duration * NS_PER_S)
        show(name, run, round(options.chunk * NS_PER_S), options.rounds)
        show_headless(run, options.rounds)


if __name__ == "__main__":
    main()
