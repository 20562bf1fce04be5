"""A recording survives whatever ends the core: signals, a closed pipe, a full disk, kill -9."""

import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from emulator.protocol import Message
from emulator.session import SessionReader
from tests.emulator.recorded_runs import START, replayed
from tests.emulator.test_serve import PATIENCE_S, CoreProcess, pipe
from tests.kill_core import kill_one

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


@pytest.fixture
def core(request: pytest.FixtureRequest) -> Iterator[CoreProcess]:
    """``python -m emulator serve``, or the module given as parameter."""
    started = CoreProcess(*getattr(request, "param", ("emulator", "serve")))
    watchdog = threading.Timer(PATIENCE_S, started.process.kill)
    watchdog.start()
    yield started
    watchdog.cancel()
    started.process.kill()
    started.process.wait()
    for each in (started.process.stdin, started.process.stdout, started.process.stderr):
        pipe(each).close()


def recorded_bytes(core: CoreProcess, least: int) -> tuple[str, int, str]:
    """Wait until so many bytes are in the file; path, bytes and problem."""
    while True:
        recording = core.next("snapshot")["rec"]
        if isinstance(recording, tuple) and recording[1] >= least:
            return recording


def begin(core: CoreProcess, path: Path, speed: float = 1.0) -> None:
    """Start and record."""
    start: Message = {**START, "speed": speed}
    core.say(start, {"t": "record", "path": str(path)}, {"t": "rate", "hz": 30.0})


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (signal.SIGTERM, "ended by SIGTERM"),
        (signal.SIGHUP, "ended by SIGHUP"),
        (signal.SIGINT, "ended by SIGINT"),
        ("close", "the client closed the pipe"),
        ("quit", "quit"),
    ],
)
def test_every_end_but_a_kill_closes_the_recording(
    core: CoreProcess, end: signal.Signals | str, reason: str, tmp_path: Path
) -> None:
    """Nothing is missing, the file is clean, says why it ended, and the client was told of it."""
    path = tmp_path / "a.rtgen"
    begin(core, path, speed=10.0)
    recorded_bytes(core, 5_000)
    if isinstance(end, signal.Signals):
        core.process.send_signal(end)
    elif end == "quit":
        core.say({"t": "quit"})
    else:
        pipe(core.process.stdin).close()
    last_ns, saved = 0, None
    for frame in core.frames():
        if frame["t"] == "snapshot":
            last_ns = int(frame["s"][1])  # type: ignore[index]
        elif frame["t"] == "saved":
            saved = frame
    assert core.end() == 0
    assert saved == {
        "t": "saved",
        "path": str(path),
        "bytes": path.stat().st_size,
        "reason": reason,
    }
    with SessionReader(path, scan=True) as reader:
        assert reader.check()
        assert reader.end is not None
        assert reader.end.reason == reason
        assert reader.t_end_ns >= last_ns


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is lifted with prlimit")
@pytest.mark.parametrize("core", [("tests.emulator.core_in_a_pipe", "limited")], indirect=True)
@pytest.mark.parametrize("is_mended", [True, False])
def test_a_file_that_may_not_grow_is_told_and_the_run_goes_on(
    core: CoreProcess, is_mended: bool, tmp_path: Path
) -> None:
    """With room again nothing is missing; without, all that fitted can be read."""
    import resource

    path = tmp_path / "a.rtgen"
    begin(core, path, speed=20.0)
    while not (problem := recorded_bytes(core, 0)[2]):
        pass
    assert problem == f"{path} cannot be written: File too large"
    seen_ns = int(core.next("snapshot")["s"][1])  # type: ignore[index]
    while int(core.next("snapshot")["s"][1]) < seen_ns + 10**9:  # type: ignore[index]
        pass
    if is_mended:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(core.process.pid, resource.RLIMIT_FSIZE, unlimited)
        while recorded_bytes(core, 25_000)[2]:
            pass
    core.say({"t": "quit"})
    saved = core.next("saved")
    assert core.end() == 0
    with SessionReader(path, scan=True) as reader:
        assert reader.gaps == ()
        reader.check()
        assert reader.clean or not is_mended
        assert reader.end is None or reader.end.reason == saved["reason"]
        assert (reader.t_end_ns > seen_ns + 10**9) == is_mended
    assert saved["reason"] == ("quit" if is_mended else problem)
    with closing(replayed(path)) as replay:
        assert replay.status.t_end_ns > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_core_costs_less_than_a_second(seed: int, tmp_path: Path) -> None:
    """The file opens, is a prefix of the undisturbed run, and is clean after a repair."""
    rng = random.Random(f"test {seed}")  # noqa: S311 - seeded
    assert kill_one(rng, tmp_path, 1.0).events > 0


def test_a_killed_client_costs_nothing(tmp_path: Path) -> None:
    """The core notices the closed pipe and closes the file."""
    rng = random.Random("client")  # noqa: S311 - seeded
    assert kill_one(rng, tmp_path, 1.0, of_client=True).missing_ms <= 0
