"""Where the core runs: here, on another machine, or behind any command that speaks its protocol."""

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rtgen_tui.exits import user_error

if TYPE_CHECKING:
    import subprocess

# A login by ssh may not have the folder of user programs in its path.
_REMOTE: Final = (
    'PATH="$HOME/.local/bin:$PATH"; '
    "if command -v rtgen-tui >/dev/null; then exec rtgen-tui serve; fi; "
    "exec python3 -m emulator serve"
)
# Never a question on a terminal that belongs to the screen, and a dead line is noticed.
_SSH: Final = ("ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=5")


@dataclass(frozen=True, slots=True)
class CoreAddress:
    """A way to a core."""

    name: str = ""
    """What the user calls it; empty: a process of our own, here."""
    command: tuple[str, ...] = ()

    @property
    def is_elsewhere(self) -> bool:
        """Whether the connection to it can break while it lives."""
        return bool(self.command)

    def spawn(self) -> "subprocess.Popen[bytes]":
        """The process that is the core, or leads to it. Raises OSError: it cannot start."""
        from rtgen_tui.core_process import spawn_command, spawn_core

        return spawn_command(self.command) if self.command else spawn_core()


HERE: Final = CoreAddress()


def core_address(on: str | None, command: str | None) -> CoreAddress:
    """What ``--on HOST`` and ``--core COMMAND`` say. Raises UserError: they say nothing usable."""
    if on is not None and command is not None:
        raise user_error("--on and --core both say where the core runs: give one of them")
    if on is not None:
        return _on_host(on)
    return HERE if command is None else _by_command(command)


def attached(socket: str) -> CoreAddress:
    """The core of a run that is served on a socket of this machine."""
    command = (sys.executable, "-P", "-X", "utf8", "-m", "emulator", "attach", socket)
    return CoreAddress(socket, command)


def _on_host(host: str) -> CoreAddress:
    # A host that begins with a dash would be an option of ssh.
    if not host.strip() or host.startswith("-"):
        raise user_error(f"--on: {host!r} is no host; right is HOST or USER@HOST")
    return CoreAddress(host, (*_SSH, "--", host, _REMOTE))


def _by_command(text: str) -> CoreAddress:
    try:
        command = tuple(shlex.split(text))
    except ValueError as error:
        raise user_error(f"--core: {text!r} is no command: {error}") from None
    if not command:
        example = "'ssh HOST python3 -m emulator serve'"
        raise user_error(f"--core: the command is empty; right is, say, {example}")
    return CoreAddress(text, command)
