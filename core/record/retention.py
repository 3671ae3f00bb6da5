"""The retention job, and whether the clock it goes by can be believed.

A clock that jumps ahead makes everything old at once. So the newest moment that was believed is kept in the database
(`clock_seen`); a clock too far from where it should stand deletes nothing until it is put right or an admin confirms
it. While the process runs, a steady clock tells where that is; between two runs, that a server stands still for weeks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.record.deletion import DAY_S, delete_old
from core.record.store import Store, utc

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

log = logging.getLogger(__name__)

CHECK_EVERY_S = 3600.0
OFF_S = 30 * DAY_S
"""a server may have been off for so long; a clock further ahead at its start is asked about"""
APART_S = DAY_S
"""how far the clock may be from the steady one while the server runs, or behind what it showed before"""
WHAT_TO_DO = (
    "nothing is deleted for its age until the clock is put right, or an admin confirms it (POST /api/admin/clock, or "
    "python -m core.commands.admin confirm-clock)"
)


def _steady_s() -> float:
    """Seconds of a clock that nobody sets; it runs while a laptop sleeps, where the system has such a one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Retention:
    """One per app. Times are UTC in seconds since the epoch, but for `steady`."""

    def __init__(
        self,
        store: Store,
        keep_days: int,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = _steady_s,
    ) -> None:
        self.held = ""
        """why nothing is deleted for its age, for people; empty: all is well"""
        self._store = store
        self._keep_days = keep_days
        self._clock = clock
        self._steady = steady
        self._since: tuple[float, float] | None = None
        """a moment that was believed: by the clock, by the steady one; None before the first"""

    async def run(self) -> None:
        """The job; the app keeps this task. A disk that refuses is tried again an hour later."""
        while True:
            try:
                if count := await self.check():
                    log.info("retention: %d sessions deleted", count)
            except StoreError as error:
                log.warning("retention: %s", error)
            await asyncio.sleep(CHECK_EVERY_S)

    async def check(self) -> int:
        """Delete what is past its time, if the clock can be believed; returns how many sessions. Raises StoreError."""
        now_s = self._clock()
        before, self.held = self.held, await self._doubt(now_s)
        if self.held:
            if not before:
                log.error("retention: %s", self.held)
            return 0
        if before:
            log.warning("retention goes on: the clock can be believed again")
        await self._believe(now_s)
        return await delete_old(self._store, self._keep_days, now_s)

    async def confirm(self) -> None:
        """An admin says that the clock is right; what is past its time goes with the next check. Raises StoreError."""
        await self._believe(self._clock())
        self.held = ""

    async def _doubt(self, now_s: float) -> str:
        """Why the clock cannot be believed; empty where it can."""
        if self._since is not None:
            expected_s, ahead_s = self._since[0] + self._steady() - self._since[1], APART_S
        else:
            rows = await self._store.read("SELECT epoch(max(seen_at)) AS seen_s FROM clock_seen")
            if rows[0]["seen_s"] is None:
                return ""
            expected_s, ahead_s = rows[0]["seen_s"], OFF_S
        apart_s = now_s - expected_s
        if -APART_S <= apart_s <= ahead_s:
            return ""
        way = "ahead of" if apart_s > 0 else "behind"
        days = f"{abs(apart_s) / DAY_S:.0f} days {way} {_day(expected_s)}, where it should stand at most"
        return f"the clock says {_day(now_s)}, {days}; {WHAT_TO_DO}"

    async def _believe(self, now_s: float) -> None:
        def write(connection: Connection) -> None:
            connection.execute("DELETE FROM clock_seen")
            connection.execute("INSERT INTO clock_seen VALUES (?)", [utc(now_s)])

        await self._store.execute(write)
        self._since = (now_s, self._steady())


def _day(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).date().isoformat()
