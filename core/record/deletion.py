"""What goes when somebody asks: one session, one person, what a scope covered. What goes for its age: retention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import NotFound
from core.record.store import Row, Store
from core.record.users import recheck_admin

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

OF_SESSIONS = ("estimates", "fused", "messages", "markers", "self_reports", "faults", "sessions")
"""tables whose rows belong to a session"""
OF_PERSON = (("summary", "user_summaries"), ("consents", "consents"), ("devices", "tokens"))


def change(connection: Connection, statement: str, *given: object) -> int:
    """How many rows a DELETE or an UPDATE reached."""
    row = connection.execute(statement, given).fetchone()
    return int(row[0]) if row else 0


def drop_sessions(connection: Connection, session_ids: Sequence[str]) -> int:
    """How many rows went."""
    ids = list(session_ids)
    statements = [f"DELETE FROM {table} WHERE list_contains(?, session_id)" for table in OF_SESSIONS]  # noqa: S608
    return sum(change(connection, statement, ids) for statement in statements) if ids else 0


def drop_of(connection: Connection, user_id: str, tables: Sequence[str]) -> int:
    """How many rows of a person went out of these tables."""
    statements = [f"DELETE FROM {table} WHERE user_id = ?" for table in tables]  # noqa: S608
    return sum(change(connection, statement, user_id) for statement in statements)


def _own(connection: Connection, user_id: str) -> list[str]:
    rows = connection.execute("SELECT session_id FROM sessions WHERE user_id = ?", [user_id]).fetchall()
    return [row[0] for row in rows]


def _unknown() -> NotFound:
    return NotFound("there is no such session among yours; GET /api/sessions lists them")


async def check_own(store: Store, user_id: str, session_id: str) -> None:
    """Raises NotFound for an unknown session or somebody else's."""
    if not await store.read("SELECT 1 FROM sessions WHERE session_id = ? AND user_id = ?", [session_id, user_id]):
        raise _unknown()


async def delete_session(store: Store, user_id: str, session_id: str) -> None:
    """Rows and bytes of one own session. Raises NotFound, or StoreError "not_erased" when bytes are left for now."""

    def delete(connection: Connection) -> int:
        if session_id not in _own(connection, user_id):
            raise _unknown()
        return drop_sessions(connection, [session_id])

    await check_own(store, user_id, session_id)
    store.forget(session_id)
    await store.erase(delete)


async def delete_kept(store: Store, user_id: str, what: Sequence[str]) -> None:
    """What a withdrawn scope covered: "history" all sessions, "text" all words."""

    def delete(connection: Connection) -> int:
        own = _own(connection, user_id)
        rows = drop_sessions(connection, own) if "history" in what else 0
        if {"history", "text"} & set(what):
            rows += change(connection, "DELETE FROM messages WHERE list_contains(?, session_id)", own)
            notes = "UPDATE sessions SET note = NULL WHERE user_id = ? AND note IS NOT NULL"
            rows += change(connection, notes, user_id)
            rows += drop_of(connection, user_id, ["user_summaries"])
        return rows

    await store.erase(delete)


async def delete_person(store: Store, user_id: str, admin_id: str | None = None) -> None:
    """Everything, the account and its consents included; of the consents nothing is left to prove.

    Raises NotFound where `admin_id`, who asked for it, is no admin any more (None: the person, or the operator).
    """

    def delete(connection: Connection) -> int:
        recheck_admin(connection, admin_id)
        rows = drop_sessions(connection, _own(connection, user_id))
        return rows + drop_of(connection, user_id, ("user_summaries", "tokens", "consents", "users"))

    store.forget_person(user_id)
    await store.erase(delete)


async def count_kept(store: Store, user_id: str) -> Row:
    """How much is stored about this person now: {table: rows}, `summary`, `consents`, `devices`."""
    own = "session_id IN (SELECT session_id FROM sessions WHERE user_id = ?)"
    asked = [(table, table, own) for table in OF_SESSIONS]
    asked += [(name, table, "user_id = ?") for name, table in OF_PERSON]
    counts = {}
    for name, table, whose in asked:
        (row,) = await store.read(f"SELECT count(*) AS n FROM {table} WHERE {whose}", [user_id])  # noqa: S608
        counts[name] = row["n"]
    return counts
