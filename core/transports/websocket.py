"""The live socket, /ws: a thin shell around a Peer."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from core.services import Routes, Services
from core.transports.asgi_socket import AsgiSocket
from core.transports.peer import Ending, serve

CODES = {Ending.REFUSED: 1008, Ending.OVER: 1000, Ending.AWAY: 1012}
"""RFC 6455 and its registry: policy violation; normal; service restart, on which a client comes back"""


def routes(services: Services) -> APIRouter:
    """/ws"""
    router = APIRouter()

    @router.websocket("/ws")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        shell = AsgiSocket(socket)
        await shell.close(CODES[await serve(services, shell.send, shell.receive)])

    return router


TRANSPORT = Routes("websocket", routes)
