"""Ticks and statistics on virtual time: when they come, and that nothing wakes up for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from core.estimation.fusion import FusionSettings
from core.estimation.ordering import OnArrival
from core.live.consent_gate import Gate
from core.live.heartbeat import Heartbeat
from core.live.judge import Judge
from core.live.timing import ClockTime
from core.types import Event, FusedEstimate
from tests import virtual_time
from tests.fakes import person


class Beating:
    """A judge that a heartbeat drives, and what came of it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.stats_s: list[float] = []
        self.time = ClockTime(virtual_time.clock)
        self.gate = Gate(person("camera"))
        self.judge = Judge(FusionSettings(), OnArrival(), self.events.append, lambda fused, _: fused)
        self.heart = Heartbeat(
            self.judge, self.time, self.gate, lambda: self.stats_s.append(round(virtual_time.clock(), 3))
        )

    def fused_s(self) -> list[float]:
        return [round(event.time_s, 3) for event in self.events if isinstance(event, FusedEstimate)]


def _beat(script: Callable[[Beating], Awaitable[None]]) -> Beating:
    async def beat() -> Beating:
        beating = Beating()
        async with asyncio.TaskGroup() as tasks:
            beating.heart.start(tasks)
            await script(beating)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
        return beating

    return virtual_time.run(beat())


def test_a_fused_event_comes_every_half_second_and_statistics_every_second() -> None:
    async def script(beating: Beating) -> None:
        beating.time.begin()
        await asyncio.sleep(2.25)

    beating = _beat(script)
    assert beating.fused_s() == [0.5, 1.0, 1.5, 2.0]
    assert beating.stats_s == [1.0, 2.0]


def test_before_the_first_media_no_fused_event_is_due() -> None:
    async def script(beating: Beating) -> None:
        await asyncio.sleep(5.0)
        beating.time.begin()
        await asyncio.sleep(0.75)

    assert _beat(script).fused_s() == [0.5]


def test_a_pause_and_nobody_there_wake_nothing_up() -> None:
    async def script(beating: Beating) -> None:
        beating.time.begin()
        await asyncio.sleep(1.1)
        beating.gate.pause()
        beating.gate.leave()
        await asyncio.sleep(1.0)  # what was asleep when that came
        before = virtual_time.loop().wakings
        await asyncio.sleep(600.0)
        assert virtual_time.loop().wakings - before == 1  # this test's own
        beating.gate.come_back()
        beating.gate.resume()
        beating.judge.skip_to(beating.time.now_s())
        await asyncio.sleep(0.75)

    beating = _beat(script)
    assert beating.fused_s() == [0.5, 1.0, 602.6]
    assert [at_s for at_s in beating.stats_s if 2.2 < at_s < 602] == []


def test_in_a_pause_alone_statistics_go_on_once_a_second_and_nothing_else() -> None:
    async def script(beating: Beating) -> None:
        beating.time.begin()
        await asyncio.sleep(1.1)
        beating.gate.pause()
        await asyncio.sleep(1.0)  # what was asleep when that came
        before = virtual_time.loop().wakings
        await asyncio.sleep(60.0)
        assert virtual_time.loop().wakings - before <= 2 * 60 + 1, "a sleep's end and its task's step, a second"

    beating = _beat(script)
    assert beating.fused_s() == [0.5, 1.0]
    assert beating.stats_s == [float(n) for n in range(1, 63)]


def test_a_readings_own_event_puts_the_next_tick_off() -> None:
    async def script(beating: Beating) -> None:
        beating.time.begin()
        await asyncio.sleep(0.4)
        beating.judge.skip_to(0.4)
        await asyncio.sleep(0.7)

    assert _beat(script).fused_s() == [0.9]
