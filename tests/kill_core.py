"""Kills cores that record: ``python -m tests.kill_core 200 [--speed 1] [--client] [--seed 0]``.

Each round starts a core as a process, records a busy run into a file, gives it commands at random
and kills it (or, with ``--client``, the process that started it) at a random instant. Then the file
must open, be a prefix of the undisturbed run with the same seed and commands, lack little, and be
clean after a repair. Prints what was missing, in milliseconds of run time.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import IO

from emulator.engine import Engine
from emulator.journal import Event
from emulator.protocol import Decoder, Message, encode
from emulator.session import SessionReader, as_read, repair
from emulator.session.journalled import JournalInputs
from emulator.session.run_inputs import run_inputs
from emulator.virtual import run_virtual

REPOSITORY = Path(__file__).parents[1]
MAX_MISSING_MS = 1000.0
COMMANDS: tuple[Message, ...] = (
    {"t": "swap", "policy": "fcfs"},
    {"t": "swap", "policy": "llf"},
    {"t": "swap", "policy": "edf"},
    {"t": "marker", "text": "look"},
    {"t": "stop-stream", "stream": "captions"},
    {"t": "start-stream", "stream": "captions"},
    {"t": "save-flight", "path": ""},
)
SCENARIO = "overload"
FRAGILE_CLIENT = """
import subprocess, sys, threading
core = subprocess.Popen([sys.executable, "-m", "emulator", "serve"], stdin=subprocess.PIPE)
while data := sys.stdin.buffer.raw.read(65536):
    core.stdin.write(data)
    core.stdin.flush()
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One core, its file and its end."""

    missing_ms: float
    """Run time between the instant of the death and the end of the file."""
    end_s: float
    commands: int
    events: int


class Victim:
    """A core in a process, or in the process of a process."""

    def __init__(self, folder: Path, *, of_client: bool) -> None:
        arguments = ["-c", FRAGILE_CLIENT] if of_client else ["-m", "emulator", "serve"]
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "XDG_DATA_HOME": str(folder)},
            bufsize=0,
        )
        self._decoder = Decoder()
        self.reached_ns = 0
        """Run time of the newest snapshot."""
        self.reached_at = 0.0
        """When it came."""
        self.recorded = False

    def say(self, *messages: Message) -> None:
        """Send commands."""
        pipe(self.process.stdin).write(b"".join(map(encode, messages)))

    def read(self) -> bool:
        """Take in what has come; False: nothing will come any more."""
        data = os.read(pipe(self.process.stdout).fileno(), 1 << 20)
        for frame in self._decoder.feed(data):
            if frame["t"] == "snapshot":
                self.reached_ns = int(frame["s"][1])  # type: ignore[index]
                self.reached_at = time.monotonic()
                recording = frame["rec"]
                self.recorded = isinstance(recording, tuple) and recording[1] > 0
            elif frame["t"] == "error":
                raise AssertionError(frame["message"])
        return bool(data)

    def rest(self) -> None:
        """Read until the last process that holds the pipe is gone."""
        while self.read():
            pass
        self.process.wait()
        for each in (self.process.stdin, self.process.stdout):
            pipe(each).close()


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """The pipe, which is there because it was asked for."""
    assert stream is not None
    return stream


def kill_one(rng: random.Random, folder: Path, speed: float, *, of_client: bool = False) -> Round:
    """Record, kill, and look at what is left. Raises AssertionError: it is not what it should be.

    Args:
        rng: draws the run and the instant.
        folder: where sessions go.
        speed: of the run.
        of_client: kill the client of the core instead of the core.
    """
    path = folder / f"{rng.getrandbits(48):012x}.rtgen"
    victim = Victim(folder, of_client=of_client)
    start: Message = {
        "t": "start",
        "profile": "",
        "scenario": SCENARIO,
        "policy": rng.choice(["fcfs", "edf", "llf"]),
        "seed": rng.randrange(1000),
        "speed": speed,
        "paused": True,
    }
    record: Message = {"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0}
    victim.say(start, record, {"t": "rate", "hz": 30.0}, {"t": "resume"})
    while not victim.recorded or victim.reached_ns == 0:
        victim.read()
    end_at = time.monotonic() + rng.uniform(0.05, 3.0)
    say_at = sorted(time.monotonic() + rng.uniform(0, 3.0) for _ in range(4))
    while time.monotonic() < end_at:
        victim.read()
        if say_at and say_at[0] < time.monotonic():
            say_at.pop(0)
            victim.say(rng.choice(COMMANDS))
    dead_at = time.monotonic()
    victim.process.send_signal(signal.SIGKILL)
    victim.rest()
    dead_at_ns = victim.reached_ns
    if not of_client and victim.reached_at < dead_at:
        dead_at_ns += round((dead_at - victim.reached_at) * speed * 1e9)
    return examined(path, dead_at_ns, closed=of_client)


def examined(path: Path, dead_at_ns: int, *, closed: bool) -> Round:
    """What the file holds, compared with the run that nobody disturbed."""
    with SessionReader(path) as reader:
        inputs = run_inputs(reader.header, path.name)
        events = list(reader.events())
        end_ns = reader.t_end_ns
        assert not reader.gaps, f"{path} has gaps"
        assert (reader.end is not None) == closed, f"{path} has the end {reader.end}"
        assert reader.clean or not closed, f"{path}: {reader.problems}"
    found = JournalInputs([stream.name for stream in inputs.scenario.streams]).feed(events)
    commands = [*inputs.commands, *found]
    undisturbed: list[Event] = []
    engine: Engine = inputs.engine()
    run_virtual(engine, undisturbed.extend, until_ns=end_ns, commands=commands)
    begins = inputs.header.begins_event
    expected = as_read(undisturbed[begins : begins + len(events)])
    if events != expected:
        pairs = zip_longest(events, expected)
        number = next(n for n, (is_, should) in enumerate(pairs) if is_ != should)
        raise AssertionError(
            f"{path}, event {number}: {events[number : number + 2]}, "
            f"not {expected[number : number + 2]}; commands {commands}"
        )
    missing_ms = (dead_at_ns - end_ns) / 1e6
    assert missing_ms <= (0 if closed else MAX_MISSING_MS), f"{missing_ms:.0f} ms are missing"
    repair(path)
    with SessionReader(path, scan=True) as reader:
        assert reader.check(), f"{path} after repair: {reader.problems}"
        assert list(reader.events()) == events, f"{path} after repair: other events"
    path.unlink()
    return Round(missing_ms, end_ns / 1e9, len(commands), len(events))


def rounds(
    count: int, speed: float, seed: int, *, of_client: bool
) -> Iterator[tuple[int, Round | AssertionError]]:
    """Kill so many; a failed round is given back as its error, and its file stays."""
    folder = Path(tempfile.mkdtemp(prefix="kill-core-"))
    for number in range(count):
        rng = random.Random(f"{seed} {number}")  # noqa: S311 - seeded
        try:
            yield number, kill_one(rng, folder, speed, of_client=of_client)
        except AssertionError as error:
            yield number, error


def main() -> int:
    """Kill and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill_core", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--client", action="store_true", help="kill the client of the core")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    done: list[Round] = []
    failed = 0
    for number, outcome in rounds(
        options.count, options.speed, options.seed, of_client=options.client
    ):
        if isinstance(outcome, Round):
            done.append(outcome)
        else:
            failed += 1
            sys.stdout.write(f"round {number}: {outcome}\n")
    missing = sorted(each.missing_ms for each in done)
    if missing:
        at = {f"p{p}": missing[len(missing) * p // 100] for p in (0, 50, 90, 99)}
        shares = ", ".join(f"{name} {value:.0f}" for name, value in at.items())
        sys.stdout.write(
            f"{len(done)} files are whole up to their end, {failed} are not; missing run time in "
            f"ms: {shares}, max {missing[-1]:.0f}; {sum(each.commands for each in done)} commands, "
            f"{sum(each.events for each in done):,} events\n"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
