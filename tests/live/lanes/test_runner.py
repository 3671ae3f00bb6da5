from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import pytest

from core.engines.requests import TranscribeSpeech
from core.errors import EngineFailed, MediaError
from core.live.lanes.queues import BACKLOG, KEPT, Delivery
from core.live.lanes.runner import LaneRunner
from tests.fakes import ScriptedEngines, ScriptedLane, picture


@asynccontextmanager
async def _running(delivery, lane=None, engines=None):
    told, errors = [], []
    runner = LaneRunner(
        lane or ScriptedLane(), engines or ScriptedEngines(), delivery, told.append, lambda *e: errors.append(e)
    )
    task = asyncio.create_task(runner.run())
    try:
        yield runner, told, errors
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_latest_keeps_the_newest_and_counts_what_it_replaced() -> None:
    engines = ScriptedEngines()
    engines.gate = asyncio.Event()
    async with _running(Delivery.LATEST, engines=engines) as (runner, told, _):
        await runner.offer(picture(0.0))
        await asyncio.sleep(0.01)
        for at_s in (0.1, 0.2, 0.3):
            await runner.offer(picture(at_s))
        engines.gate.set()
        await runner.idle()
        assert [outcome.upto_s for outcome in told] == [0.0, 0.3]
        assert runner.dropped == 2


async def test_every_loses_nothing_and_makes_the_sender_wait() -> None:
    engines = ScriptedEngines()
    engines.gate = asyncio.Event()
    async with _running(Delivery.EVERY, engines=engines) as (runner, told, _):
        sending = asyncio.create_task(_send(runner, BACKLOG + 4))
        await asyncio.sleep(0.05)
        assert not sending.done()
        engines.gate.set()
        await sending
        await runner.idle()
        assert len(told) == BACKLOG + 4
        assert runner.dropped == 0


@pytest.mark.parametrize(("delivery", "room"), [(Delivery.KEEP, KEPT // 2), (Delivery.EVERY, BACKLOG // 2)])
async def test_whoever_can_wait_is_held_at_half_of_what_may_wait(delivery, room) -> None:
    engines = ScriptedEngines()
    engines.gate = asyncio.Event()
    async with _running(delivery, engines=engines) as (runner, *_):
        await runner.offer(picture(0.0))
        await asyncio.sleep(0.01)
        await _send(runner, room)
        waiting = asyncio.create_task(runner.has_room())
        await asyncio.sleep(0.02)
        assert not waiting.done()
        engines.gate.set()
        await asyncio.wait_for(waiting, 5)


async def _send(runner, count) -> None:
    for number in range(count):
        await runner.offer(picture(number / 10))


async def test_a_lane_that_found_nothing_still_tells_how_far_it_got() -> None:
    async with _running(Delivery.EVERY, ScriptedLane({0.0: None})) as (runner, told, _):
        await runner.offer(picture(0.0))
        await runner.idle()
        assert (told[0].upto_s, told[0].events) == (0.0, ())


@pytest.mark.parametrize("error", [MediaError("not a picture"), RuntimeError("boom")])
async def test_a_failing_step_is_told_and_the_next_input_works(error) -> None:
    class Failing(ScriptedLane):
        def step(self, state, item):
            if item.time_s == 0.0:
                raise error
            return (yield from super().step(state, item))

    async with _running(Delivery.EVERY, Failing()) as (runner, told, errors):
        await runner.offer(picture(0.0))
        await runner.offer(picture(0.1))
        await runner.idle()
        assert len(errors) == 1
        assert [outcome.upto_s for outcome in told] == [0.1]


async def test_clearing_forgets_what_is_in_work() -> None:
    engines = ScriptedEngines()
    engines.gate = asyncio.Event()
    async with _running(Delivery.LATEST, engines=engines) as (runner, told, _):
        await runner.offer(picture(0.0))
        await asyncio.sleep(0.01)
        runner.clear()
        engines.gate.set()
        await runner.idle()
        assert told == []


@pytest.mark.parametrize(("delivery", "asked"), [(Delivery.KEEP, [False, True]), (Delivery.EVERY, [True])])
async def test_what_gives_way_always_does_so_in_a_replay(delivery, asked) -> None:
    class Words(ScriptedLane):
        def step(self, state, item):
            answers = []
            for is_last in (False, True):
                answers.append((yield TranscribeSpeech(np.zeros(10, np.float32), "en", is_last)))
            assert (answers[0] is None) == (delivery is Delivery.EVERY)
            return state, []

    engines = ScriptedEngines()
    async with _running(delivery, Words(), engines) as (runner, told, errors):
        await runner.offer(picture(0.0))
        await runner.idle()
        assert (errors, len(told)) == ([], 1)
        assert [request.is_last for request in engines.asked] == asked


@pytest.mark.parametrize(("delivery", "comes"), [(Delivery.KEEP, False), (Delivery.EVERY, True)])
async def test_words_of_a_pause_may_come_too_late_live_and_never_in_a_replay(delivery, comes) -> None:
    class Paused(ScriptedLane):
        def step(self, state, item):
            try:
                yield TranscribeSpeech(np.zeros(10, np.float32), "en", is_last=False, pause_s=0.02)
                came.append(True)
            except EngineFailed:
                came.append(False)
            return state, []

    came: list[bool] = []
    engines = ScriptedEngines()
    engines.gate = asyncio.Event()
    async with _running(delivery, Paused(), engines) as (runner, told, errors):
        await runner.offer(picture(0.0))
        await asyncio.sleep(0.1)
        assert came == ([] if comes else [False])
        engines.gate.set()
        await runner.idle()
        assert (came, errors, len(told)) == ([comes], [], 1)
