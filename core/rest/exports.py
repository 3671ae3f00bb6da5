"""Own sessions as files, sent while they are written."""

from __future__ import annotations

from contextlib import ExitStack

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from core.errors import SessionError
from core.exports import Export
from core.plugins import discover
from core.record.batches import StoredTables
from core.record.tables import own_sessions
from core.rest.aside import Aside
from core.rest.authentication import asking
from core.rest.streams import Download, next_piece, pieces
from core.services import Routes, Services

PLACES = 4
"""exports at a time, one a person; each holds some MB"""
THREADS = 2
"""that write them; the others wait their turn, piece by piece"""


def routes(services: Services) -> APIRouter:
    """/api/me/export, /api/sessions/{session_id}/export, /api/exports"""
    router = APIRouter(prefix="/api", tags=["sessions"])
    formats = discover("core.exports", "EXPORT", Export)
    aside = Aside("exports", PLACES, THREADS)

    async def export(request: Request, wanted: str, session_ids: list[str] | None, stem: str) -> Download:
        person = await asking(request, services)
        if wanted not in formats:
            raise SessionError(
                f"expected a format out of {', '.join(sorted(formats))}; got {wanted!r:.40}", "bad_format"
            )
        own = await own_sessions(services.store, person.user_id, session_ids)
        parts = formats[wanted].parts(StoredTables(services.store, own))
        with ExitStack() as held:
            held.enter_context(aside.place(person.user_id))
            first = await aside.run(next_piece, parts)  # what fails here is still told in words
            content = pieces(aside, first, parts, lambda: asking(request, services))
            chosen = formats[wanted]
            headers = {"Content-Disposition": f'attachment; filename="{stem}{chosen.suffix}"'}
            return Download(content, chosen.media_type, headers, held.pop_all().close)

    described = f"one of {', '.join(sorted(formats))}"

    @router.get("/me/export", summary="All own sessions as a file", response_class=StreamingResponse)
    async def export_all(
        request: Request, format: str = Query("bundle", description=described, max_length=40)
    ) -> Download:
        """The bundle holds everything: readings, words, markers, reports, consents, a codebook, checksums."""
        return await export(request, format, None, "attune-all")

    @router.get("/sessions/{session_id}/export", summary="One own session as a file", response_class=StreamingResponse)
    async def export_one(
        session_id: str, request: Request, format: str = Query("csv", description=described, max_length=40)
    ) -> Download:
        """404 for what is unknown or belongs to someone else."""
        return await export(request, format, [session_id], "attune-session")

    @router.get("/exports", summary="The formats there are")
    async def list_formats() -> dict[str, object]:
        """Name, title and file suffix of each."""
        return {"formats": [{"name": e.name, "title": e.title, "suffix": e.suffix} for e in formats.values()]}

    return router


ROUTES = Routes("exports", routes)
