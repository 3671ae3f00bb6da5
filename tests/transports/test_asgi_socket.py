from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import WebSocketDisconnect

from core.transports import asgi_socket
from core.transports.asgi_socket import AsgiSocket
from core.transports.peer import Ending, Gone


class Scripted:
    """An app server's socket: gives these messages, and does what it is told with what is sent."""

    def __init__(self, *messages: dict[str, Any], fails: Exception | None = None, hangs: bool = False) -> None:
        self.messages = list(messages)
        self.sent: list[str] = []
        self.closed: list[int] = []
        self._fails, self._hangs = fails, hangs

    async def receive(self) -> dict[str, Any]:
        return self.messages.pop(0)

    async def send_text(self, text: str) -> None:
        await self._act()
        self.sent.append(text)

    async def close(self, code: int) -> None:
        await self._act()
        self.closed.append(code)

    async def _act(self) -> None:
        if self._fails is not None:
            raise self._fails
        if self._hangs:
            await asyncio.sleep(60)


async def test_messages_come_as_text_or_bytes_and_the_end_as_none() -> None:
    texts = {"type": "websocket.receive", "text": "{}"}, {"type": "websocket.receive", "bytes": b"\x01", "text": None}
    socket = AsgiSocket(Scripted(*texts, {"type": "websocket.receive"}, {"type": "websocket.disconnect"}))
    assert [await socket.receive() for _ in range(4)] == ["{}", b"\x01", "", None]


async def test_message_goes_out_as_json() -> None:
    scripted = Scripted()
    await AsgiSocket(scripted).send({"type": "pong", "id": 1})
    assert scripted.sent == ['{"type":"pong","id":1}']


@pytest.mark.parametrize("fails", [WebSocketDisconnect(), RuntimeError("closed")])
async def test_client_that_is_gone_is_gone(fails) -> None:
    socket = AsgiSocket(Scripted(fails=fails))
    with pytest.raises(Gone):
        await socket.send({})
    await socket.close(Ending.OVER)


async def test_client_that_takes_nothing_is_let_go(monkeypatch) -> None:
    monkeypatch.setattr(asgi_socket, "SEND_S", 0.05)
    socket = AsgiSocket(Scripted(hangs=True))
    with pytest.raises(Gone):
        await socket.send({})
    await socket.close(Ending.OVER)


@pytest.mark.parametrize(("ending", "code"), [(Ending.REFUSED, 1008), (Ending.OVER, 1000), (Ending.AWAY, 1012)])
async def test_each_ending_has_its_code(ending: Ending, code: int) -> None:
    scripted = Scripted()
    await AsgiSocket(scripted).close(ending)
    assert scripted.closed == [code]
