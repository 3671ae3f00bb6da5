"""One client of the live protocol, whatever carries it: auth, resume, takeover, messages in, events out.

Knows no socket. A shell around it gives it messages and a way to send, and says what an `Ending` means in its medium
(a close code, a closed channel). Who is known already (Bearer, before an offer) skips `authenticate`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Set
from dataclasses import dataclass
from enum import Enum
from typing import Any

from core.acts import change_scopes
from core.errors import AppError, Refused
from core.live.admission import Kind
from core.live.parts import SessionParts
from core.live.session import Session
from core.people import Person
from core.services import Services
from core.transports.intake import Intake
from core.transports.protocol import (
    CLIENT_MESSAGES,
    Auth,
    Baseline,
    CancelReply,
    ClientMessage,
    Consent,
    Greeting,
    Mark,
    MessageError,
    Pause,
    Ping,
    Prefer,
    ReplyHeard,
    Report,
    Resume,
    SpeechEnd,
    Stop,
    Text,
    parse_text,
    preferences,
)
from core.transports.refusals import Refusals
from core.transports.wire.session import pong, ready
from core.transports.wire_events import error_message, event_message
from core.types import Event, FloatArray, RawPicture

log = logging.getLogger(__name__)

AUTH_S = 10.0
"""a connection that has not authenticated by then is closed"""
AUTH_BYTES = 4096
"""an `auth` has some 150; what is larger is not even parsed for a stranger"""

Send = Callable[[Mapping[str, object]], Awaitable[None]]
"""one message to the client; raises Gone when it takes none any more"""
Receive = Callable[[], Awaitable[str | bytes | None]]
"""the next message of the client, text or bytes; None when it is gone"""
Write = Callable[[Event], Mapping[str, object] | None]
"""an event as a message; None where this client is told nothing of it"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client is served: what its session is made of, what it is told, what it may say."""

    kind: Kind = "live"
    """whose places it takes"""
    parts: SessionParts | None = None
    """of its session; None: those of every other"""
    write: Write = event_message
    handles: Set[type[ClientMessage]] = frozenset(CLIENT_MESSAGES.values())
    """messages that are answered beside media, which always is; others are read over"""
    is_greeted: bool = True
    """`ready`, with the token to come back with, and `state` come first"""


LIVE_TERMS = Terms()


class Gone(Exception):
    """The client takes nothing more; its session waits for it."""


class Ending(Enum):
    """Why a connection ends."""

    REFUSED = "refused"
    """nobody came in: no auth, no place, nothing to resume; the reason was sent"""
    OVER = "over"
    """the session has ended"""
    AWAY = "away"
    """the session waits for the client to come back"""


async def serve(services: Services, send: Send, receive: Receive, address: str = "") -> Ending:
    """A client from `auth` to its end; `address` as limits count it, where the medium knows one."""
    try:
        person, resume_token = await authenticate(services, receive)
        peer = await Peer.enter(services, send, person, resume_token, address=address)
    except (AppError, Gone) as error:
        return await turn_away(send, error)
    return await peer.talk(receive)


async def authenticate(services: Services, receive: Receive) -> tuple[Person, str | None]:
    """Who it is, and the token of the session to re-enter; nothing else is looked at before this. Raises Refused."""
    try:
        async with asyncio.timeout(AUTH_S):
            first = await receive()
    except TimeoutError:
        raise Refused(f"no auth within {AUTH_S:.0f} s; send auth with your token first", code="no_auth") from None
    if first is None:
        raise Gone
    try:
        message = parse_text(first) if isinstance(first, str) and len(first) <= AUTH_BYTES else None
    except MessageError:
        message = None
    if not isinstance(message, Auth):
        raise Refused("the first message must be auth with your token (POST /api/guest gives one)", code="no_auth")
    return await services.accounts.person(message.token), message.resume_token


async def turn_away(send: Send, error: AppError | Gone) -> Ending:
    """Tell who does not come in why; nothing where it has gone by itself."""
    try:
        if isinstance(error, AppError):
            await send(error_message(error, fatal=True))
    except Gone:
        log.debug("the client was gone before it could be refused")
    return Ending.REFUSED


class Peer:
    """A client in its session. Made by `enter`; ends with `talk`, or with `leave` where it never talked.

    Whatever sends to the client may raise Gone, and so does what comes in when the peer has left.
    """

    def __init__(
        self, services: Services, send: Send, session: Session, resume_token: str, terms: Terms, *, has_one_clock: bool
    ) -> None:
        self.session = session
        self._services = services
        self._send = send
        self._terms = terms
        self._resume_token = resume_token
        self._is_taken_over = asyncio.Event()
        self._has_left = False
        self._refusals = Refusals(session, services.metrics, self._tell_error)
        self._intake = Intake(session, services.settings, self._refusals, has_one_clock=has_one_clock)
        self._handlers: dict[type[ClientMessage], Callable[[Any], Awaitable[None]]] = {
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
            Report: self._report,
        }

    # -- coming in and going out ------------------------------------------------------------------

    @classmethod
    async def enter(
        cls,
        services: Services,
        send: Send,
        person: Person,
        resume_token: str | None = None,
        *,
        terms: Terms = LIVE_TERMS,
        has_one_clock: bool = True,
        address: str = "",
    ) -> Peer:
        """In a session, new or found again. Raises Limit where no place is left, NotFound for nothing to resume."""
        sessions = services.sessions
        if resume_token is None:
            session, token = await sessions.open(person, terms.kind, terms.parts, address=address)
        else:
            session, token = sessions.resume(resume_token, person)
        peer = cls(services, send, session, token, terms, has_one_clock=has_one_clock)
        sessions.attach(session, peer._is_taken_over.set)
        return peer

    async def talk(self, receive: Receive) -> Ending:
        """`ready`, then messages in and events out until one side ends. The connection's door: nothing leaves it."""
        try:
            await self._talk(receive)
        except* Gone:
            log.info("session %s: client gone", self.session.session_id)
        except* Exception:
            log.exception("session %s: connection failed", self.session.session_id)
        finally:
            self.leave()
        return Ending.OVER if self.session.is_ended else Ending.AWAY

    def leave(self) -> None:
        """The client is gone; its session waits. Calling it again does nothing."""
        self._has_left = True
        self._intake.close()
        self._services.sessions.detach(self.session, self._is_taken_over.set)

    async def _talk(self, receive: Receive) -> None:
        """Send, receive and watch for a takeover; the first to end ends the others.

        Who is taken over is told last: until then nobody may wait for a client that hangs, least of all its successor.
        """
        if self._terms.is_greeted:
            await self._welcome()
        async with asyncio.TaskGroup() as group:
            tasks = {
                group.create_task(self._send_events()),
                group.create_task(self._receive(receive)),
                group.create_task(self._is_taken_over.wait()),
                group.create_task(self._intake.run()),
            }
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        if self._is_taken_over.is_set():
            self.leave()
            await self._send(
                error_message(Refused("this session is now open in another place", "taken_over"), fatal=True)
            )

    async def _welcome(self) -> None:
        lanes, engines = self._services.sessions.parts.lanes, self._services.engines.describe()
        await self._send(ready(self.session.session_id, self._resume_token, lanes, engines))
        await self._send(event_message(self.session.state()))

    async def _send_events(self) -> None:
        while (event := await self.session.outbox.get()) is not None:
            try:
                await self._tell(event)
            except (Gone, asyncio.CancelledError):  # better told twice, in two places, than in none
                self.session.outbox.put_back(event)
                raise

    async def _tell(self, event: Event) -> None:
        message = self._terms.write(event)
        if message is not None:
            await self._send(message)

    async def _receive(self, receive: Receive) -> None:
        while (data := await receive()) is not None:
            await self.take(data)

    async def _tell_error(self, error: AppError) -> None:
        await self._send(error_message(error))

    # -- what comes in ------------------------------------------------------------------------------

    async def take(self, data: str | bytes) -> None:
        """One message, text or bytes; what is refused is counted and told, and the next one works."""
        await self._admit(self._take(data))

    async def picture(self, picture: bytes | RawPicture, capture_s: float | None = None) -> None:
        """A picture of a track of its own; its time by the client's clock where there is one."""
        await self._admit(self._picture(picture, capture_s))

    async def sound(self, samples: FloatArray, capture_s: float | None = None) -> None:
        """The next samples (n,) of a track of its own: float32 mono -1..1 at SOUND_RATE_HZ."""
        await self._admit(self._sound(samples, capture_s))

    async def _admit(self, work: Coroutine[Any, Any, None]) -> None:
        if self._has_left:
            work.close()
            raise Gone
        await self._refusals.guard(work)

    async def _picture(self, picture: bytes | RawPicture, capture_s: float | None) -> None:
        await self._intake.picture(picture, capture_s)
        self._services.sessions.heard(self.session)

    async def _sound(self, samples: FloatArray, capture_s: float | None) -> None:
        await self._intake.sound(samples, capture_s)
        self._services.sessions.heard(self.session)

    async def _take(self, data: str | bytes) -> None:
        message = await self._intake.take(data)
        if message is not None and type(message) not in self._terms.handles:
            return
        if message is not None:
            await self._handlers[type(message)](message)
        if not isinstance(message, Ping):
            self._services.sessions.heard(self.session)

    async def _speech_end(self, message: SpeechEnd) -> None:
        await self.session.end_speech(message.text)

    async def _text(self, message: Text) -> None:
        await self.session.offer_text(message.text)

    async def _prefer(self, message: Prefer) -> None:
        self.session.prefer(preferences(message))

    async def _baseline(self, message: Baseline) -> None:
        self.session.baseline(message.action)

    async def _greet(self, _message: Greeting) -> None:
        await self.session.greet()

    async def _reply_heard(self, message: ReplyHeard) -> None:
        await self.session.reply_heard(message.turn, message.part, message.seconds)

    async def _cancel_reply(self, _message: CancelReply) -> None:
        self.session.cancel_reply()

    async def _second_auth(self, _message: Auth) -> None:
        raise MessageError("this connection is authenticated already; open another one for another token")

    async def _pause(self, _message: Pause) -> None:
        await self.session.pause()
        self._refusals.tell_anew()

    async def _resume(self, _message: Resume) -> None:
        await self.session.resume()
        self._refusals.tell_anew()

    async def _stop(self, _message: Stop) -> None:
        await self._services.sessions.close(self.session)

    async def _ping(self, message: Ping) -> None:
        await self._send(pong(message))

    async def _consent(self, message: Consent) -> None:
        await self._services.sessions.keep(self._change_scopes(message))
        self._refusals.tell_anew()

    async def _change_scopes(self, message: Consent) -> None:
        await change_scopes(self._services, self.session.person, message.scopes, message.delete)

    async def _mark(self, message: Mark) -> None:
        await self.session.mark(message.label, message.t, message.duration)

    async def _report(self, message: Report) -> None:
        await self.session.report(message.shown, message.chosen, message.t)
