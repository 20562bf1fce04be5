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

REPOSITORY = Path(__file__).parents[2]
COMMAND = ("run", "video-call", "--duration", "3s", "--speed", "10")


def on_a_terminal(*arguments: str) -> tuple[int, str]:
    """Exit status, and everything that was written to a terminal of 120x40."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    program = subprocess.Popen(
        [sys.executable, "-m", "rtgen_tui", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    )
    os.close(slave)
    watchdog = threading.Timer(60, program.kill)
    watchdog.start()
    written = bytearray()
    try:
        while data := os.read(master, 65_536):
            written += data
    except OSError:
        pass  # the last writer has closed the terminal
    finally:
        watchdog.cancel()
        os.close(master)
    return program.wait(timeout=60), written.decode("utf-8", "replace")


def test_a_run_with_a_duration_ends_by_itself_with_its_summary() -> None:
    """The core answers, time passes, the screen is left, and what was seen is printed."""
    status, written = on_a_terminal(*COMMAND)

    assert status == 0, written[-2000:]
    assert "no core" not in written
    summary = written.rpartition("\x1b[?1049l")[2]
    assert "video-call" in summary
    assert "denoise" in summary
