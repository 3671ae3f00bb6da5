"""The companion's sentences as sound: fetched by an address nobody can guess, for a minute, then gone."""

from __future__ import annotations

from fastapi import APIRouter, Response

from core.companion.sound_shelf import KEPT_S
from core.errors import NotFound
from core.services import Routes, Services


def routes(services: Services) -> APIRouter:
    """/api/replies/{session_id}/{name}.wav"""
    router = APIRouter()

    @router.get(
        "/api/replies/{session_id}/{name}.wav",
        tags=["conversation"],
        summary="The sound of one part of a reply",
        response_class=Response,
    )
    async def sound(session_id: str, name: str) -> Response:
        """Named in `llm_response`; 404 after a minute, after the session's end, and under another session."""
        wav = services.talk.sounds.get(session_id, name)
        if wav is None:
            raise NotFound(f"no such sound; a reply's sound is kept for {KEPT_S:.0f} s")
        return Response(wav, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    return router


ROUTES = Routes("replies", routes)
