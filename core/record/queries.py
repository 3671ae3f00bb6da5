"""Reads for REST and pages: rows in, plain dicts out. Every question names the user who asks."""

from __future__ import annotations

import json

from core.errors import NotFound
from core.record import spans
from core.record.quota import STORED
from core.record.store import Row, Store

MAX_LISTED = 200

_SESSION = """
    SELECT session_id, epoch(started_at) AS started_at, epoch(ended_at) AS ended_at, consent_id, settings, note
    FROM sessions WHERE session_id = ? AND user_id = ?"""

_TOTALS = """
    SELECT count(*) AS n_readings, coalesce(max(t), 0) AS duration_s, avg(quality) AS mean_quality
    FROM fused WHERE session_id = ?"""


async def session_summary(store: Store, user_id: str, session_id: str) -> Row:
    """One session in figures. Raises NotFound when it is unknown or somebody else's.

    `n_readings` counts fused estimates; `duration_s` is the session time of the last one; `shares` {label: share of
    the time that was read}, "uncertain" among them (core/record/spans.py), all 0 without any; `mean_quality` 0 to 1,
    None without any.
    """
    rows = await store.read(_SESSION, [session_id, user_id])
    if not rows:
        raise NotFound("there is no such session among yours; GET /api/sessions lists them")
    sealed = rows[0]["note"]
    note = store.open_words([sealed], [session_id])[0] if sealed is not None else ""
    session = rows[0] | {"settings": json.loads(rows[0]["settings"]), "note": note}
    (totals,) = await store.read(_TOTALS, [session_id])
    seconds = {row["led"]: row["seconds"] for row in await store.read(spans.SECONDS, [[session_id]])}
    return session | totals | {"shares": spans.shares(seconds)}


async def keep_note(store: Store, session_id: str, text: str) -> None:
    """Sealed, in place of the one before; empty removes it. Raises StoreError."""
    sealed = store.seal_words(text, session_id) if text else None
    await store.execute(
        lambda connection: connection.execute("UPDATE sessions SET note = ? WHERE session_id = ?", [sealed, session_id])
    )


async def about_person(store: Store, user_id: str) -> Row:
    """`created_at` and `retention_days` (None without an account row), `consents` and `devices`, newest first."""
    users = await store.read(
        "SELECT epoch(created_at) AS created_at, retention_days FROM users WHERE user_id = ?", [user_id]
    )
    consents = await store.read(
        "SELECT consent_id, version, text_hash, scopes, purpose, epoch(given_at) AS given_at,"
        " epoch(withdrawn_at) AS withdrawn_at FROM consents WHERE user_id = ? ORDER BY given_at DESC LIMIT 200",
        [user_id],
    )
    devices = await store.read(
        "SELECT token_hash[:16] AS device_id, epoch(created_at) AS created_at, epoch(expires_at) AS expires_at"
        " FROM tokens WHERE user_id = ? AND is_active ORDER BY created_at DESC LIMIT 200",
        [user_id],
    )
    account = users[0] if users else {"created_at": None, "retention_days": None}
    return account | {"consents": consents, "devices": devices}


async def stored_of(store: Store, user_id: str) -> int:
    """Bytes that are kept of a person, about."""
    (row,) = await store.read(STORED, [user_id])
    return int(row["stored"])


async def list_users(store: Store, limit: int = MAX_LISTED) -> list[Row]:
    """For admins: who has an account or kept readings, and how much; no content."""
    return await store.read(
        "SELECT user_id, username, role, epoch(created_at) AS created_at,"
        " (SELECT count(*) FROM sessions WHERE sessions.user_id = users.user_id) AS sessions,"
        " (SELECT count(*) FROM tokens WHERE tokens.user_id = users.user_id AND is_active) AS devices"
        " FROM users ORDER BY created_at DESC LIMIT ?",
        [limit],
    )
