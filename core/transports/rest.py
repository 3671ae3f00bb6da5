"""The REST routes that are not media: guests, consent, status, health, metrics."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from core.errors import Limit, Refused
from core.record.consents import CONSENT_TEXT, CONSENT_VERSION
from core.record.queries import list_sessions, session_summary
from core.transports.clock import RateLimit
from core.transports.services import VERSION, Services
from core.types import PURPOSES, REFUSED_PURPOSES, SCOPES

ADDRESSES = 10_000
"""addresses whose rate is remembered; the longest unseen goes first"""


class GuestRequest(BaseModel):
    """What a visitor allows, and what for."""

    scopes: list[str] = Field(description=f"any of {', '.join(SCOPES)}", examples=[["camera", "history"]])
    purpose: str = Field(description=f"one of {', '.join(PURPOSES)}", examples=["self"], max_length=40)


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer …`. Raises Refused (401)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        refusal = Refused("send your token as Authorization: Bearer …; POST /api/guest gives one", code="no_token")
        refusal.status = 401
        raise refusal
    return token.strip()


class Doorkeeper:
    """So many guest tokens per address and minute."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._rates: OrderedDict[str, RateLimit] = OrderedDict()

    def admit(self, address: str) -> None:
        """Raises Limit."""
        rate = self._rates.setdefault(address, RateLimit(self._per_minute))
        self._rates.move_to_end(address)
        if len(self._rates) > ADDRESSES:
            self._rates.popitem(last=False)
        if not rate.take(time.monotonic() / 60):
            raise Limit("too many visitors from this address in this minute; wait a moment", code="rate_limited")


def _add_consent_routes(router: APIRouter, services: Services) -> None:
    doorkeeper = Doorkeeper(services.settings.guests_per_minute)

    @router.get("/api/consent", tags=["consent"], summary="What is asked before anything is captured")
    async def consent() -> dict[str, Any]:
        """The text whose hash is kept with each consent."""
        return {
            "version": CONSENT_VERSION,
            "text": CONSENT_TEXT,
            "scopes": list(SCOPES),
            "purposes": [*PURPOSES, *REFUSED_PURPOSES],
            "ephemeral_disk": services.settings.is_space,
        }

    @router.post("/api/guest", tags=["consent"], summary="A token for a visitor without an account")
    async def guest(body: GuestRequest, request: Request) -> dict[str, Any]:
        """The scopes are the consent; workplace and education are refused with 403."""
        doorkeeper.admit(request.client.host if request.client else "unknown")
        token, person = await services.accounts.guest(body.scopes, body.purpose)
        return {"token": token, "scopes": sorted(person.scopes), "expires_at": person.expires_at}


def _add_session_routes(router: APIRouter, services: Services) -> None:
    @router.get("/api/sessions", tags=["sessions"], summary="Own sessions whose readings were kept")
    async def sessions(request: Request) -> dict[str, Any]:
        """Newest first; empty without the `history` scope."""
        person = await services.accounts.person(bearer(request))
        return {"sessions": await list_sessions(services.store, person.user_id)}

    @router.get("/api/sessions/{session_id}", tags=["sessions"], summary="Summary of one own session")
    async def session(session_id: str, request: Request) -> dict[str, Any]:
        """404 for what is unknown or belongs to someone else."""
        person = await services.accounts.person(bearer(request))
        return await session_summary(services.store, person.user_id, session_id)

    @router.get("/api/sessions/{session_id}/messages", tags=["sessions"], summary="Its conversation, as it was heard")
    async def messages(session_id: str, request: Request) -> dict[str, Any]:
        """Empty without the `text` scope; 404 for what is unknown or belongs to someone else."""
        person = await services.accounts.person(bearer(request))
        await session_summary(services.store, person.user_id, session_id)
        return {"messages": await services.store.messages(session_id)}


def _add_platform_routes(router: APIRouter, services: Services) -> None:
    @router.get("/health", tags=["platform"], summary="200 as soon as the server can take a session")
    async def health(response: Response) -> dict[str, str]:
        """503 while engines are loading."""
        response.status_code = 200 if services.is_ready else 503
        return {"status": "ok" if services.is_ready else "starting"}

    @router.get("/api/status", tags=["platform"], summary="Engines, sessions, versions")
    async def status() -> dict[str, Any]:
        """No ids, no content."""
        return {
            "version": VERSION,
            "ready": services.is_ready,
            "engines": services.describe_engines(),
            "sessions": len(services.sessions),
            "max_sessions": services.settings.max_sessions,
            "ephemeral_disk": services.settings.is_space,
        }

    @router.get("/metrics", tags=["platform"], summary="Prometheus")
    async def metrics() -> Response:
        """Latency per stage, sessions, drops, faults."""
        return Response(services.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")


class RestTransport:
    """Found by the folder scan."""

    name = "rest"

    def routes(self, services: Services) -> APIRouter:
        """Everything under /api but clips, and /health and /metrics."""
        router = APIRouter()
        _add_consent_routes(router, services)
        _add_session_routes(router, services)
        _add_platform_routes(router, services)
        return router


TRANSPORT = RestTransport()
