"""A running session's events as server-sent events, for the owner's other clients (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from core.errors import Unauthorised
from core.live.session import Session
from core.live.subscription import Subscription
from core.rest.authentication import asking, bearer
from core.services import Routes, Services
from core.transports.wire_events import encode, event_message
from core.types import Event

HEARTBEAT_S = 15.0
"""after so long without an event a comment is sent, so that proxies keep the connection"""
HEARTBEAT = ": still here\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def line_of(event: Event) -> str:
    """One event as the wire tells it; its JSON has no line ends."""
    return f"data: {encode(event_message(event))}\n\n"


def missed_line(count: int) -> str:
    """Says how many events this reader has missed since it came, because it read too slowly."""
    return f'event: missed\ndata: {{"events":{count}}}\n\n'


async def lines_of(subscription: Subscription, services: Services, token: str) -> AsyncIterator[str]:
    """What the subscription is told, until the session or the token ends; the token is looked at before each line."""
    missed = 0
    while (line := await _next_line(subscription)) is not None:
        try:
            await services.accounts.person(token)
        except Unauthorised:
            return
        if subscription.dropped > missed:
            missed = subscription.dropped
            yield missed_line(missed)
        yield line


async def _next_line(subscription: Subscription) -> str | None:
    """The next event, or a comment where none comes; None at the end."""
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            event = await subscription.get()
    except TimeoutError:
        return HEARTBEAT
    return None if event is None else line_of(event)


class EventStream(StreamingResponse):
    """Gives its subscription back whichever way it ends, also when its reader has gone before the first line."""

    def __init__(self, session: Session, services: Services, token: str) -> None:
        """Raises Limit where too many follow this session."""
        self._session = session
        self._subscription = session.subscribe()
        self._subscription.put_back(session.state())
        lines = lines_of(self._subscription, services, token)
        super().__init__(lines, media_type="text/event-stream", headers=HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._session.unsubscribe(self._subscription)


def routes(services: Services) -> APIRouter:
    """/api/sessions/{session_id}/events"""
    router = APIRouter(prefix="/api", tags=["sessions"])

    @router.get(
        "/sessions/{session_id}/events",
        summary="A running session's events, as server-sent events",
        response_class=StreamingResponse,
    )
    async def events(session_id: str, request: Request) -> StreamingResponse:
        """The messages of the socket, one a `data` line, from `state` on, until the session ends.

        A slow reader misses the oldest ones, and an event `missed` tells how many. 404 for what is not running or
        belongs to someone else.
        """
        person = await asking(request, services)
        session = services.sessions.find(session_id, person.user_id)
        return EventStream(session, services, bearer(request))

    return router


ROUTES = Routes("events", routes)
