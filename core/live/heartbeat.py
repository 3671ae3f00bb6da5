"""What falls due by time alone: a fused event every half second, a line of statistics every second.

Each waits for what it waits for: no fused event is due before the first media or in a pause, statistics go on while a
client is there, and while nobody is there nothing wakes up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.live.consent_gate import Gate
from core.live.judge import Judge
from core.live.timing import SessionTime

STATS_S = 1.0


class Heartbeat:
    """One per session whose time goes on by itself."""

    def __init__(self, judge: Judge, time: SessionTime, gate: Gate, tell_stats: Callable[[], None]) -> None:
        self._judge = judge
        self._time = time
        self._gate = gate
        self._tell_stats = tell_stats

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Until the group is cancelled."""
        tasks.create_task(self._tick_forever())
        tasks.create_task(self._tell_forever())

    async def _tick_forever(self) -> None:
        await self._time.begun()
        while True:
            await self._gate.opened()
            due_in_s = self._judge.due_in_s(self._time.now_s())
            if due_in_s > 0:
                await asyncio.sleep(
                    due_in_s
                )  # a reading may have put it off meanwhile, a pause or a drop may have come
            else:
                self._judge.tick(self._time.now_s())

    async def _tell_forever(self) -> None:
        while True:
            await self._gate.attended()
            await asyncio.sleep(STATS_S)
            self._tell_stats()
