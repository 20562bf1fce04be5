"""The dashboard in a browser: what is served, to whom, and what is said about it."""

import asyncio
import importlib.util

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from textual_serve.server import Server
from typer.testing import CliRunner

from rtgen_tui import exits, web_server
from rtgen_tui.cli import app
from rtgen_tui.commands import serve_web
from rtgen_tui.web_server import WebServer


class Served:
    """Takes the place of the server."""

    made: tuple[object, ...] = ()

    def __init__(self, command: str, host: str, port: int, title: str) -> None:
        type(self).made = (command, host, port, title)

    def serve(self) -> None:
        """Ends at once."""


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> type[Served]:
    """What was served."""
    monkeypatch.setattr(web_server, "WebServer", Served)
    return Served


def test_each_page_is_a_run_on_the_dashboard(served: type[Served]) -> None:
    """With the options of the command, on this machine only, without a warning."""
    done = CliRunner().invoke(app, "web game-npc --policy edf --seed 7 --port 8080")
    command, host, port, _ = served.made

    assert str(command).endswith(" -m rtgen_tui run game-npc --policy edf --seed 7 --dashboard")
    assert (host, port) == ("127.0.0.1", 8080)
    assert done.stderr == ""


def test_others_are_let_in_with_a_plain_warning() -> None:
    """There is no password."""
    done = CliRunner().invoke(app, "web --host 0.0.0.0")

    assert "everybody who reaches 0.0.0.0:8000 can see and steer the runs" in done.stderr


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.168.1.7", False)],
)
def test_what_is_this_machine(host: str, inside: bool) -> None:
    """Addresses of the loopback, and its name."""
    assert serve_web.is_this_machine(host) is inside


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    done = CliRunner().invoke(app, "web")

    assert done.exit_code == exits.USER_ERROR
    assert "web needs textual-serve: pip install 'rtgen-tui[web]'" in done.stderr


def test_another_web_site_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its page may open a connection to this machine, but not get through."""
    connected = web.WebSocketResponse()

    async def connect(_: object, __: object) -> web.WebSocketResponse:
        return connected

    monkeypatch.setattr(Server, "handle_websocket", connect)
    server = WebServer("true", "127.0.0.1", 8000)

    async def answer(origin: str) -> object:
        headers = {"Host": "127.0.0.1:8000", "Origin": origin}
        return await server.handle_websocket(make_mocked_request("GET", "/ws", headers))

    assert asyncio.run(answer("http://127.0.0.1:8000")) is connected
    for origin in ("https://evil.example", "http://127.0.0.1:8001", ""):
        with pytest.raises(web.HTTPForbidden):
            asyncio.run(answer(origin))
