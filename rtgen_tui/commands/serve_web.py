"""The application behind a web server of textual-serve."""

import importlib.util
import ipaddress
import shlex
import sys
from collections.abc import Sequence

from emulator.errors import UserError
from rtgen_tui.exits import note


def serve_web(arguments: Sequence[str], host: str, port: int) -> None:
    """Serves until it is ended.

    Args:
        arguments: of ``rtgen-tui run``, for each page that is opened.
        host: the address to listen on.
        port: the port to listen on.

    Raises:
        UserError: the package that serves is not installed.
    """
    if importlib.util.find_spec("textual_serve") is None:
        raise UserError("web needs textual-serve: pip install 'rtgen-tui[web]'")
    from rtgen_tui.web_server import WebServer

    if not is_this_machine(host):
        note(
            f"everybody who reaches {host}:{port} can see and steer the runs, and have files "
            "recorded as you: there is no password"
        )
    command = shlex.join([sys.executable, "-m", "rtgen_tui", "run", *arguments, "--dashboard"])
    WebServer(command, host, port, title="rtgen").serve()


def is_this_machine(host: str) -> bool:
    """Whether only programs of this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
