"""One line for each request and socket: its route, its answer, how long. No query, no address, no words.

The server's own log tells the whole address of a request, in which words may stand, beside the address it came from.
"""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

UNROUTED = "(no route)"
"""whatever was asked for there: a stranger wrote it"""


class AccessLog:
    """Around everything else; a route is told by its pattern, so not even an id of a path is written."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        began_s, status = time.monotonic(), 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            status = message.get("status") or message.get("code") or status
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            method = scope.get("method", "SOCKET")
            log.info("%s %s %d %.0f ms", method, route_of(scope), status, (time.monotonic() - began_s) * 1000)


def route_of(scope: Scope) -> str:
    """The pattern of the route that answered; a mounted folder's or Gradio's by where it is mounted."""
    path = getattr(scope.get("route"), "path", None)
    if path:
        return str(scope.get("root_path", "") + path)
    return str(scope["root_path"]) if scope.get("root_path") else UNROUTED
