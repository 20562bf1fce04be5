"""A policy of one's own in a core process: it prints, and it ends the process."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.protocol import Message
from emulator.session import SessionReader
from tests.emulator.policies.hostile import PROFILE, SCENARIO, named
from tests.emulator.test_serve import PATIENCE_S, CoreProcess, pipe

START: Message = {"t": "start", "profile": PROFILE, "scenario": SCENARIO, "speed": 10.0}
LOUD = """
import os, sys
from emulator.policies.keyed import KeyedPolicy

class Loud(KeyedPolicy):
    def priority(self, ready):
        print("a print", flush=True)
        sys.stdout.write("and a write")
        sys.stdout.flush()
        os.write(1, b"and bytes")
        assert sys.stdin.read() == ""
        return ready.release_ns
"""


@pytest.fixture
def core() -> Iterator[CoreProcess]:
    """``python -m emulator serve``."""
    started = CoreProcess("emulator", "serve")
    watchdog = threading.Timer(PATIENCE_S, started.process.kill)
    watchdog.start()
    yield started
    watchdog.cancel()
    started.process.kill()
    started.process.wait()
    for each in (started.process.stdin, started.process.stdout, started.process.stderr):
        pipe(each).close()


def reached(core: CoreProcess, t_ns: int) -> tuple[object, ...]:
    """The first snapshot from this virtual time on."""
    while True:
        snapshot = core.next("snapshot")["s"]
        assert isinstance(snapshot, tuple)
        if snapshot[1] >= t_ns:
            return snapshot


def test_prints_do_not_break_the_pipe(core: CoreProcess, tmp_path: Path) -> None:
    """Whatever it writes where, frames come whole, and the run goes on under it."""
    path = tmp_path / "loud.py"
    path.write_text(LOUD, encoding="utf-8")
    core.say({**START, "policy": f"{path}:Loud"})
    snapshot = reached(core, 10**9)
    core.say({"t": "quit"})

    assert str(snapshot[9]).startswith(f"{path}:Loud@")
    assert core.end() == 0
    assert "a print" in core.stderr()


def test_a_policy_that_ends_the_process_costs_no_recording(
    core: CoreProcess, tmp_path: Path
) -> None:
    """The file can be read up to the end, and says under which version it was made."""
    path = tmp_path / "exit.rtgen"
    start = {**START, "policy": named("exit_process"), "speed": 1.0, "paused": True}
    core.say(start, {"t": "record", "path": str(path)}, {"t": "resume"})

    assert core.end() == 3
    with SessionReader(path, scan=True) as reader:
        reader.check()
        assert reader.end is None
        assert reader.header.policy.startswith(named("exit_process") + "@")
