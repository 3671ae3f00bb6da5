"""What goes for its age, and when: the rule, the person's own choice, and the job that sees to it.

Nothing goes while the clock cannot be believed (`core/record/clock_trust.py`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import NotFound, SessionError, StoreError
from core.record.clock_trust import SETTLED_S, ClockTrust, Moment, steady_s
from core.record.deletion import change, drop_of, drop_sessions
from core.record.store import Store, utc

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

log = logging.getLogger(__name__)

RETENTION_DAYS = (1, 365)
CHECK_EVERY_S = 3600.0
WHAT_TO_DO = (
    "nothing is deleted for its age until the clock is put right, or an admin confirms it (POST /api/admin/clock, or "
    "python -m core.commands.admin confirm-clock)"
)


async def set_retention(store: Store, user_id: str, days: int | None) -> int | None:
    """How long this person's readings are kept, a day to a year; None: as the server says.

    Raises SessionError for other days, NotFound for whom no row is kept: a guest without `history`, or who was deleted.
    """
    if days is not None and not RETENTION_DAYS[0] <= days <= RETENTION_DAYS[1]:
        raise SessionError(f"expected {RETENTION_DAYS[0]} to {RETENTION_DAYS[1]} days, got {days}", "bad_retention")
    update = "UPDATE users SET retention_days = ? WHERE user_id = ?"
    if not await store.execute(lambda connection: change(connection, update, days, user_id)):
        raise NotFound("nothing of yours is kept here, so there is no time to keep it; allow history first")
    return days


_OLD = """
    SELECT session_id FROM sessions LEFT JOIN users USING (user_id)
    WHERE ended_at IS NOT NULL AND epoch(ended_at) < ? - coalesce(users.retention_days, ?) * 86400"""
_PAST = """
    SELECT users.user_id FROM users WHERE username IS NULL
    AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = users.user_id)
    AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.user_id = users.user_id AND is_active AND expires_at > ?)"""


async def delete_old(store: Store, keep_days: int, now_s: float) -> int:
    """Sessions past their person's retention, and guests who can never come back; returns how many sessions."""
    before = await store.read(_OLD, [now_s, keep_days])
    past = await store.read(_PAST, [utc(now_s)])
    left = await store.read("SELECT 1 FROM deletions LIMIT 1")  # of one whose rewriting was cut off
    if not before and not past and not left:
        return 0

    old: list[str] = []

    def delete(connection: Connection) -> int:
        old[:] = [row[0] for row in connection.execute(_OLD, [now_s, keep_days]).fetchall()]
        rows = drop_sessions(connection, old)
        for (user_id,) in connection.execute(_PAST, [utc(now_s)]).fetchall():
            rows += drop_of(connection, user_id, ("user_summaries", "tokens", "users"))
        return rows + change(connection, "DELETE FROM tokens WHERE expires_at < ?", utc(now_s))

    await store.erase(delete)
    return len(old)


class Retention:
    """One per app. Times are UTC in seconds since the epoch, but for `steady`."""

    def __init__(
        self,
        store: Store,
        keep_days: int,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        self.held = ""
        """why nothing is deleted for its age, for people; empty: all is well"""
        self._store = store
        self._keep_days = keep_days
        self._trust = ClockTrust(store, clock, steady)
        self._is_watching = False
        """the clock may be right, and shows that it stays"""

    async def run(self) -> None:
        """The job; the app keeps this task. A disk that refuses is tried again an hour later."""
        while True:
            try:
                if count := await self.check():
                    log.info("retention: %d sessions deleted", count)
            except StoreError as error:
                log.warning("retention: %s", error)
            await asyncio.sleep(SETTLED_S if self._is_watching else CHECK_EVERY_S)

    async def check(self) -> int:
        """Delete what is past its time, if the clock can be believed; returns how many sessions. Raises StoreError."""
        now = self._trust.now()
        before, self.held = self.held, await self._doubt(now)
        if self.held:
            if not before:
                log.error("retention: %s", self.held)
            return 0
        self._is_watching = await self._trust.is_settling(now)
        if self._is_watching:
            log.info("retention waits: the clock went on by over a day while the server was off")
            return 0
        if before:
            log.warning("retention goes on: the clock can be believed again")
        await self._trust.believe(now)
        return await delete_old(self._store, self._keep_days, now.clock_s)

    async def confirm(self) -> None:
        """An admin says that the clock is right; what is past its time goes with the next check. Raises StoreError."""
        await self._trust.believe(self._trust.now())
        self.held = ""

    async def _doubt(self, now: Moment) -> str:
        doubt = await self._trust.doubt(now)
        return f"{doubt}; {WHAT_TO_DO}" if doubt else ""
