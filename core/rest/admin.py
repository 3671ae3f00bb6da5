"""For admins only; to everybody else these routes do not exist (404). Ids, counts and names; never content."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from core import acts
from core.errors import SessionError
from core.record import queries
from core.rest.authentication import asking_admin
from core.services import VERSION, Routes, Services


class NewRole(BaseModel):
    role: Literal["visitor", "facilitator", "admin"]


def _storage(services: Services) -> dict[str, object]:
    folder = services.settings.data_dir
    files = {file.name: file.stat().st_size for file in sorted(folder.glob("attune.duckdb*"))}
    counts = services.store.counts()
    return {
        **{"bytes": files, "waiting": services.store.backlog, "is_failing": services.store.is_failing},
        **{"written": counts.written, "dropped": counts.dropped, "bad": counts.bad},
        "retention_days": services.settings.retention_days,
        "retention_held": services.retention.held,
    }


def _add_overviews(router: APIRouter, services: Services) -> None:
    @router.get("/overview", summary="Engines, storage, sessions")
    async def overview(request: Request) -> dict[str, object]:
        """What the admin tab shows at a glance."""
        await asking_admin(request, services)
        return {
            "version": VERSION,
            "engines": services.engines.describe(),
            "storage": _storage(services),
            "sessions": len(services.sessions),
            "max_sessions": services.settings.max_sessions,
        }

    @router.get("/users", summary="Accounts, and guests with kept readings")
    async def users(request: Request) -> dict[str, object]:
        """Newest first."""
        await asking_admin(request, services)
        return {"users": await queries.list_users(services.store)}

    @router.get("/sessions", summary="Sessions that are running")
    async def sessions(request: Request) -> dict[str, object]:
        """Ids and counts."""
        await asking_admin(request, services)
        return {"sessions": services.sessions.describe()}


def _add_changes(router: APIRouter, services: Services) -> None:
    @router.post("/clock", summary="The server's clock is right")
    async def confirm_clock(request: Request) -> dict[str, object]:
        """Where `retention_held` doubts it: what is past its time is deleted within the hour."""
        await asking_admin(request, services)
        await services.retention.confirm()
        return {"retention_held": services.retention.held}

    @router.put("/users/{user_id}/role", summary="Change a role")
    async def role(user_id: str, body: NewRole, request: Request) -> dict[str, object]:
        """An admin cannot take their own role away: somebody has to stay."""
        admin = await asking_admin(request, services)
        if user_id == admin.user_id:
            raise SessionError("your own role stays; let another admin change it", "own_role")
        await acts.set_role(services, user_id, body.role, admin.user_id)
        return {"role": body.role}

    @router.delete("/users/{user_id}/devices", summary="Sign a person out everywhere")
    async def revoke(user_id: str, request: Request) -> dict[str, object]:
        """Their running sessions end."""
        await asking_admin(request, services)
        ended, revoked = await acts.sign_out(services, user_id)
        return {"revoked": revoked, "ended_sessions": ended}

    @router.delete("/users/{user_id}", summary="Purge a person")
    async def purge(user_id: str, request: Request) -> dict[str, object]:
        """Everything, as if they had asked for it themselves."""
        admin = await asking_admin(request, services)
        if user_id == admin.user_id:
            raise SessionError("delete your own account with DELETE /api/me", "own_account")
        await acts.delete_person(services, user_id, admin.user_id)
        return {"deleted": True}


def routes(services: Services) -> APIRouter:
    """/api/admin"""
    router = APIRouter(prefix="/api/admin", tags=["admin"])
    _add_overviews(router, services)
    _add_changes(router, services)
    return router


ROUTES = Routes("admin", routes)
