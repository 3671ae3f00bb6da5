"""Rows of people: found by name, given a role, known by another provider's word for them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import NotFound, Unauthorised
from core.people import Person
from core.record.store import Store, utc
from core.typed import as_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection


@dataclass(frozen=True, slots=True)
class User:
    """A row of `users`, as far as a way in needs it."""

    user_id: str
    username: str | None
    role: str
    password_hash: str | None = None
    """the one they have shown the password of; None for whom another provider vouches"""


def recheck(connection: Connection, user: User) -> str:
    """The role of a user who has shown who they are, inside the write that lets them in.

    Raises Unauthorised when they were deleted or their password was changed while they were on their way.
    """
    row = connection.execute("SELECT role, password_hash FROM users WHERE user_id = ?", [user.user_id]).fetchone()
    if row is None or row[1] != user.password_hash:
        raise Unauthorised("this account was deleted or has another password since; sign in again", "bad_login")
    return str(row[0])


def is_there(connection: Connection, user_id: str) -> bool:
    """Whether this user has a row."""
    return connection.execute("SELECT 1 FROM users WHERE user_id = ?", [user_id]).fetchone() is not None


def recheck_admin(connection: Connection, user_id: str | None) -> None:
    """Inside the write that an admin asked for; None: the operator at the shell, or the start.

    Raises NotFound where their role was taken, or they were deleted, while it was on its way.
    """
    find = "SELECT 1 FROM users WHERE user_id = ? AND role = 'admin'"
    if user_id is not None and connection.execute(find, [user_id]).fetchone() is None:
        raise NotFound("there is nothing here")


async def read_user(store: Store, user_id: str) -> User | None:
    """The row of a user as it is now; it is asked again (`recheck`) inside a write that comes of it."""
    rows = await store.read("SELECT user_id, username, role, password_hash FROM users WHERE user_id = ?", [user_id])
    return User(**rows[0]) if rows else None


async def renew_hash(store: Store, user: User, password_hash: str) -> User:
    """The same password in another form; one that was changed meanwhile stays, and `recheck` refuses then."""
    update = "UPDATE users SET password_hash = ? WHERE user_id = ? AND password_hash = ?"
    values = [password_hash, user.user_id, user.password_hash]
    await store.execute(lambda connection: connection.execute(update, values))
    return replace(user, password_hash=password_hash)


async def find_user(store: Store, name: str) -> str:
    """The user_id behind a user_id or else a user name, which may look like another's id. Raises NotFound."""
    find = "SELECT user_id FROM users WHERE username = ? OR user_id = ? ORDER BY user_id = ? DESC"
    rows = await store.read(find, [as_name(name), name, name])
    if not rows:
        raise NotFound(f"there is no user {name}")
    return str(rows[0]["user_id"])


async def set_role(store: Store, user_id: str, role: str, admin_id: str | None = None) -> None:
    """Raises NotFound, also where `admin_id`, who asked for it, is no admin any more (None: the operator)."""

    def write(connection: Connection) -> bool:
        recheck_admin(connection, admin_id)
        update = "UPDATE users SET role = ? WHERE user_id = ? RETURNING user_id"
        return connection.execute(update, [role, user_id]).fetchone() is not None

    if not await store.execute(write):
        raise NotFound("there is no such user; GET /api/admin/users lists them")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom another provider vouches for."""

    issuer: str
    """the provider's address"""
    name: str
    """what the provider calls the person, for ever; who they are here hangs on it alone"""
    username: str
    """what they are shown as; it may change, and another may have it"""


async def find_or_add_subject(store: Store, subject: Subject) -> User:
    """The user whom a provider vouches for, made at their first sign-in. A user name that is taken gets an ending."""
    user_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{subject.issuer}/{subject.name}").hex

    def write(connection: Connection) -> User:
        holder = connection.execute("SELECT user_id FROM users WHERE username = ?", [subject.username]).fetchone()
        is_free = holder is None or holder[0] == user_id
        shown = subject.username if is_free else f"{subject.username}:{user_id[:8]}"
        connection.execute(
            "INSERT INTO users (user_id, username, role, created_at) VALUES (?, ?, 'visitor', now() AT TIME ZONE 'UTC')"
            " ON CONFLICT DO NOTHING",
            [user_id, shown],
        )
        find = "SELECT user_id, username, role, password_hash FROM users WHERE user_id = ?"
        row = connection.execute(find, [user_id]).fetchone()
        assert row is not None  # noqa: S101 - just put there
        return User(*row)

    return await store.execute(write)


# -- tokens, inside the write that changes them ---------------------------------------------------


def write_account(connection: Connection, person: Person, token_hash: str, now_s: float) -> None:
    """The rows by which a guest with `history` is known after a restart; nothing when they are there."""
    connection.execute(
        "INSERT INTO users (user_id, role, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [person.user_id, person.role, utc(now_s)],
    )
    write_token(connection, person, token_hash, now_s)


def write_token(connection: Connection, person: Person, token_hash: str, now_s: float) -> None:
    """The row of a token, of which only its sha256 is kept."""
    connection.execute(
        "INSERT INTO tokens (token_hash, user_id, created_at, expires_at, is_active) VALUES (?, ?, ?, ?, true)"
        " ON CONFLICT DO NOTHING",
        [token_hash, person.user_id, utc(now_s), utc(person.expires_at)],
    )


def recheck_device(connection: Connection, person: Person) -> None:
    """Raises Unauthorised where the token that asked was ended while its wish was on its way."""
    find = "SELECT 1 FROM tokens WHERE user_id = ? AND starts_with(token_hash, ?) AND is_active"
    if connection.execute(find, [person.user_id, person.device_id]).fetchone() is None:
        raise unknown_token()


def unknown_token() -> Unauthorised:
    """What whoever holds a token of nobody is told."""
    return Unauthorised("this token is not known here; ask for a new one at POST /api/guest", "bad_token")
