"""The dashboard as a user starts it: a real terminal, a real core, nothing in between."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from emulator.session import SessionReader

REPOSITORY = Path(__file__).parents[2]
COMMAND = ("run", "video-call", "--duration", "3s", "--speed", "10")


def on_a_terminal(
    *arguments: str, typed: str = "", after: bytes = b"", errors: Path | None = None
) -> tuple[int, str]:
    """Exit status, and everything that was written to a terminal of 120x40.

    What is ``typed`` comes as soon as ``after`` is on the screen. Errors go to a file where one is
    named.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    stderr = slave if errors is None else os.open(errors, os.O_CREAT | os.O_WRONLY)
    program = subprocess.Popen(
        [sys.executable, "-m", "rtgen_tui", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=stderr,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    )
    for fd in {slave, stderr}:
        os.close(fd)
    watchdog = threading.Timer(60, program.kill)
    watchdog.start()
    written = bytearray()
    try:
        while data := os.read(master, 65_536):
            written += data
            if typed and after in written:
                os.write(master, typed.encode())
                typed = ""
    except OSError:
        pass  # the last writer has closed the terminal
    finally:
        watchdog.cancel()
        os.close(master)
    return program.wait(timeout=60), written.decode("utf-8", "replace")


class Run(NamedTuple):
    """A run of three seconds that is recorded, and whose errors go to a file."""

    status: int
    written: str
    log: Path
    recording: Path

    @property
    def afterwards(self) -> str:
        """What was written once the screen was gone."""
        return self.written.rpartition("\x1b[?1049l")[2]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """As it went."""
    folder = tmp_path_factory.mktemp("run")
    log, recording = folder / "err.log", folder / "call.rtgen"
    status, written = on_a_terminal(*COMMAND, "--record", str(recording), errors=log)
    return Run(status, written, log, recording)


def test_a_run_with_a_duration_ends_by_itself_with_its_summary(done: Run) -> None:
    """The core answers, time passes, the screen is left, and what was seen is printed."""
    assert done.status == 0, done.written[-2000:]
    assert "no core" not in done.written
    assert "video-call" in done.afterwards
    assert "denoise" in done.afterwards


def test_errors_may_go_to_a_file(done: Run) -> None:
    """`2>err.log` keeps the dashboard on the terminal, and its pictures out of the file."""
    assert "\x1b[?1049h" in done.written
    assert done.log.read_bytes() == b""


def test_a_run_is_recorded_from_its_start(done: Run) -> None:
    """The header says so, the file is closed with the screen, and its path is printed."""
    assert "REC" in done.written
    assert f"recorded {done.recording}" in done.afterwards
    with SessionReader(done.recording) as session:
        assert session.clean
        assert session.header.begins_ns == 0
        assert session.t_end_ns >= 3_000_000_000
