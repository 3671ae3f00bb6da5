"""The REST routes of the house itself: guests, consent, status, health, metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from core.people import PURPOSES, REFUSED_PURPOSES, SCOPES
from core.record.consent_text import CONSENT_VERSION, as_json, consent_text, hash_of
from core.rest.consent_fields import Purpose, Scopes, ShownText
from core.rest.rate_limits import Doorkeeper, address_of
from core.services import VERSION, Routes, Services


class GuestRequest(BaseModel):
    """What a visitor allows, and what for."""

    scopes: Scopes
    purpose: Purpose
    text_hash: ShownText = None


def _add_consent_routes(router: APIRouter, services: Services) -> None:
    doorkeeper = Doorkeeper(services.settings.guests_per_minute)

    @router.get("/api/consent", tags=["consent"], summary="What is asked before anything is captured")
    async def consent() -> dict[str, object]:
        """The parts of the text, to be shown as they are; each consent keeps their `version` and `text_hash`."""
        text = consent_text(services.settings.is_space)
        return {
            "version": CONSENT_VERSION,
            "text_hash": hash_of(text),
            "parts": as_json(text),
            "scopes": list(SCOPES),
            "purposes": [*PURPOSES, *REFUSED_PURPOSES],
            "ephemeral_disk": services.settings.is_space,
        }

    @router.post("/api/guest", tags=["consent"], summary="A token for a visitor without an account")
    async def guest(body: GuestRequest, request: Request) -> dict[str, object]:
        """The scopes are the consent; workplace and education are refused with 403, words that changed with 409."""
        services.accounts.check_shown(body.text_hash)
        doorkeeper.admit(address_of(request))
        token, person = await services.accounts.guest(body.scopes, body.purpose)
        services.store.guest_from(person.user_id, address_of(request))
        return {"token": token, "scopes": sorted(person.scopes), "expires_at": person.expires_at}


def _add_platform_routes(router: APIRouter, services: Services) -> None:
    @router.get("/health", tags=["platform"], summary="200 as soon as the server can take a session")
    async def health(response: Response) -> dict[str, str]:
        """503 while engines are loading."""
        response.status_code = 200 if services.is_ready else 503
        return {"status": "ok" if services.is_ready else "starting"}

    @router.get("/api/status", tags=["platform"], summary="Engines, sessions, versions")
    async def status() -> dict[str, object]:
        """No ids, no content."""
        return {
            "version": VERSION,
            "ready": services.is_ready,
            "engines": services.engines.describe(),
            "history_paused": services.store.is_failing,
            "sessions": len(services.sessions),
            "max_sessions": services.settings.max_sessions,
            "ephemeral_disk": services.settings.is_space,
        }

    @router.get("/metrics", tags=["platform"], summary="Prometheus")
    async def metrics() -> Response:
        """Latency per stage, sessions, drops, faults."""
        return Response(services.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")


def routes(services: Services) -> APIRouter:
    """/api/consent, /api/guest, /api/status, /health and /metrics"""
    router = APIRouter()
    _add_consent_routes(router, services)
    _add_platform_routes(router, services)
    return router


ROUTES = Routes("platform", routes)
