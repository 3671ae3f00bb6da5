"""Charts of own sessions, of an uploaded bundle, or of a synthetic sample. A bundle is read in memory and forgotten."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from core.analysis import charts
from core.errors import Limit
from core.exports.bundle import read_bundle
from core.exports.sample import sample_tables
from core.record.tables import SessionTables, load_tables
from core.record.timelines import list_with_sparklines
from pages import Page, Services, element

if TYPE_CHECKING:
    from core.types import Person

MAX_SESSIONS = 50
"""charts of more at a time would not be read"""
AT_A_TIME = 2
"""uploads in memory"""


class Chosen(BaseModel):
    session_ids: list[str] | None = Field(
        None, max_length=MAX_SESSIONS, description=f"own sessions; null: the newest {MAX_SESSIONS}"
    )


def describe(tables: SessionTables) -> dict[str, Any]:
    """Every chart as JSON, and the words all of them share."""
    notice = "A machine estimated expressions here; it can be wrong, and an expression is not a feeling."
    return {"charts": [charts.as_json(chart) for chart in charts.charts(tables)], "notice": notice}


async def read_body(request: Request, largest_mb: float) -> bytes:
    """The raw body, in memory, refused as soon as it is larger. Raises Limit (413)."""
    refusal = Limit(f"a bundle may have {largest_mb:.0f} MB; export fewer sessions", "too_large")
    refusal.status = 413
    body = io.BytesIO()
    async for part in request.stream():
        body.write(part)
        if body.tell() > largest_mb * 1e6:
            raise refusal
    return body.getvalue()


def routes(services: Services) -> APIRouter:
    """POST /api/analytics, POST /api/bundles, GET /api/analytics/sample"""
    router = APIRouter(prefix="/api", tags=["analytics"])
    places = asyncio.Semaphore(AT_A_TIME)

    async def asking(request: Request) -> Person:
        return await services.accounts.person(request.headers.get("authorization", "").removeprefix("Bearer ").strip())

    @router.post("/analytics", summary="Charts of own sessions")
    async def own(body: Chosen, request: Request) -> dict[str, Any]:
        """404 when one of them is unknown or somebody else's."""
        person = await asking(request)
        chosen = body.session_ids
        if chosen is None:
            _, newest = await list_with_sparklines(services.store, person.user_id, MAX_SESSIONS)
            chosen = [session["session_id"] for session in newest]
        tables = await load_tables(services.store, person.user_id, chosen)
        return await asyncio.to_thread(describe, tables)

    @router.post("/bundles", summary="Charts of an exported bundle")
    async def bundle(request: Request) -> dict[str, Any]:
        """Raw body, no token: nothing is looked up here, and nothing is kept."""
        if places.locked():
            raise Limit("two bundles are being read already; try again in a moment", "busy")
        async with places:
            largest = services.settings.max_bundle_mb
            content = await read_body(request, largest)
            tables = await asyncio.to_thread(read_bundle, content, round(largest * 5e6))
            return await asyncio.to_thread(describe, tables)

    @router.get("/analytics/sample", summary="Charts of a synthetic sample")
    async def sample() -> dict[str, Any]:
        """Nobody was recorded for it."""
        return await asyncio.to_thread(lambda: describe(sample_tables()))

    return router


def build(_services: Services) -> None:
    """One custom element over these routes."""
    element("attune-analytics", "analytics.js")


PAGE = Page(name="analytics", title="Analytics", route="/analytics", build=build, order=150, routes=routes)
