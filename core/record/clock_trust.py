"""Whether the clock can be believed that retention goes by.

A clock that jumps ahead makes everything old at once. So the newest moment that was believed is kept in the database
(`clock_seen`); a clock too far from where it should stand is doubted until it is put right or an admin confirms it.
While the process runs, a steady clock tells where that is; between two runs, that a server stands still for weeks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from core.record.store import Store, utc

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

DAY_S = 86_400
OFF_S = 30 * DAY_S
"""a server may have been off for so long; a clock further ahead at its start is asked about"""
SETTLED_S = 600.0
"""a clock that went on by over a day while the server was off is watched for so long first: the network puts a wrong
one right within minutes. One that stays wrong by less than OFF_S cannot be told from a server that was off so long"""
APART_S = DAY_S
"""how far the clock may be from the steady one while the server runs, or behind what it showed before"""


def steady_s() -> float:
    """Seconds of a clock that nobody sets; it runs while a laptop sleeps, where the system has such a one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Moment(NamedTuple):
    """Both clocks, read at once: they go on while a reader waits for the store."""

    clock_s: float
    """UTC, seconds since the epoch"""
    steady_s: float


class ClockTrust:
    """One per app. Times are UTC in seconds since the epoch, but for `steady`."""

    def __init__(self, store: Store, clock: Callable[[], float], steady: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._steady = steady
        self._since: Moment | None = None
        """a moment that was believed; None before the first"""
        self._began_s = steady()

    def now(self) -> Moment:
        """What both clocks say."""
        return Moment(self._clock(), self._steady())

    async def doubt(self, now: Moment) -> str:
        """Why this reading of the clock cannot be believed, for people; empty where it can. Raises StoreError."""
        expected_s, ahead_s = await self._expected(now)
        if expected_s is None:
            return ""
        apart_s = now.clock_s - expected_s
        if -APART_S <= apart_s <= ahead_s:
            return ""
        way = "ahead of" if apart_s > 0 else "behind"
        days = f"{abs(apart_s) / DAY_S:.0f} days {way} {_day(expected_s)}, where it should stand at most"
        return f"the clock says {_day(now.clock_s)}, {days}"

    async def is_settling(self, now: Moment) -> bool:
        """Whether a clock that nothing else speaks against must show first that it stays. Raises StoreError."""
        expected_s, _ = await self._expected(now)
        is_new = self._since is None and now.steady_s - self._began_s < SETTLED_S
        return is_new and expected_s is not None and now.clock_s - expected_s > APART_S

    async def _expected(self, now: Moment) -> tuple[float | None, float]:
        """Where the clock should stand at least, None before the first start of all; and how far ahead it may be."""
        if self._since is not None:
            return self._since.clock_s + now.steady_s - self._since.steady_s, APART_S
        rows = await self._store.read("SELECT epoch(max(seen_at)) AS seen_s FROM clock_seen")
        return rows[0]["seen_s"], OFF_S

    async def believe(self, now: Moment) -> None:
        """The clock is right, as it was read. Raises StoreError."""

        def write(connection: Connection) -> None:
            connection.execute("DELETE FROM clock_seen")
            connection.execute("INSERT INTO clock_seen VALUES (?)", [utc(now.clock_s)])

        await self._store.execute(write)
        self._since = now


def _day(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).date().isoformat()
