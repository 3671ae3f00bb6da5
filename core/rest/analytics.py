"""Charts of own sessions, of an uploaded bundle, or of a synthetic sample. A bundle is read in memory and forgotten."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from core.analysis.charts import describe
from core.exports.bundle import read_bundle
from core.record.tables import load_tables
from core.record.timelines import list_with_sparklines
from core.rest.aside import Aside
from core.rest.authentication import asking
from core.rest.bodies import read_body
from core.rest.rate_limits import address_of
from core.services import Routes, Services
from core.synthetic.study import sample_tables

MAX_SESSIONS = 50
"""charts of more at a time would not be read"""
AT_A_TIME = 2
"""uploads in memory"""
OWN_AT_A_TIME = 8
"""people whose tables are in memory, one each; the others are told to come back"""
UNPACKED = 5
"""a bundle may unpack to so many times the size it may have"""


class Chosen(BaseModel):
    session_ids: list[Annotated[str, Field(max_length=40)]] | None = Field(
        None, max_length=MAX_SESSIONS, description=f"own sessions; null: the newest {MAX_SESSIONS}"
    )


def _read(content: bytes, max_bytes: int) -> dict[str, object]:
    return describe(read_bundle(content, max_bytes))


@cache
def _sample() -> dict[str, object]:
    """Made once: nine minutes of sessions take a second to play, in which live sessions would wait."""
    return describe(sample_tables())


def routes(services: Services) -> APIRouter:
    """POST /api/analytics, POST /api/bundles, GET /api/analytics/sample"""
    router = APIRouter(prefix="/api", tags=["analytics"])
    bundles = Aside("bundles", AT_A_TIME, AT_A_TIME)
    charts = Aside("analyses", OWN_AT_A_TIME, 1)  # one thread: whoever asks for the sample meanwhile finds it made

    @router.post("/analytics", summary="Charts of own sessions")
    async def own(body: Chosen, request: Request) -> dict[str, object]:
        """404 when one of them is unknown or somebody else's."""
        person = await asking(request, services)
        chosen = body.session_ids
        if chosen is None:
            _, newest = await list_with_sparklines(services.store, person.user_id, MAX_SESSIONS)
            chosen = [session["session_id"] for session in newest]
        with charts.place(person.user_id):
            tables = await load_tables(services.store, person.user_id, chosen)
            return await charts.run(describe, tables)

    @router.post("/bundles", summary="Charts of an exported bundle")
    async def bundle(request: Request) -> dict[str, object]:
        """Raw body, no token: nothing is looked up here, and nothing is kept. One at a time from an address."""
        with bundles.place(address_of(request)):
            largest_mb = services.settings.max_bundle_mb
            body = await read_body(request, largest_mb, "export fewer sessions")
            return await bundles.run(_read, body.getvalue(), round(UNPACKED * largest_mb * 1e6))

    @router.get("/analytics/sample", summary="Charts of a synthetic sample")
    async def sample() -> dict[str, object]:
        """Nobody was recorded for it."""
        return await charts.run(_sample)

    return router


ROUTES = Routes("analytics", routes)
