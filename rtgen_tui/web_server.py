"""The web server: textual-serve's, for pages of its own only."""

from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server


class WebServer(Server):
    """Refuses what other web sites try through the user's browser."""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Connects a page with its run, if the page is ours.

        Raises:
            HTTPForbidden: it is not.
        """
        # Browsers let any page open a WebSocket to this machine, but say which page it is.
        origin = request.headers.get("Origin", "")
        if urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="opened by another web site")
        return await super().handle_websocket(request)
