"""What stands before every route: who may open a socket, how much may be sent how often, and the security headers.

Plain ASGI, so that nothing is buffered and sockets pass through it too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.addresses import group_of
from core.errors import AppError, Limit, Refused, TooLarge
from core.rest.door import Crowd, Doorkeeper, in_time
from core.settings import Settings

OWN_LIMIT = ("/api/clips", "/api/bundles")
"""routes that read their body as a stream and keep a limit of their own"""

ALWAYS_ANSWERED = {"/health"}
"""whoever watches the server must see it under attack too"""

HANGS_UP = {"too_many", "too_slow"}
"""refusals after which the connection is not kept: whatever comes of the body is not waited for"""

DRAINED = 8
"""a body up to so many times the limit is read to its end and dropped, so that its sender sees the answer"""

POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio 6 writes inline scripts into its page and makes functions of js_on_load
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        # https: because a person may name the address of an avatar of their own
        "connect-src 'self' https: ws: wss: data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
FRAMED_BY = "'self'"
FRAMED_BY_SPACE = "'self' https://huggingface.co https://*.huggingface.co https://*.hf.space"
"""a Space's page is shown inside huggingface.co"""


def headers_for(settings: Settings) -> dict[str, str]:
    """Name to value, for every answer."""
    framed_by = FRAMED_BY_SPACE if settings.is_space else FRAMED_BY
    headers = {
        "content-security-policy": f"{POLICY}; frame-ancestors {framed_by}",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin-allow-popups",
    }
    if settings.tls_cert is not None:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


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
        return receive if path in OWN_LIMIT else await self._small(_headers(scope), receive)

    async def _small(self, headers: Mapping[str, str], receive: Receive) -> Receive:
        """The body, read to its end up to the limit. Raises TooLarge."""
        refusal = TooLarge(f"a body may have {self._largest / 1e6:g} MB; send less")
        stated = headers.get("content-length", "0")
        if not stated.isdigit() or int(stated) > DRAINED * self._largest:
            raise refusal
        parts: list[Message] = []
        size = 0
        async with in_time("send less") as has_come:
            while True:
                message = await receive()
                size += len(message.get("body", b""))
                has_come(size)
                if size <= self._largest:
                    parts.append(message)
                is_last = message["type"] != "http.request" or not message.get("more_body")
                if is_last or size > DRAINED * self._largest:
                    break
        if size > self._largest:
            raise refusal
        parts.reverse()

        async def again() -> Message:
            return parts.pop() if parts else await receive()

        return again


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
