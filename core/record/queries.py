"""Reads for REST and pages: rows in, plain dicts out. Every question names the user who asks."""

from __future__ import annotations

import json
from typing import Any

from core.errors import NotFound
from core.record.store import Store
from core.types import EMOTIONS

MAX_LISTED = 200

_EXPRESSIONS = ", ".join(f"p_{label}" for label in EMOTIONS)

_LIST = """
    SELECT session_id, epoch(started_at) AS started_at, epoch(ended_at) AS ended_at
    FROM sessions WHERE user_id = ? ORDER BY sessions.started_at DESC, session_id LIMIT ?"""

_SESSION = """
    SELECT session_id, epoch(started_at) AS started_at, epoch(ended_at) AS ended_at, consent_id, settings
    FROM sessions WHERE session_id = ? AND user_id = ?"""

# list_position counts from 1; in a tie the expression that stands first in EMOTIONS leads
_SHARES = f"""
    SELECT list_position([{_EXPRESSIONS}], greatest({_EXPRESSIONS})) - 1 AS best, count(*) AS n
    FROM fused WHERE session_id = ? AND NOT abstained GROUP BY best"""  # noqa: S608 - labels of our own

_TOTALS = """
    SELECT count(*) AS n_readings, coalesce(max(t), 0) AS duration_s,
           avg(abstained::INTEGER) AS abstained_share, avg(quality) AS mean_quality
    FROM fused WHERE session_id = ?"""


async def list_sessions(store: Store, user_id: str, limit: int = MAX_LISTED) -> list[dict[str, Any]]:
    """A user's sessions, newest first: `session_id`, `started_at`, `ended_at` (UTC epoch seconds; None while open)."""
    return await store.read(_LIST, [user_id, min(limit, MAX_LISTED)])


async def session_summary(store: Store, user_id: str, session_id: str) -> dict[str, Any]:
    """One session in figures. Raises NotFound when it is unknown or somebody else's.

    `n_readings` counts fused estimates; `duration_s` is the session time of the last one; `shares`
    {expression: share of the estimates that did not abstain in which it led}, all 0 without any;
    `abstained_share` and `mean_quality` 0 to 1, None without estimates.
    """
    rows = await store.read(_SESSION, [session_id, user_id])
    if not rows:
        raise NotFound("there is no such session among yours; GET /api/sessions lists them")
    session = rows[0] | {"settings": json.loads(rows[0]["settings"])}
    (totals,) = await store.read(_TOTALS, [session_id])
    leading = {row["best"]: row["n"] for row in await store.read(_SHARES, [session_id])}
    judged = sum(leading.values()) or 1
    shares = {label: leading.get(index, 0) / judged for index, label in enumerate(EMOTIONS)}
    return session | totals | {"shares": shares}
