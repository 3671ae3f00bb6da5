"""Charts of own sessions, of an uploaded bundle, or of a synthetic sample. A bundle is read in memory and forgotten."""

from __future__ import annotations

from functools import cache, partial
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from core.analysis.charts import describe
from core.analysis.gathering import MAX_ROWS, gather, that_fit
from core.errors import TooLarge
from core.exports.bundle import read_bundle
from core.live.admission import Owner
from core.record.batches import StoredTables
from core.record.store import Store
from core.record.tables import count_readings, own_sessions
from core.record.timelines import list_with_sparklines
from core.rest.aside import Aside
from core.rest.authentication import asking
from core.rest.bodies import read_body
from core.rest.rate_limits import address_of
from core.rest.uploads import Uploads
from core.services import Routes, Services
from core.synthetic.study import sample_tables

MAX_SESSIONS = 50
"""charts of more at a time would not be read"""
AT_A_TIME = 2
"""uploads in memory"""
OWN_AT_A_TIME = 8
"""people who wait for their charts; one has tables in memory at a time, the others are told to come back"""
BATCH_ROWS = 5_000
"""read in one piece, of which a third is kept"""
UNPACKED = 5
"""a bundle may unpack to so many times the size it may have"""


class Chosen(BaseModel):
    session_ids: list[Annotated[str, Field(max_length=40)]] | None = Field(
        None, max_length=MAX_SESSIONS, description=f"own sessions; null: the newest {MAX_SESSIONS}"
    )


def _own(store: Store, session_ids: list[str]) -> dict[str, object]:
    return describe(gather(StoredTables(store, session_ids, BATCH_ROWS)))


def _read(content: bytes, max_bytes: int) -> dict[str, object]:
    return describe(read_bundle(content, max_bytes))


async def _chosen(store: Store, user_id: str, named: list[str] | None) -> tuple[list[str], dict[str, int]]:
    """Sessions, and how many readings each has; the newest where none is named. Raises NotFound."""
    if named is None:
        _, newest = await list_with_sparklines(store, user_id, MAX_SESSIONS)
        named = [session["session_id"] for session in newest]
    own = await own_sessions(store, user_id, named)
    return sorted(own, key=named.index), await count_readings(store, own)


def _notice(notice: str, left_out: int) -> str:
    said = f"{left_out} of your newest sessions hold more readings than charts are made of at once, and are left out."
    return f"{notice} {said}" if left_out else notice


@cache
def _sample() -> dict[str, object]:
    """Made once: nine minutes of sessions take a second to play, in which live sessions would wait."""
    return describe(sample_tables())


def routes(services: Services) -> APIRouter:
    """POST /api/analytics, POST /api/bundles, GET /api/analytics/sample"""
    router = APIRouter(prefix="/api", tags=["analytics"])
    bundles, uploads = Aside("bundles", AT_A_TIME, AT_A_TIME), Uploads()
    charts = Aside("analyses", OWN_AT_A_TIME, 1)
    samples = Aside("samples", 1, 1)  # one thread: whoever asks meanwhile finds it made

    @router.post("/analytics", summary="Charts of own sessions")
    async def own(body: Chosen, request: Request) -> dict[str, object]:
        """404 when one of them is unknown or somebody else's, 413 when they hold more readings than charts are made of.
        Of the newest those are left out that find no room; `notice` says how many.
        """
        person = await asking(request, services)
        chosen, rows = await _chosen(services.store, person.user_id, body.session_ids)
        fit = that_fit(chosen, rows)
        if body.session_ids is not None and len(fit) < len(chosen):
            raise TooLarge(f"charts are made of {MAX_ROWS} readings at most; choose fewer sessions, or export them")
        with charts.place(person.user_id):
            told = await charts.run(_own, services.store, fit)
        return told | {"notice": _notice(str(told["notice"]), len(chosen) - len(fit))}

    @router.post("/bundles", summary="Charts of an exported bundle")
    async def bundle(request: Request) -> dict[str, object]:
        """Raw body, no token: nothing is looked up here, and nothing is kept. One at a time from an address."""
        address, largest_mb = address_of(request), services.settings.max_bundle_mb
        place = uploads.place(Owner(address=address), partial(bundles.bound, address), partial(bundles.place, address))
        async with place as upload:
            body = await read_body(request, largest_mb, "export fewer sessions", upload.watch)
            return await bundles.run(_read, body.getvalue(), round(UNPACKED * largest_mb * 1e6))

    @router.get("/analytics/sample", summary="Charts of a synthetic sample")
    async def sample() -> dict[str, object]:
        """Nobody was recorded for it."""
        return await samples.run(_sample)

    return router


ROUTES = Routes("analytics", routes)
