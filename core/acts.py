"""What a person or an operator does across rooms; every door (socket, REST, shell) calls these.

Each act says in which order the rooms hear of it: what runs stops first, then what is kept goes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Protocol

from core.errors import NotFound
from core.people import Person
from core.record import deletion, users
from core.record.accounts import Accounts
from core.record.store import Store
from core.settings import Settings
from core.typed import as_name

log = logging.getLogger(__name__)


class Running(Protocol):
    """The sessions that run now; core.live.sessions.Sessions, or at the shell nobody's."""

    async def change_person(self, person: Person) -> None: ...

    async def let_go(self, user_id: str) -> None: ...

    def stop_keeping(self, session_id: str) -> None: ...

    async def close_of(self, user_id: str, device_id: str | None = None, *, spare: str | None = None) -> int: ...


class Rooms(Protocol):
    """What an act reaches: Services of the app, or what the shell has of them."""

    @property
    def settings(self) -> Settings: ...

    @property
    def sessions(self) -> Running: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def store(self) -> Store: ...


# -- coming in and going out ----------------------------------------------------------------------


async def log_in(
    rooms: Rooms, username: str, password: str, scopes: Iterable[str] | None, purpose: str
) -> tuple[str, Person]:
    """A token for this device; its scopes hold in the sessions of the others too. Raises Unauthorised and others."""
    token, person = await rooms.accounts.log_in(username, password, scopes, purpose)
    await rooms.sessions.change_person(person)
    return token, person


async def sign_in_with(
    rooms: Rooms, subject: users.Subject, scopes: Iterable[str] | None, purpose: str
) -> tuple[str, Person]:
    """As `log_in`, for whom another provider vouches."""
    user = await users.find_or_add_subject(rooms.store, subject)
    token, person = await rooms.accounts.enter(user, scopes, purpose)
    await rooms.sessions.change_person(person)
    return token, person


async def sign_out(rooms: Rooms, user_id: str, device_id: str | None = None) -> tuple[int, int]:
    """One device of a person, or all; returns how many sessions and tokens ended. Raises NotFound for no such device.

    Sessions end first, so that their summary is written where it may be; then whatever the token let in meanwhile.
    """
    ended = await rooms.sessions.close_of(user_id, device_id)
    revoked = await rooms.accounts.revoke(user_id, device_id)
    return ended + await rooms.sessions.close_of(user_id, device_id), revoked


async def change_password(rooms: Rooms, person: Person, old: str, new: str) -> int:
    """Every other device is signed out, and what runs on it ends; returns how many sessions.

    Raises Unauthorised for a wrong old one, SessionError for a new one that is none.
    """
    await rooms.accounts.change_password(person, old, new)
    return await rooms.sessions.close_of(person.user_id, spare=person.device_id)


# -- consent and deletion -------------------------------------------------------------------------


async def change_scopes(
    rooms: Rooms, person: Person, scopes: list[str], deletes: bool, purpose: str | None = None
) -> Person:
    """The ledger first, then every session of this person, then what the scopes taken back have covered."""
    changed = await rooms.accounts.change_scopes(person, scopes, purpose)
    await rooms.sessions.change_person(changed)
    covered = [scope for scope in ("history", "text") if scope in person.scopes - changed.scopes]
    if deletes and covered:
        await deletion.delete_kept(rooms.store, person.user_id, covered)
    return changed


async def delete_session(rooms: Rooms, user_id: str, session_id: str) -> None:
    """Rows and bytes of one own session; one that is running goes on and is never kept again. Raises NotFound."""
    await deletion.check_own(rooms.store, user_id, session_id)
    rooms.sessions.stop_keeping(session_id)
    await deletion.delete_session(rooms.store, user_id, session_id)


async def delete_person(rooms: Rooms, user_id: str, admin_id: str | None = None) -> None:
    """No token of theirs is good from now on, nothing more is taken down, then nothing is left.

    Raises NotFound where `admin_id` is no admin any more.

    Whoever is on their way in meanwhile is turned away inside the write (core/record/accounts.py), and sessions that
    began meanwhile end too.
    """
    with rooms.accounts.leaving(user_id):
        await rooms.sessions.let_go(user_id)
        try:
            await deletion.delete_person(rooms.store, user_id, admin_id)
        finally:
            await rooms.sessions.let_go(user_id)


# -- roles ----------------------------------------------------------------------------------------


async def set_role(rooms: Rooms, user_id: str, role: str, admin_id: str | None = None) -> None:
    """In force at once: the person's tokens are looked up anew. Raises NotFound.

    `admin_id`: whoever asked for it, who has to be admin still when it is written; None: the operator.
    """
    await users.set_role(rooms.store, user_id, role, admin_id)
    rooms.accounts.forget(user_id)


async def add_admin(rooms: Rooms, username: str, password: str) -> None:
    """An account that allows nothing to be read, and that has to sign in first. Raises SessionError."""
    _, person = await rooms.accounts.sign_up(username, password, [], "other", role="admin")
    await rooms.accounts.revoke(person.user_id)


async def ensure_first_admin(rooms: Rooms) -> None:
    """The account named in the settings is admin from this start on. Raises SessionError when it cannot be."""
    name, password = as_name(rooms.settings.admin_username), rooms.settings.admin_password.get_secret_value()
    if not name:
        return
    try:
        await set_role(rooms, await users.find_user(rooms.store, name), "admin")
    except NotFound:
        if password:
            await add_admin(rooms, name, password)
            return
        log.warning(
            "admin_username %s has no account yet; sign up with it, or set admin_password, and start again", name
        )
