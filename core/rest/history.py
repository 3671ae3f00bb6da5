"""Own sessions: list, search, one in detail, its timeline and words, note, deletion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from core import acts
from core.record import queries, timelines
from core.record.batches import StoredTables
from core.record.tables import Tables
from core.rest.aside import Aside
from core.rest.authentication import asking
from core.rest.streams import Download, next_piece, pieces
from core.services import Routes, Services
from core.typed import Typed

MAX_NOTE = 10_000
"""characters"""


class Note(BaseModel):
    text: Typed = Field(description="kept sealed, as messages are; empty removes it", max_length=MAX_NOTE)


class Search(BaseModel):
    """What one looks for, and which of the sessions found."""

    words: Typed = Field(description="in what was said, in notes and markers", examples=["lantern"], max_length=200)
    limit: int = Field(50, ge=1, le=queries.MAX_LISTED)
    offset: int = Field(0, ge=0, le=1_000_000)


def _conversation(tables: Tables, session_id: str) -> Iterator[bytes]:
    """As JSON, line after line; what is not known is null."""
    between = '{"messages": ['
    for batch in tables.batches("messages", session_id):
        for row in batch[["role", "content", "emotion", "intensity", "t"]].itertuples(index=False):
            intensity = row.intensity if row.intensity == row.intensity else None
            line = row._asdict() | {"emotion": row.emotion or None, "intensity": intensity}
            yield (between + json.dumps(line, ensure_ascii=False)).encode("utf-8", "replace")
            between = ", "
    yield b"]}" if between == ", " else b'{"messages": []}'


def _add_reading(router: APIRouter, services: Services) -> None:
    store = services.store

    @router.get("/sessions", summary="Own sessions whose readings were kept")
    async def sessions(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=queries.MAX_LISTED)] = 50,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> dict[str, object]:
        """Newest first, each with its length, main expressions and a sparkline of 24 leading expressions."""
        person = await asking(request, services)
        total, rows = await timelines.list_with_sparklines(store, person.user_id, limit, offset, None)
        return {"sessions": rows, "total": total}

    @router.post("/sessions/search", summary="Own sessions in which these words occur")
    async def search(body: Search, request: Request) -> dict[str, object]:
        """As the list. In a body, as addresses are written into logs and histories; blank words find every session."""
        person = await asking(request, services)
        found = await timelines.search_sessions(store, person.user_id, body.words) if body.words.strip() else None
        total, rows = await timelines.list_with_sparklines(store, person.user_id, body.limit, body.offset, found)
        return {"sessions": rows, "total": total}

    @router.get("/sessions/{session_id}", summary="Summary of one own session")
    async def session(session_id: str, request: Request) -> dict[str, object]:
        """Shares, changes a minute, longest span, quality and coverage per modality, note. 404 for foreign ids."""
        person = await asking(request, services)
        summary = await queries.session_summary(store, person.user_id, session_id)
        return summary | await timelines.statistics(store, session_id)

    @router.get("/sessions/{session_id}/timeline", summary="Its readings, downsampled")
    async def timeline(
        session_id: str, request: Request, bins: Annotated[int, Query(ge=10, le=timelines.MAX_BINS)] = 300
    ) -> dict[str, object]:
        """Means per bin of fused and of each modality, markers, self-reports; at most `bins` points a line."""
        person = await asking(request, services)
        await queries.session_summary(store, person.user_id, session_id)
        return await timelines.timeline(store, session_id, bins)

    aside = Aside("conversations", 1, 1)

    @router.get(
        "/sessions/{session_id}/messages",
        summary="Its conversation, as it was heard",
        response_class=StreamingResponse,
    )
    async def messages(session_id: str, request: Request) -> Download:
        """`messages`: a list of role, content, emotion, intensity and t, in order. Empty without the `text` scope; 404
        for what is unknown or belongs to someone else.
        """
        person = await asking(request, services)
        await queries.session_summary(store, person.user_id, session_id)
        parts = _conversation(StoredTables(store, [session_id]), session_id)
        first = await aside.run(next_piece, parts)
        return Download(pieces(aside, first, parts, lambda: asking(request, services)), "application/json")


def _add_changes(router: APIRouter, services: Services) -> None:
    @router.put("/sessions/{session_id}/note", summary="A note of one's own on a session")
    async def note(session_id: str, body: Note, request: Request) -> dict[str, object]:
        """Sealed like messages; needs no scope but to be sent."""
        person = await asking(request, services)
        await queries.session_summary(services.store, person.user_id, session_id)
        await queries.keep_note(services.store, session_id, body.text.strip())
        return {"note": body.text.strip()}

    @router.delete("/sessions/{session_id}", summary="Delete one own session")
    async def delete(session_id: str, request: Request) -> dict[str, object]:
        """Rows and bytes; one that is running goes on without being kept."""
        person = await asking(request, services)
        await acts.delete_session(services, person.user_id, session_id)
        return {"deleted": True}


def routes(services: Services) -> APIRouter:
    """/api/sessions and below, except for exports"""
    router = APIRouter(prefix="/api", tags=["sessions"])
    _add_reading(router, services)
    _add_changes(router, services)
    return router


ROUTES = Routes("history", routes)
