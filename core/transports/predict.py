"""/ws/predict, the small stateless sibling for prototypes: media in, one plain line several times a second out.

A thin shell around a Peer, as /ws is. Its own are consent by the first message, who the client is, and the line.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import replace

import msgspec
from fastapi import APIRouter, WebSocket

from core.errors import AppError, Refused
from core.modalities import is_of_person
from core.people import Person
from core.services import Routes, Services
from core.transports.asgi_socket import AsgiSocket
from core.transports.peer import AUTH_BYTES, Ending, Gone, Peer, Receive, Send, Terms, turn_away
from core.transports.wire.prediction import PredictionLine, prediction
from core.types import Estimate, Event, FusedEstimate, Modality

CONSENT_S = 10.0
"""a connection that has not consented by then is closed"""
FPS_OVER_S = 2.0
"""readings a second are counted over so long"""
MOST_READINGS = 256
"""readings remembered for it: 128 a second, more than are taken"""


async def serve(services: Services, send: Send, receive: Receive, address: str = "") -> Ending:
    """A client from consent to its end; its session ends with it. `address` as limits count it."""
    lines = Lines()
    parts = replace(services.sessions.parts, recorder=None, replies=None)
    terms = Terms("predict", parts, lines.write, handles=frozenset(), is_greeted=False)
    try:
        await _ask_consent(receive)
        peer = await Peer.enter(services, send, _nobody(), terms=terms, address=address)
    except (AppError, Gone) as error:
        return await turn_away(send, error)
    try:
        return await peer.talk(receive)
    finally:
        await services.sessions.close(peer.session)


async def _ask_consent(receive: Receive) -> None:
    try:
        async with asyncio.timeout(CONSENT_S):
            first = _consent_of(await receive())
    except TimeoutError:
        first = None
    if first is not True:
        raise Refused('the first message must be {"consent": true}; nothing is looked at before it', "no_consent")


def _consent_of(message: str | bytes | None) -> object:
    """What the first message says of consent; None where it says nothing. Raises Gone."""
    if message is None:
        raise Gone
    if len(message) > AUTH_BYTES:
        return None
    try:
        fields = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return fields.get("consent") if isinstance(fields, dict) else None


def _nobody() -> Person:
    """Consented by the first message, for this connection only; nothing is stored."""
    return Person(
        "predict", "visitor", frozenset({"camera", "microphone"}), "other", "predict", expires_at=float("inf")
    )


class Lines:
    """Writes the events of one connection: a line for each fused one, from the newest readings of the person."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._faces_s: deque[float] = deque(maxlen=MOST_READINGS)
        self._newest: dict[Modality, Estimate] = {}

    def write(self, event: Event) -> PredictionLine | None:
        """None for an event that has no line."""
        if isinstance(event, FusedEstimate):
            return self._line(event)
        if isinstance(event, Estimate) and is_of_person(event):
            self._newest[event.modality] = event
            if event.modality == "face":
                self._faces_s.append(time.monotonic())
        return None

    def _line(self, fused: FusedEstimate) -> PredictionLine:
        now_s = time.monotonic()
        recent = [t for t in self._faces_s if now_s - t <= FPS_OVER_S]
        newest, since_s = self._newest, now_s - self._began_s
        return prediction(fused, newest.get("face"), newest.get("voice"), since_s, len(recent) / FPS_OVER_S)


def routes(services: Services) -> APIRouter:
    """/ws/predict"""
    router = APIRouter()

    @router.websocket("/ws/predict")
    async def predict(socket: WebSocket) -> None:
        await socket.accept()
        shell = AsgiSocket(socket)
        await shell.close(await serve(services, shell.send, shell.receive, shell.address))

    return router


TRANSPORT = Routes("predict", routes)
