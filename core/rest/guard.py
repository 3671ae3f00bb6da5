"""What stands before every route: who may open a socket, how much may be sent how often, and the security headers.

Plain ASGI, so that nothing is buffered and sockets pass through it too.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.addresses import group_of
from core.errors import AppError, Limit, Refused
from core.rest.bodies import buffered
from core.rest.rate_limits import Crowd, Doorkeeper
from core.rest.security_headers import headers_for
from core.settings import Settings

OWN_LIMIT = ("/api/clips", "/api/bundles")
"""routes that read their body as a stream and keep a limit of their own"""

ALWAYS_ANSWERED = {"/health"}
"""whoever watches the server must see it under attack too"""

HANGS_UP = {"too_many", "too_slow"}
"""refusals after which the connection is not kept: whatever comes of the body is not waited for"""


def origins_of(settings: Settings) -> list[str]:
    """The other hosts whose pages may come in."""
    return [origin.strip().rstrip("/") for origin in settings.allowed_origins.split(",") if origin.strip()]


def is_welcome(origin: str, host: str, allowed: list[str]) -> bool:
    """A page of this very host, one that is named in the settings, or no page at all (no Origin header)."""
    try:
        return not origin or origin in allowed or urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # "http://[": no page has such an origin
        return False


class Guard:
    """See the module."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._allowed = origins_of(settings)
        self._headers = [(name.encode(), value.encode()) for name, value in headers_for(settings).items()]
        self._largest = round(settings.max_body_mb * 1e6)
        self._doorkeeper = Doorkeeper(settings.requests_per_minute)
        self._crowd = Crowd(settings.connections_per_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        with ExitStack() as held:
            try:
                if not is_welcome(headers.get("origin", ""), headers.get("host", ""), self._allowed):
                    raise Refused("pages of other hosts may not connect")
                held.enter_context(self._crowd.place(_address(scope)))
            except (Refused, Limit) as refusal:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": refusal.message})
                return
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", [])}
                own = [pair for pair in self._headers if pair[0] not in given]
                message = {**message, "headers": [*message.get("headers", []), *own]}
            await send(message)

        with ExitStack() as held:
            try:
                if scope["path"] not in ALWAYS_ANSWERED:
                    held.enter_context(self._crowd.place(_address(scope)))
                limited = await self._limited(scope, receive)
            except AppError as error:
                await _answer(error, send_with_headers)
                return
            await self._app(scope, limited, send_with_headers)

    async def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """What the app reads the body by: of REST routes bounded and already here. Raises Limit."""
        path = scope["path"]
        if not path.startswith("/api/"):
            return receive
        self._doorkeeper.admit(_address(scope))
        return receive if path in OWN_LIMIT else await buffered(_headers(scope), receive, self._largest)


def _address(scope: Scope) -> str:
    return group_of((scope.get("client") or ("",))[0])


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _answer(error: AppError, send: Send) -> None:
    body = json.dumps({"error": {"code": error.code, "message": error.message}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"connection", b"close")] * (error.code in HANGS_UP)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
