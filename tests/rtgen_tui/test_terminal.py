"""When the terminal goes away the core is closed and the process ends. Under a real terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding

from rtgen_tui.app import RtgenApp
from rtgen_tui.terminal import HANGUP_EXIT_CODE, is_lost

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("terminal_program.py")
PATIENCE_S = 60.0
"""Far more than is needed, on a busy machine too."""
IGNORING_HANGUPS = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""What nohup does."""
TEXTUAL_FAILED = 1
"""Its input thread may read an error before the signal is handled."""
COLOR = re.compile(rb"\x1b\[[0-9;]*\b(?:38|48|3[0-7]|4[0-7]|9[0-7]|10[0-7])[;m]")


class Terminal:
    """The program on a pseudo terminal of its own, in its own session, as a terminal starts it."""

    def __init__(self, *, prefix: tuple[str, ...] = (), **environment: str) -> None:
        self.master, slave = pty.openpty()
        self._report, report = os.pipe()
        self.screen = bytearray()
        inherited = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(PROGRAM), str(report)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=(report,),
            cwd=ROOT,
            env={**inherited, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environment},
            start_new_session=True,
        )
        os.close(slave)
        os.close(report)
        # Somebody must read the screen, or the program would wait for its terminal.
        self._reader = threading.Thread(target=self._read_screen, daemon=True)
        self._hung_up = threading.Event()
        self._reader.start()

    def _read_screen(self) -> None:
        while not self._hung_up.is_set():
            ready, _, _ = select.select([self.master], [], [], 0.05)
            try:
                if ready:
                    self.screen += os.read(self.master, 1 << 16)
            except OSError:
                return

    def wait_for(self, word: bytes) -> None:
        """Block until the program reports this word."""
        ready, _, _ = select.select([self._report], [], [], PATIENCE_S)
        assert ready, bytes(self.screen[-2000:])
        assert os.read(self._report, len(word) + 1) == word + b"\n", bytes(self.screen[-2000:])

    def hang_up(self) -> None:
        """Close the terminal, as closing its window does."""
        self._hung_up.set()
        self._reader.join()
        os.close(self.master)

    def wait(self) -> int:
        """The exit status."""
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if not self._hung_up.is_set():
            self.hang_up()
        os.close(self._report)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Terminals to close when the test is over."""
    opened: list[Terminal] = []
    yield opened
    for each in opened:
        each.close()


def opened(terminals: list[Terminal], *prefix: str, **environment: str) -> Terminal:
    """A terminal in which the program has drawn its first frame."""
    terminal = Terminal(prefix=prefix, **environment)
    terminals.append(terminal)
    terminal.wait_for(b"ready")
    return terminal


@pytest.mark.parametrize(
    ("number", "environment", "colored"),
    [(signal.SIGHUP, {"NO_COLOR": "1"}, False), (signal.SIGTERM, {}, True)],
)
def test_a_signal_ends_the_application_and_closes_the_core(
    number: signal.Signals,
    environment: dict[str, str],
    colored: bool,
    terminals: list[Terminal],
) -> None:
    """It leaves as if the user had quit, with the status that shells expect.

    With NO_COLOR not even grey: no escape sequence that sets a color has reached the terminal.
    """
    terminal = opened(terminals, **environment)
    terminal.process.send_signal(number)
    terminal.wait_for(b"closed")

    assert terminal.wait() == 128 + number
    assert b"left with a summary" in terminal.screen
    assert b"bg-blur" in terminal.screen
    assert bool(COLOR.search(terminal.screen)) is colored


def test_closing_the_terminal_ends_the_application_and_closes_the_core(
    terminals: list[Terminal],
) -> None:
    """The kernel sends SIGHUP to who lives in the terminal; who finds out first sets the status."""
    terminal = opened(terminals)
    terminal.hang_up()
    terminal.wait_for(b"closed")

    assert terminal.wait() in {HANGUP_EXIT_CODE, TEXTUAL_FAILED}


def test_closing_the_terminal_ends_it_even_where_hangups_are_ignored(
    terminals: list[Terminal],
) -> None:
    """Under nohup no signal comes; without the watch it would spin for ever."""
    terminal = opened(terminals, sys.executable, "-c", IGNORING_HANGUPS)
    terminal.hang_up()
    terminal.wait_for(b"closed")

    assert terminal.wait() == HANGUP_EXIT_CODE


def test_a_terminal_is_lost_when_its_other_end_is_closed() -> None:
    """And not before."""
    master, slave = pty.openpty()
    before = is_lost(slave)
    os.close(master)
    after = is_lost(slave)
    os.close(slave)

    assert (before, after) == (False, True)


def test_what_is_no_terminal_counts_as_lost() -> None:
    """So a watch on a pipe never starts."""
    reading, writing = os.pipe()
    lost = is_lost(reading)
    os.close(reading)
    os.close(writing)

    assert lost


def test_a_shell_can_suspend_the_screen() -> None:
    """As any program; the core, a process of its own, goes on."""
    bound = {each.key: each.action for each in RtgenApp.BINDINGS if isinstance(each, Binding)}

    assert bound["ctrl+z"] == "suspend_process"
