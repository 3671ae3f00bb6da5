"""Own sessions as files, sent while they are written: neither a long session nor a slow download is held in memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from core.errors import AppError, SessionError
from core.exports import Export
from core.people import Person
from core.plugins import discover
from core.record.batches import StoredTables
from core.record.tables import own_sessions
from core.rest.aside import Aside
from core.rest.authentication import asking
from core.services import Routes, Services

log = logging.getLogger(__name__)

PLACES = 4
"""exports at a time, one a person; each holds some MB"""
THREADS = 2
"""that write them; the others wait their turn, piece by piece"""
PIECE_BYTES = 64_000
"""sent at a time"""
STALLED_S = 30.0
"""a client that takes no piece for so long is let go"""
LONGEST_S = 1800.0
"""a hundred hours of readings at 1 MB/s; whoever has not got it by then only holds the place of another"""


def _piece(parts: Iterator[bytes]) -> bytes:
    """The next PIECE_BYTES or so; empty at the end. Runs on a thread of the exports' own."""
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PIECE_BYTES:
            break
    return bytes(piece)


async def _pieces(
    aside: Aside, first: bytes, parts: Iterator[bytes], again: Callable[[], Awaitable[Person]]
) -> AsyncIterator[bytes]:
    """Each only for who is still signed in: a download may take longer than that. Raises Unauthorised."""
    piece = first
    while piece:
        await again()
        yield piece
        piece = await aside.run(_piece, parts)
    await again()  # rows that were deleted meanwhile make no whole file


class Download(StreamingResponse):
    """A file sent while it is written; it holds its place until the last piece is out, or the client is gone.

    What goes wrong after the first piece can only be told by breaking off, which every client takes for a failure.
    """

    def __init__(self, pieces: AsyncIterator[bytes], leave: Callable[[], None], chosen: Export, stem: str) -> None:
        headers = {"Content-Disposition": f'attachment; filename="{stem}{chosen.suffix}"', "Cache-Control": "no-store"}
        super().__init__(pieces, media_type=chosen.media_type, headers=headers)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(STALLED_S):
                await send(message)

        try:
            async with asyncio.timeout(LONGEST_S):
                await super().__call__(scope, receive, send_in_time)
        except* (AppError, TimeoutError) as errors:
            log.warning("an export broke off (%s)", ", ".join(type(error).__name__ for error in errors.exceptions))
        finally:
            self._leave()


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
            first = await aside.run(_piece, parts)  # what fails here is still told in words
            pieces = _pieces(aside, first, parts, lambda: asking(request, services))
            return Download(pieces, held.pop_all().close, formats[wanted], stem)

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
