"""The application in a real terminal, driven by tmux: for the tour and for measurements."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

REPOSITORY = Path(__file__).parents[1]
PROGRAM = (sys.executable, "-m", "rtgen_tui")


class Terminal:
    """A tmux server of its own with one window, in which a command runs."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (120, 40),
        term: str = "tmux-256color",
        folder: Path = REPOSITORY,
        pipe_to: Path | None = None,
    ) -> None:
        self._socket = f"rtgen-{os.getpid()}-{id(self):x}"
        words = " ".join(f"'{each}'" for each in command)
        environment = f"env -u NO_COLOR TERM={term} COLORTERM=truecolor"
        self._tmux("-f", "/dev/null", "new-session", "-d", *_size(size), "-c", str(folder), "cat")
        self._tmux("set", "-g", "status", "off")
        self._tmux("set", "-g", "remain-on-exit", "on")
        if pipe_to is not None:
            self._tmux("pipe-pane", "-O", f"cat > {pipe_to}")
        self._tmux("respawn-pane", "-k", f"{environment} {words}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")

    @property
    def pid(self) -> int:
        """Of the command."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    @property
    def is_dead(self) -> bool:
        """Whether the command has ended."""
        return self._tmux("display-message", "-p", "#{pane_dead}").strip() == "1"

    @property
    def text(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def type(self, *keys: str) -> None:
        """Press keys, by the names of tmux."""
        self._tmux("send-keys", *keys)

    def resize(self, size: tuple[int, int]) -> None:
        """Make the window as large as this: (columns, rows)."""
        self._tmux("resize-window", *_size(size))

    def wait(self, holds: Callable[[str], bool], what: str, *, timeout_s: float = 20.0) -> float:
        """Waits until the screen is so; returns the seconds that took.

        Raises:
            AssertionError: it never was; the screen is in the message.
        """
        begun = time.perf_counter()
        while not holds(self.text):
            if time.perf_counter() - begun > timeout_s:
                raise AssertionError(f"{what} did not come; on the screen:\n{self.text}")
            time.sleep(0.005)
        return time.perf_counter() - begun

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *words],  # noqa: S607 - wherever it is
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout


def has_tmux() -> bool:
    """Whether any of this can be done here."""
    return shutil.which("tmux") is not None


def cpu_s(pid: int) -> float:
    """CPU time of a process so far, in seconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _size(size: tuple[int, int]) -> list[str]:
    return ["-x", str(size[0]), "-y", str(size[1])]
