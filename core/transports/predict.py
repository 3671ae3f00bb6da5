"""/ws/predict, the small stateless sibling for prototypes: media in, one plain line several times a second out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from core.errors import AppError, Refused
from core.live.session import Session
from core.modalities import MODALITY_FACTS, is_of_person
from core.services import Services
from core.transports.intake import Intake
from core.transports.wire_events import encode, error_message
from core.types import EMOTIONS, AudioChunk, EncodedFrame, Estimate, FusedEstimate, Modality, Person

log = logging.getLogger(__name__)

CONSENT_S = 10.0


class Prediction:
    """One connection; it has a session of its own that nothing records and nobody answers."""

    def __init__(self, socket: WebSocket, services: Services) -> None:
        self._socket = socket
        self._services = services
        self._began_s = time.monotonic()
        self._readings_s: deque[float] = deque(maxlen=64)
        self._newest: dict[Modality, Estimate] = {}

    async def run(self) -> None:
        """The connection's door."""
        await self._socket.accept()
        try:
            await self._ask_consent()
            parts = replace(self._services.sessions.parts, recorder=None, replies=None)
            session, _ = await self._services.sessions.open(_nobody(), kind="predict", parts=parts)
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            return
        except AppError as error:
            await self._socket.send_text(encode(error_message(error, fatal=True)))
            await self._socket.close(1008)
            return
        self._services.sessions.attach(session, session.leave)
        late: asyncio.Queue[AppError] = asyncio.Queue()
        intake = Intake(session, self._services.settings, late.put_nowait)
        try:
            async with asyncio.TaskGroup() as group:
                others = (self._tell(session), self._take_decoded(session, intake), self._tell_late(late, intake))
                tasks = [group.create_task(other) for other in others]
                await self._take(session, intake)
                for task in tasks:
                    task.cancel()
        except* (WebSocketDisconnect, TimeoutError, RuntimeError):
            log.info("predict client gone")
        finally:
            intake.close()
            await self._services.sessions.close(session)

    async def _ask_consent(self) -> None:
        async with asyncio.timeout(CONSENT_S):
            received = await self._socket.receive()
        try:
            first = msgspec.json.decode(received.get("text") or "")
        except msgspec.DecodeError:
            first = None
        if not isinstance(first, dict) or first.get("consent") is not True:
            raise Refused('the first message must be {"consent": true}; nothing is looked at before it', "no_consent")

    async def _take(self, session: Session, intake: Intake) -> None:
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            try:
                message = intake.parse(dict(received))
                if isinstance(message, EncodedFrame):
                    await session.offer_picture(message)
                elif isinstance(message, AudioChunk):
                    await session.offer_sound(message)
            except AppError as error:
                await self._turn_away(error, intake)

    async def _turn_away(self, error: AppError, intake: Intake) -> None:
        if intake.once(error):
            await self._socket.send_text(encode(error_message(error)))

    async def _take_decoded(self, session: Session, intake: Intake) -> None:
        while True:
            chunk = await intake.decoded()
            try:
                await session.offer_sound(chunk)
            except AppError as error:
                await self._turn_away(error, intake)

    async def _tell_late(self, late: asyncio.Queue[AppError], intake: Intake) -> None:
        while True:
            await self._turn_away(await late.get(), intake)

    async def _tell(self, session: Session) -> None:
        while (event := await session.outbox.get()) is not None:
            if isinstance(event, Estimate) and is_of_person(event):
                self._newest[event.modality] = event
                if MODALITY_FACTS[event.modality].medium == "picture":
                    self._readings_s.append(time.monotonic())
            elif isinstance(event, FusedEstimate):
                await self._socket.send_text(encode(self._line(event)))

    def _confidence(self, modality: Modality, fused: FusedEstimate) -> float | None:
        """Of the newest reading, while it counts."""
        newest = self._newest.get(modality)
        return None if newest is None or fused.weights[modality] <= 0 else round(float(newest.probs.max()), 4)

    def _line(self, fused: FusedEstimate) -> dict[str, Any]:
        """Null where a modality, or everything, is missing."""
        is_there = any(fused.weights.values())
        now_s = time.monotonic()
        recent = [t for t in self._readings_s if now_s - t <= 2.0]
        return {
            "emotion": EMOTIONS[int(np.argmax(fused.probs))] if is_there else None,
            "confidence": round(fused.confidence, 4) if is_there else None,
            "fer_conf": self._confidence("face", fused),
            "ser_conf": self._confidence("voice", fused),
            "timestamp": int(now_s - self._began_s),
            "fps": round(len(recent) / 2.0, 1),
        }


def _nobody() -> Person:
    """Consented by the first message, for this connection only; nothing is stored."""
    return Person(
        "predict", "visitor", frozenset({"camera", "microphone"}), "other", "predict", expires_at=float("inf")
    )


class PredictTransport:
    """Found by the folder scan."""

    name = "predict"

    def routes(self, services: Services) -> APIRouter:
        """/ws/predict"""
        router = APIRouter()

        @router.websocket("/ws/predict")
        async def predict(socket: WebSocket) -> None:
            await Prediction(socket, services).run()

        return router


TRANSPORT = PredictTransport()
