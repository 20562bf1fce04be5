"""The core as a process: frames survive prints, errors and deaths on either side."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from emulator.protocol import MAX_MESSAGE_BYTES, Decoder, Message, encode

REPOSITORY = Path(__file__).parents[2]
PATIENCE_S = 120.0
"""How long a hung process may hang before its test fails; nothing waits for it otherwise."""
START: Message = {
    "t": "start",
    "profile": {"backends": ["cpu"], "models": {"blur": {"cpu": 12.0}}},
    "scenario": {"name": "call", "streams": [{"name": "cam", "model": "blur", "rate_hz": 30}]},
    "policy": "edf",
}


class CoreProcess:
    """A core with its pipes in our hands."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._decoder = Decoder()
        self._waiting: list[Message] = []

    def say(self, *messages: Message) -> None:
        """Send commands."""
        self.send(b"".join(map(encode, messages)))

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        stdin = pipe(self.process.stdin)
        stdin.write(data)
        stdin.flush()

    def frames(self) -> Iterator[Message]:
        """Frames until the core closes its end."""
        stdout = pipe(self.process.stdout)
        while True:
            while self._waiting:
                yield self._waiting.pop(0)
            data = os.read(stdout.fileno(), 65_536)
            if not data:
                return
            self._waiting += self._decoder.feed(data)

    def next(self, kind: str) -> Message:
        """The next frame of this kind; fails when the core ends without one."""
        for frame in self.frames():
            if frame["t"] == kind:
                return frame
        pytest.fail(f"the core ended without {kind}: {self.stderr()}")

    def end(self) -> int:
        """Wait for the end of the process; returns its exit status."""
        return self.process.wait(PATIENCE_S)

    def stderr(self) -> str:
        """All it said on stderr, once it has ended."""
        return pipe(self.process.stderr).read().decode()


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """The pipe, which is there because it was asked for."""
    assert stream is not None
    return stream


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Iterator[CoreProcess]:
    """``python -m emulator serve``, or the module given as parameter."""
    core = CoreProcess(*getattr(request, "param", ("emulator", "serve")))
    watchdog = threading.Timer(PATIENCE_S, core.process.kill)
    watchdog.start()
    yield core
    watchdog.cancel()
    core.process.kill()
    core.process.wait()
    for each in (core.process.stdin, core.process.stdout, core.process.stderr):
        with contextlib.suppress(BrokenPipeError):
            pipe(each).close()


NOISY = pytest.mark.parametrize(
    "run", [("tests.emulator.core_in_a_pipe", "noisy")], indirect=True, ids=["noisy"]
)
BROKEN = pytest.mark.parametrize(
    "run", [("tests.emulator.core_in_a_pipe", "broken")], indirect=True, ids=["broken"]
)


def test_a_run_from_hello_to_bye(run: CoreProcess) -> None:
    """Hello with the process id, snapshots, and a bye with exit status 0 after quit."""
    hello = run.next("hello")
    assert hello["pid"] == run.process.pid
    run.say(START)
    run.next("snapshot")
    run.say({"t": "quit"})
    assert run.next("bye")["reason"] == "quit"
    assert run.end() == 0


@NOISY
def test_a_print_cannot_corrupt_the_frames(run: CoreProcess) -> None:
    """What an engine or policy prints goes to stderr, and its stdin is empty."""
    run.say(START)
    run.next("snapshot")
    run.next("snapshot")
    run.say({"t": "quit"})
    kinds = {str(frame["t"]) for frame in run.frames()}
    assert kinds <= {"snapshot", "bye"}
    assert run.end() == 0
    assert "a print in somebody's policy" in run.stderr()


@BROKEN
def test_a_bug_is_reported_and_ends_the_core(run: CoreProcess) -> None:
    """An exception in the engine: one line to the client, the traceback on stderr, status 1."""
    run.say(START)
    error = run.next("error")
    assert error["message"] == "the core failed: ZeroDivisionError: a bug of ours"
    assert run.next("bye")["reason"] == error["message"]
    assert run.end() == 1
    assert "Traceback" in run.stderr()


def test_closing_stdin_ends_the_core(run: CoreProcess) -> None:
    """When the screen dies its pipe closes, and the core ends cleanly."""
    run.say(START)
    run.next("snapshot")
    pipe(run.process.stdin).close()
    assert "closed" in str(run.next("bye")["reason"])
    assert run.end() == 0
    assert run.stderr() == ""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_core_cleanly(run: CoreProcess, number: signal.Signals) -> None:
    """TERM, INT and HUP end it with a bye that names them, and status 0."""
    run.next("hello")
    run.process.send_signal(number)
    assert run.next("bye")["reason"] == f"ended by {number.name}"
    assert run.end() == 0


def test_a_wrong_command_does_not_end_the_run(run: CoreProcess) -> None:
    """A refused command is answered with an error frame, and snapshots go on."""
    run.say(START)
    run.next("snapshot")
    run.say({"t": "swap", "policy": "xyzzy"})
    assert "xyzzy" in str(run.next("error")["message"])
    run.next("snapshot")


@pytest.mark.parametrize(
    "data",
    [
        (MAX_MESSAGE_BYTES + 1).to_bytes(4, "big"),
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x00\x00\x01\xc1",
        b"\x00\x00\x00\x01\x05",
        encode({"no": "kind"}),
    ],
)
def test_what_is_no_frame_is_refused(run: CoreProcess, data: bytes) -> None:
    """Bytes that are no frame, or one too large: one sentence, a bye and status 1, no traceback."""
    run.next("hello")
    run.send(data)
    assert "does not speak our protocol" in str(run.next("error")["message"])
    run.next("bye")
    assert run.end() == 1
    assert "Traceback" not in run.stderr()


def test_a_client_that_does_not_read_blocks_nothing(run: CoreProcess) -> None:
    """With the pipe full of frames, commands are still obeyed."""
    run.say(START, {"t": "rate", "hz": 30.0})
    marker: Message = {"t": "marker", "text": "x" * 5000}
    refused: Message = {"t": "swap", "policy": "y" * 5000}
    run.say(*[marker] * 400)
    run.say(*[refused] * 100)
    run.say({"t": "quit"})
    assert run.end() == 0


def test_the_death_of_the_client_ends_the_core() -> None:
    """A client killed without a word leaves no core behind."""
    code = """
import subprocess, sys, time
core = subprocess.Popen(
    [sys.executable, "-m", "emulator", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
core.stdout.read(1)
print("up", flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as client:
        assert pipe(client.stdout).readline() == b"up\n"
        client.kill()
        # Client and core share this stderr: its end is reached when the last of them is gone.
        _, stderr = client.communicate(timeout=PATIENCE_S)
    assert stderr == b""


def test_a_call_that_is_not_the_protocol_is_explained() -> None:
    """Any other call prints the usage and exits with status 2."""
    done = subprocess.run(
        [sys.executable, "-m", "emulator"], cwd=REPOSITORY, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"usage: python -m emulator serve" in done.stderr
    assert done.stdout == b""
