"""The live socket, /ws: a thin shell around a Peer."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from core.services import Routes, Services
from core.transports.asgi_socket import AsgiSocket
from core.transports.peer import serve


def routes(services: Services) -> APIRouter:
    """/ws"""
    router = APIRouter()

    @router.websocket("/ws")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        shell = AsgiSocket(socket)
        await shell.close(await serve(services, shell.send, shell.receive, shell.address))

    return router


TRANSPORT = Routes("websocket", routes)
