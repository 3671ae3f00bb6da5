"""/ws/predict, the small stateless sibling for prototypes: media in, one plain line several times a second out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import msgspec
from fastapi import APIRouter, WebSocket

from core.errors import AppError, Refused
from core.live.session import Session
from core.services import Routes, Services
from core.transports.asgi_socket import AsgiSocket
from core.transports.intake import Intake
from core.transports.peer import Gone, Receive, Send
from core.transports.refusals import Refusals
from core.transports.wire.prediction import prediction
from core.transports.wire_events import error_message
from core.types import Estimate, FusedEstimate, Modality, Person

log = logging.getLogger(__name__)

NORMAL, POLICY = 1000, 1008
CONSENT_S = 10.0
"""a connection that has not consented by then is closed"""
FPS_OVER_S = 2.0
"""readings a second are counted over so long"""
MOST_READINGS = 256
"""readings remembered for it: 128 a second, more than are taken"""


class Prediction:
    """One connection; it has a session of its own that nothing records and nobody answers."""

    def __init__(self, services: Services, send: Send, receive: Receive) -> None:
        self._services = services
        self._send = send
        self._receive = receive
        self._began_s = time.monotonic()
        self._readings_s: deque[float] = deque(maxlen=MOST_READINGS)
        self._newest: dict[Modality, Estimate] = {}

    async def run(self) -> bool:
        """From consent to the end; whether anybody was let in. Raises Gone."""
        try:
            await self._ask_consent()
            parts = replace(self._services.sessions.parts, recorder=None, replies=None)
            session, _ = await self._services.sessions.open(_nobody(), kind="predict", parts=parts)
        except AppError as error:
            await self._send(error_message(error, fatal=True))
            return False
        self._services.sessions.attach(session, session.leave)
        refusals = Refusals(session, self._services.metrics, self._tell_error)
        intake = Intake(session, self._services.settings, refusals)
        try:
            await self._talk(session, intake, refusals)
        except* Gone:
            log.info("predict client gone")
        finally:
            intake.close()
            await self._services.sessions.close(session)
        return True

    async def _ask_consent(self) -> None:
        try:
            async with asyncio.timeout(CONSENT_S):
                first = _consent_of(await self._receive())
        except TimeoutError:
            first = None
        if first is not True:
            raise Refused('the first message must be {"consent": true}; nothing is looked at before it', "no_consent")

    async def _talk(self, session: Session, intake: Intake, refusals: Refusals) -> None:
        async with asyncio.TaskGroup() as group:
            others = [group.create_task(self._tell(session)), group.create_task(intake.run())]
            while (data := await self._receive()) is not None:
                await refusals.guard(intake.take(data))  # anything but media is known, and of no use here
            for other in others:
                other.cancel()

    async def _tell_error(self, error: AppError) -> None:
        await self._send(error_message(error))

    async def _tell(self, session: Session) -> None:
        while (event := await session.outbox.get()) is not None:
            if isinstance(event, Estimate) and (event.is_subject or event.modality != "face"):
                self._newest[event.modality] = event
                if event.modality == "face":
                    self._readings_s.append(time.monotonic())
            elif isinstance(event, FusedEstimate):
                await self._send(self._line(event))

    def _line(self, fused: FusedEstimate) -> Mapping[str, object]:
        now_s = time.monotonic()
        recent = [t for t in self._readings_s if now_s - t <= FPS_OVER_S]
        newest, since_s = self._newest, now_s - self._began_s
        return prediction(fused, newest.get("face"), newest.get("voice"), since_s, len(recent) / FPS_OVER_S)


def _consent_of(message: str | bytes | None) -> object:
    """What the first message says of consent; None where it says nothing. Raises Gone."""
    if message is None:
        raise Gone
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


def routes(services: Services) -> APIRouter:
    """/ws/predict"""
    router = APIRouter()

    @router.websocket("/ws/predict")
    async def predict(socket: WebSocket) -> None:
        await socket.accept()
        shell = AsgiSocket(socket)
        try:
            was_let_in = await Prediction(services, shell.send, shell.receive).run()
        except Gone:
            return
        await shell.close(NORMAL if was_let_in else POLICY)

    return router


TRANSPORT = Routes("predict", routes)
