"""What falls due by time alone, and that nothing wakes up while there is nothing to tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.live import heartbeat
from core.live.gate import Gate
from core.live.heartbeat import Heartbeat
from core.live.timing import LIVE, SessionTime
from tests.fakes import person
from tests.live.clocks import Clock


class CountingJudge:
    """Owes a tick every half second, and remembers when it was asked for one."""

    def __init__(self) -> None:
        self.ticked_at_s: list[float] = []
        self.asked = 0

    def due_in_s(self, now_s: float) -> float:
        self.asked += 1
        return 0.5 - now_s if not self.ticked_at_s else 0.5 - (now_s - self.ticked_at_s[-1])

    def tick(self, now_s: float) -> None:
        self.ticked_at_s.append(now_s)


class Beating:
    """One heartbeat with everything around it."""

    def __init__(self) -> None:
        self.clock, self.judge, self.gate = Clock(), CountingJudge(), Gate(person())
        self.time: SessionTime = LIVE.time(self.clock)
        self.told = 0

    def tell(self) -> None:
        self.told += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run())
        await turns()
        yield
        task.cancel()
        await asyncio.wait([task])

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            Heartbeat(self.judge, self.time, self.gate, self.tell).start(tasks)


async def turns(count: int = 10) -> None:
    """Lets everybody go on who can."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_tick_comes_when_it_is_due() -> None:
    here = Beating()
    async with here.running():
        assert here.judge.asked == 0, "before the first media nothing is owed"
        here.clock.now_s += 0.5
        here.time.begin()
        here.clock.now_s += 0.7
        await turns()
        assert here.judge.ticked_at_s == [pytest.approx(0.7)]


@pytest.mark.parametrize("is_paused", [True, False])
async def test_nothing_wakes_up_in_a_pause_or_while_nobody_is_there(is_paused: bool) -> None:
    here = Beating()
    here.time.begin()
    if is_paused:
        here.gate.pause()
    else:
        here.gate.leave()
    async with here.running():
        here.clock.now_s += 60
        await turns(50)
        assert here.judge.asked == 0
        here.gate.resume()
        here.gate.come_back()
        await turns()
        assert here.judge.ticked_at_s


async def test_statistics_are_told_while_somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "STATS_S", 0.0)
    here = Beating()
    async with here.running():
        await turns()
        assert here.told > 0
        here.gate.leave()
        await turns(3)
        told = here.told
        await turns(20)
        assert here.told == told
