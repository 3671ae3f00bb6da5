"""The live socket, /ws: `auth` first, then media and control in, events out. A thin shell around a Session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from core.acts import change_scopes
from core.errors import AppError, Refused
from core.live.session import Session
from core.services import Services
from core.transports.clock import TrackClock
from core.transports.intake import Intake
from core.transports.protocol import (
    Auth,
    Baseline,
    CancelReply,
    Consent,
    Greeting,
    Mark,
    MessageError,
    Pause,
    Ping,
    Prefer,
    Reading,
    ReplyHeard,
    Report,
    Resume,
    SpeechEnd,
    Stop,
    Text,
    parse_text,
    preferences,
    reading,
)
from core.transports.wire_events import encode, error_message, event_message
from core.types import AudioChunk, EncodedFrame, Modality, Person

log = logging.getLogger(__name__)

AUTH_S = 10.0
"""a connection that has not authenticated by then is closed"""
SEND_S = 15.0
"""a client that takes nothing for this long is let go; its session waits for it"""
POLICY = 1008
NORMAL = 1000
TRY_AGAIN = 1012
"""the connection ends and its session waits for the client to come back"""


class Connection:
    """One client from `auth` to its end."""

    def __init__(self, socket: WebSocket, services: Services) -> None:
        self._socket = socket
        self._services = services
        self._session: Session
        self._intake: Intake
        self._is_taken_over = asyncio.Event()
        self._reading_clocks: dict[Modality, TrackClock] = {}
        self._late_errors: asyncio.Queue[AppError] = asyncio.Queue()
        self._handlers: dict[type[Any], Callable[[Any], Awaitable[None]]] = {
            EncodedFrame: self._picture,
            AudioChunk: self._sound,
            SpeechEnd: self._speech_end,
            Text: self._text,
            Prefer: self._prefer,
            Baseline: self._baseline,
            Greeting: self._greet,
            ReplyHeard: self._reply_heard,
            CancelReply: self._cancel_reply,
            Auth: self._second_auth,
            Pause: self._pause,
            Resume: self._resume,
            Stop: self._stop,
            Ping: self._ping,
            Consent: self._consent,
            Mark: self._mark,
            Reading: self._reading,
            Report: self._report,
        }

    async def run(self) -> None:
        """The connection's door: whatever goes wrong ends this connection, never the session or the server."""
        await self._socket.accept()
        try:
            person, resume_token = await self._authenticate()
            token = await self._enter(person, resume_token)
        except AppError as error:
            await self._close(POLICY, error_message(error, fatal=True))
            return
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            await self._close(POLICY)
            return
        try:
            await self._talk(token)
        except* (WebSocketDisconnect, TimeoutError):
            log.info("session %s: client gone", self._session.session_id)
        except* Exception:
            log.exception("session %s: connection failed", self._session.session_id)
        finally:
            self._services.sessions.detach(self._session, self._is_taken_over.set)
        await self._close(NORMAL if self._session.is_ended else TRY_AGAIN)

    # -- coming in --------------------------------------------------------------------------------

    async def _authenticate(self) -> tuple[Person, str | None]:
        """Nothing else is looked at before this. Raises Refused."""
        try:
            async with asyncio.timeout(AUTH_S):
                received = await self._socket.receive()
        except TimeoutError:
            raise Refused(f"no auth within {AUTH_S:.0f} s; send auth with your token first", code="no_auth") from None
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", NORMAL))
        try:
            message = parse_text(received.get("text") or "")
        except MessageError:
            message = None
        if not isinstance(message, Auth):
            raise Refused("the first message must be auth with your token (POST /api/guest gives one)", code="no_auth")
        return await self._services.accounts.person(message.token), message.resume_token

    async def _enter(self, person: Person, resume_token: str | None) -> str:
        """A session, new or found again; the token that re-enters it. What fails after this detaches it."""
        sessions = self._services.sessions
        if resume_token is None:
            self._session, token = await sessions.open(person)
        else:
            self._session, token = sessions.resume(resume_token, person)
        self._intake = Intake(self._session, self._services.settings, self._late_errors.put_nowait)
        sessions.attach(self._session, self._is_taken_over.set)
        return token

    async def _welcome(self, resume_token: str) -> None:
        await self._send(
            {
                "type": "ready",
                "session_id": self._session.session_id,
                "resume_token": resume_token,
                "modalities": sorted(self._services.sessions.parts.lanes),
                "engines": self._services.engines.describe(),
            }
        )
        await self._send(event_message(self._session.state()))

    async def _talk(self, token: str) -> None:
        """Send, receive and watch for a takeover; the first to end ends the others."""
        await self._welcome(token)
        async with asyncio.TaskGroup() as group:
            tasks = {
                group.create_task(self._send_events()),
                group.create_task(self._receive()),
                group.create_task(self._wait_for_takeover()),
                group.create_task(self._take_decoded()),
                group.create_task(self._tell_late_errors()),
            }
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            self._intake.close()

    async def _wait_for_takeover(self) -> None:
        await self._is_taken_over.wait()
        error = Refused("this session is now open in another place", code="taken_over")
        await self._send(error_message(error, fatal=True))

    async def _send_events(self) -> None:
        while (event := await self._session.outbox.get()) is not None:
            try:
                await self._send(event_message(event))
            except (WebSocketDisconnect, TimeoutError, RuntimeError):
                self._session.outbox.put_back(event)
                log.info("session %s: client does not take events", self._session.session_id)
                return

    async def _send(self, message: dict[str, Any]) -> None:
        async with asyncio.timeout(SEND_S):
            await self._socket.send_text(encode(message))

    async def _close(self, code: int, message: dict[str, Any] | None = None) -> None:
        try:
            if message is not None:
                await self._send(message)
            async with asyncio.timeout(SEND_S):
                await self._socket.close(code)
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            log.debug("connection was gone before it was closed")

    # -- messages in ------------------------------------------------------------------------------

    async def _receive(self) -> None:
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            try:
                message = self._intake.parse(dict(received))
                if message is not None:
                    await self._handlers[type(message)](message)
            except AppError as error:
                await self._turn_away(error)

    async def _turn_away(self, error: AppError) -> None:
        self._services.metrics.dropped.labels(error.code).inc()
        if self._intake.once(error):
            await self._send(error_message(error))

    async def _take_decoded(self) -> None:
        """Sound of a streamed recording, when its decoder has it."""
        while True:
            chunk = await self._intake.decoded()
            try:
                await self._session.offer_sound(chunk)
            except AppError as error:
                await self._turn_away(error)

    async def _tell_late_errors(self) -> None:
        while True:
            await self._turn_away(await self._late_errors.get())

    async def _picture(self, frame: EncodedFrame) -> None:
        await self._session.offer_picture(frame)

    async def _sound(self, chunk: AudioChunk) -> None:
        await self._session.offer_sound(chunk)

    async def _speech_end(self, message: SpeechEnd) -> None:
        await self._session.end_speech(message.text)

    async def _text(self, message: Text) -> None:
        await self._session.offer_text(message.text)

    async def _prefer(self, message: Prefer) -> None:
        self._session.prefer(preferences(message))

    async def _baseline(self, message: Baseline) -> None:
        self._session.baseline(message.action)

    async def _greet(self, _message: Greeting) -> None:
        await self._session.greet()

    async def _reply_heard(self, message: ReplyHeard) -> None:
        await self._session.reply_heard(message.turn, message.part, message.seconds)

    async def _cancel_reply(self, _message: CancelReply) -> None:
        self._session.cancel_reply()

    async def _second_auth(self, _message: Auth) -> None:
        raise MessageError("this connection is authenticated already; open another one for another token")

    async def _pause(self, _message: Pause) -> None:
        await self._session.pause()
        self._intake.tell_anew()

    async def _resume(self, _message: Resume) -> None:
        await self._session.resume()
        self._intake.tell_anew()

    async def _stop(self, _message: Stop) -> None:
        await self._services.sessions.close(self._session)

    async def _ping(self, message: Ping) -> None:
        await self._send({"type": "pong", "id": message.id})

    async def _consent(self, message: Consent) -> None:
        await self._services.sessions.keep(self._change_scopes(message))
        self._intake.tell_anew()

    async def _change_scopes(self, message: Consent) -> None:
        await change_scopes(self._services, self._session.person, message.scopes, message.delete)

    async def _mark(self, message: Mark) -> None:
        self._session.mark(message.label, message.t, message.duration)

    async def _reading(self, message: Reading) -> None:
        """Consent first: before it no time begins to run."""
        self._session.check_device()
        self._session.begin()
        arrived_s = self._session.now_s()
        clock = self._reading_clocks.setdefault(message.modality, TrackClock())
        time_s = clock.map(message.t, arrived_s)
        capture_s = time_s if message.t is None else message.t
        await self._session.offer_reading(reading(message, time_s, capture_s, arrived_s))

    async def _report(self, message: Report) -> None:
        self._session.report(message.shown, message.chosen, message.t)


class WebSocketTransport:
    """Found by the folder scan; adds its routes to the app."""

    name = "websocket"

    def routes(self, services: Services) -> APIRouter:
        """/ws"""
        router = APIRouter()

        @router.websocket("/ws")
        async def live(socket: WebSocket) -> None:
            await Connection(socket, services).run()

        return router


TRANSPORT = WebSocketTransport()
