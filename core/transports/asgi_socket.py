"""A WebSocket as the app server hands it over, for what knows none: receive, send, close."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from fastapi import WebSocket, WebSocketDisconnect

from core.addresses import group_of
from core.transports.peer import Ending, Gone
from core.transports.wire_events import encode

log = logging.getLogger(__name__)

SEND_S = 15.0
"""a client that takes nothing for this long is let go"""
CODES = {Ending.REFUSED: 1008, Ending.OVER: 1000, Ending.AWAY: 1012}
"""RFC 6455 and its registry: policy violation; normal; service restart, on which a client comes back"""


class AsgiSocket:
    """One accepted connection."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    @property
    def address(self) -> str:
        """Of the client, as limits count it."""
        return group_of(self._socket.client.host if self._socket.client else "")

    async def receive(self) -> str | bytes | None:
        """The next message; None when the client is gone."""
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            return None
        data: str | bytes = received.get("bytes") or received.get("text") or ""
        return data

    async def send(self, message: Mapping[str, object]) -> None:
        """One message as JSON. Raises Gone."""
        try:
            async with asyncio.timeout(SEND_S):
                await self._socket.send_text(encode(message))
        except (WebSocketDisconnect, TimeoutError, RuntimeError) as error:
            raise Gone from error

    async def close(self, ending: Ending) -> None:
        """With the code that says why; a client that is gone already needs none."""
        try:
            async with asyncio.timeout(SEND_S):
                await self._socket.close(CODES[ending])
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            log.debug("connection was gone before it was closed")
