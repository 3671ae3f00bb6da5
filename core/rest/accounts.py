"""Sign-up, login, logout, and what a person may see and change about themselves."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from core import acts
from core.errors import Unauthorised
from core.people import Person
from core.record import deletion, queries
from core.record.retention import set_retention
from core.rest.authentication import asking
from core.rest.consent_fields import Purpose, Scopes, ShownText
from core.rest.rate_limits import Doorkeeper, host_of
from core.rest.tries import Tries
from core.services import Routes, Services
from core.typed import as_name


class Credentials(BaseModel):
    """For sign-up and login alike; scopes and purpose are the consent from now on."""

    username: str = Field(description="3 to 32 of a-z, 0-9, dot, dash, underscore", examples=["ada"], max_length=200)
    password: str = Field(description="10 to 200 characters", examples=["seven green lanterns"], max_length=1000)
    scopes: Scopes | None = Field(None, description="left out at login: the consent in force stays")
    purpose: Purpose = "self"
    text_hash: ShownText = None


class NewConsent(BaseModel):
    """Replaces the scopes at once, in every running session of this person."""

    scopes: Scopes
    purpose: Purpose | None = Field(None, description="left out: as before; workplace and education are refused")
    text_hash: ShownText = None
    delete: bool = Field(False, description="also delete what the scopes taken back have covered (history, text)")


class NewPassword(BaseModel):
    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


class Retention(BaseModel):
    days: int | None = Field(description="1 to 365; null: the server's own", examples=[30])


def signed_in(token: str, person: Person) -> dict[str, object]:
    """What a way in answers with."""
    return {
        "token": token,
        "user_id": person.user_id,
        "username": person.username,
        "role": person.role,
        "scopes": sorted(person.scopes),
        "expires_at": person.expires_at,
    }


async def _is_owner(request: Request, services: Services, name: str) -> bool:
    """Whether the request brings a valid token of this very account."""
    try:
        return (await asking(request, services)).username == name
    except Unauthorised:
        return False


def _add_ways_in(router: APIRouter, services: Services) -> None:
    tries = Tries(services.settings.logins_per_minute)

    @router.post("/signup", summary="A new account")
    async def sign_up(body: Credentials, request: Request) -> dict[str, object]:
        """400 for a name or password that cannot be, 409 for a name that is taken, 429 for too many tries."""
        services.accounts.check_shown(body.text_hash)
        given = (body.username, body.password, body.scopes or [], body.purpose)
        async with tries.turn(host_of(request), ""):
            return signed_in(*await services.accounts.sign_up(*given))

    @router.post("/login", summary="A token for this device")
    async def log_in(body: Credentials, request: Request) -> dict[str, object]:
        """401 for a wrong name or password, without telling which; 429 after too many tries from one address.
        Under a flood of tries at this name, a token that the account still has (as Bearer) goes first.
        """
        services.accounts.check_shown(body.text_hash)
        given = (body.username, body.password, body.scopes, body.purpose)
        name = as_name(body.username)
        is_owner = await _is_owner(request, services, name)
        async with tries.turn(host_of(request), name, is_owner=is_owner):
            return signed_in(*await acts.log_in(services, *given))

    @router.post("/logout", summary="End this device's sessions and its token")
    async def log_out(request: Request) -> dict[str, object]:
        """Running sessions end first, so that their summary is written where it may be."""
        person = await asking(request, services)
        ended, _ = await acts.sign_out(services, person.user_id, person.device_id)
        return {"ended_sessions": ended}


def _add_me(router: APIRouter, services: Services) -> None:
    by_person = Doorkeeper(services.settings.logins_per_minute)

    @router.get("/me", summary="Who I am, and what is stored about me now")
    async def me(request: Request) -> dict[str, object]:
        """Counts by table, every consent, every device, and how long readings are kept."""
        person = await asking(request, services)
        about = await queries.about_person(services.store, person.user_id)
        stored_mb, most_mb = (
            await queries.stored_of(services.store, person.user_id) / 1e6,
            services.settings.max_stored_mb,
        )
        return about | {
            **{"user_id": person.user_id, "username": person.username, "role": person.role, "purpose": person.purpose},
            **{"scopes": sorted(person.scopes), "device_id": person.device_id, "expires_at": person.expires_at},
            "kept": await deletion.count_kept(services.store, person.user_id),
            "default_retention_days": services.settings.retention_days,
            "retention_held": bool(services.retention.held),
            "history_paused": services.store.is_failing,
            **{"stored_mb": round(stored_mb, 3), "max_stored_mb": most_mb, "quota_reached": stored_mb >= most_mb},
        }

    @router.post("/consent", summary="Change or withdraw consent")
    async def consent(body: NewConsent, request: Request) -> dict[str, object]:
        """In force for the next picture, sound or word; deletes what was covered where asked."""
        person = await asking(request, services)
        services.accounts.check_shown(body.text_hash)
        changed = await acts.change_scopes(services, person, body.scopes, body.delete, body.purpose)
        return {"scopes": sorted(changed.scopes), "consent_id": changed.consent_id}

    @router.put("/me/retention", summary="How long my readings are kept")
    async def retention(body: Retention, request: Request) -> dict[str, object]:
        """For guests with kept readings and for accounts; 404 for whom nothing is kept."""
        person = await asking(request, services)
        return {"retention_days": await set_retention(services.store, person.user_id, body.days)}

    @router.post("/me/password", summary="Change my password")
    async def password(body: NewPassword, request: Request) -> dict[str, object]:
        """Every other device is signed out, and what runs on it ends. 401 where account or device went meanwhile."""
        person = await asking(request, services)
        by_person.admit(person.user_id)
        ended = await acts.change_password(services, person, body.old, body.new)
        return {"changed": True, "ended_sessions": ended}

    @router.delete("/me/devices/{device_id}", summary="Sign a device of mine out")
    async def revoke(device_id: str, request: Request) -> dict[str, object]:
        """404 for what is unknown or somebody else's."""
        person = await asking(request, services)
        ended, _ = await acts.sign_out(services, person.user_id, device_id)
        return {"ended_sessions": ended}

    @router.delete("/me", summary="Delete everything about me")
    async def delete(request: Request) -> dict[str, object]:
        """Sessions, words, consents, tokens, account: rows and bytes. There is no way back."""
        person = await asking(request, services)
        await acts.delete_person(services, person.user_id)
        return {"deleted": True}


def routes(services: Services) -> APIRouter:
    """/api/signup, /api/login, /api/logout, /api/me and below, POST /api/consent"""
    router = APIRouter(prefix="/api", tags=["account"])
    _add_ways_in(router, services)
    _add_me(router, services)
    return router


ROUTES = Routes("accounts", routes)
