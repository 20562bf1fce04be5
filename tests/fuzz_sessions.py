"""Mutated session files: each must end in a clean error or a recovered read, in bounded memory.

``python -m tests.fuzz_sessions 200000 [--seed 0] [--minutes 10]`` is the long run; a few hundred
cases run with the tests. A case is a number: the same number makes the same file.
"""

import argparse
import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from emulator.journal import Event
from emulator.session import SessionError, SessionHeader, SessionReader, SessionWriter, repair
from emulator.session.format import SYNC
from emulator.virtual import run_virtual
from tests.emulator.session.mutations import (
    BYTES,
    FORGERIES,
    ORDER,
    Parts,
    assembled,
    parts_of,
    splice,
)
from tests.emulator.session.sessions import header_of, machine

MAX_RSS_BYTES: Final = 200 * 1024 * 1024
NS_PER_S: Final = 1_000_000_000


class Case(NamedTuple):
    """A mutated file; ``is_forged``: it may hold events that were never recorded."""

    data: bytes
    what: str
    is_forged: bool


def original(seed: int = 0) -> tuple[bytes, list[Event]]:
    """A whole session of a small run, and its events."""
    engine = machine(seed)
    file = io.BytesIO()
    writer = SessionWriter(file, header_of(seed))
    journal: list[Event] = []

    def take(events: list[Event]) -> None:
        journal.extend(events)
        writer.append(events, engine.now_ns)
        writer.keyframe(engine.now_ns, {"seen": len(journal), "last": [engine.now_ns]})
        writer.note(engine.now_ns, "speed", {"speed": 2.0})

    run_virtual(engine, take, until_ns=6 * NS_PER_S)
    writer.close()
    return file.getvalue(), journal


class Fuzzer:
    """Makes the case of each number."""

    def __init__(self) -> None:
        self.data, self.journal = original(0)
        self._parts = parts_of(self.data)
        self._forgeries: tuple[Parts, ...] = (*FORGERIES, partial(splice, parts_of(original(1)[0])))

    def case(self, number: int) -> Case:
        """One mutated file."""
        rng = random.Random(number)  # noqa: S311 - cases, not secrets
        kind = rng.random()
        if kind < 0.4:
            made = [rng.choice(BYTES) for _ in range(rng.choice((1, 1, 2, 5)))]
            data = self.data
            for mutate in made:
                data = mutate(rng, data) if SYNC in data else data
            return Case(data, "+".join(map(name_of, made)), is_forged=False)
        is_forged = kind >= 0.55
        choices: tuple[Parts, ...] = self._forgeries if is_forged else ORDER
        steps = [rng.choice(choices) for _ in range(rng.choice((1, 1, 2)))]
        parts = list(self._parts)
        for step in steps:
            parts = step(rng, parts)
        data = assembled(parts, patch_end=rng.random() < 0.7) if parts else b""
        return Case(data, "+".join(map(name_of, steps)), is_forged)

    def check(self, case: Case, folder: Path) -> str:
        """Read, check and repair it; how it went. Raises AssertionError: not as it should."""
        path, mended = folder / "case.rtgen", folder / "mended.rtgen"
        path.write_bytes(case.data)
        try:
            with SessionReader(path) as reader:
                events = read_all(reader)
        except SessionError as refusal:
            return refused(refusal, path)
        if not case.is_forged:
            assert is_part_of(events, self.journal), "events were invented"
        repair(path, mended)
        with SessionReader(mended) as reader:
            again = read_all(reader)
            assert reader.clean, f"not clean after repair: {reader.problems}"
        assert case.is_forged or is_part_of(events, again), "repair lost events"
        return "whole" if events == self.journal else "recovered"


def refused(refusal: SessionError, path: Path) -> str:
    """A refusal names the file."""
    assert str(refusal).startswith(f"session {path} "), refusal
    return "refused"


def name_of(mutation: object) -> str:
    """What it is called."""
    return str(getattr(mutation, "__name__", "splice"))


def read_all(reader: SessionReader) -> list[Event]:
    """Everything that can be asked of a session; the events."""
    events = list(reader.events())
    assert all(isinstance(each[0], str) and type(each[1]) is int for each in events)
    for t_ns in (0, 2 * NS_PER_S, 10**18):
        keyframe = reader.keyframe_before(t_ns)
        if keyframe is not None:
            sum(map(len, reader.batches(first=keyframe.first_event, until_ns=t_ns + NS_PER_S)))
    sum(1 for _ in reader.notes())
    assert reader.t_end_ns >= 0
    assert all(gap.events > 0 for gap in reader.gaps)
    assert isinstance(reader.header, SessionHeader)
    reader.refresh()
    reader.check()
    assert len(reader.problems) < 110
    return list(reader.events()) if len(events) < 1000 else events


def is_part_of(part: Sequence[Event], whole: Sequence[Event]) -> bool:
    """Whether it is what is left of the whole when some are taken out."""
    rest: Iterator[Event] = iter(whole)
    return all(any(event == each for each in rest) for event in part)


def main() -> int:
    """The long run; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_sessions", description=__doc__)
    parser.add_argument("cases", type=int)
    parser.add_argument("--seed", type=int, default=0, help="number of the first case")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    options = parser.parse_args()
    fuzzer = Fuzzer()
    outcomes: dict[str, int] = {}
    stop_at = time.monotonic() + 60 * options.minutes
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.seed, options.seed + options.cases):
            if time.monotonic() > stop_at:
                break
            case = fuzzer.case(number)
            try:
                outcome = fuzzer.check(case, Path(folder))
            except Exception:
                say(f"case {number}: {case.what}, {len(case.data):,} bytes")
                raise
            if peak_rss_bytes() > MAX_RSS_BYTES:
                say(f"case {number}: {case.what} took {peak_rss_bytes():,} bytes of memory")
                return 1
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            done += 1
    shown = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
    say(f"{done:,} cases: {shown}; at most {peak_rss_bytes() / 1e6:.0f} MB of memory")
    return 0


def say(sentence: str) -> None:
    """To whoever runs the script."""
    sys.stdout.write(sentence + "\n")


def peak_rss_bytes() -> int:
    """Largest memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    sys.exit(main())
