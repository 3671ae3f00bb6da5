"""Inputs that come faster than a lane works: which gives way, who waits, who is refused."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import Limit
from core.live.lanes.queues import BACKLOG, KEPT, Delivery, Waiting


async def test_latest_keeps_the_newest_and_counts_what_it_replaced() -> None:
    waiting: Waiting[int] = Waiting(Delivery.LATEST, "face")
    for number in range(5):
        await waiting.put(number)
    assert (len(waiting), waiting.replaced) == (1, 4)
    assert await waiting.take() == 4


async def test_keep_takes_so_many_and_then_says_so_without_losing_any() -> None:
    waiting: Waiting[int] = Waiting(Delivery.KEEP, "voice")
    for number in range(KEPT):
        await waiting.put(number)
    with pytest.raises(Limit, match="voice is 128 inputs behind"):
        await waiting.put(KEPT)
    assert [await waiting.take() for _ in range(KEPT)] == list(range(KEPT))


async def test_every_makes_the_sender_wait_for_room() -> None:
    waiting: Waiting[int] = Waiting(Delivery.EVERY, "face")
    for number in range(BACKLOG):
        await waiting.put(number)
    sending = asyncio.create_task(waiting.put(BACKLOG))
    await asyncio.sleep(0)
    assert not sending.done()
    assert await waiting.take() == 0
    await sending
    assert [await waiting.take() for _ in range(BACKLOG)] == list(range(1, BACKLOG + 1))


async def test_idle_is_when_the_last_input_was_taken_and_the_next_is_asked_for() -> None:
    waiting: Waiting[int] = Waiting(Delivery.KEEP, "voice")
    await asyncio.wait_for(waiting.idle(), 1)
    await waiting.put(1)
    resting = asyncio.create_task(waiting.idle())
    assert await waiting.take() == 1
    await asyncio.sleep(0)
    assert not resting.done(), "it was taken, not worked on"
    asking = asyncio.create_task(waiting.take())
    await asyncio.wait_for(resting, 1)
    asking.cancel()


async def test_clearing_forgets_what_waits_and_lets_a_waiting_sender_in() -> None:
    waiting: Waiting[int] = Waiting(Delivery.EVERY, "face")
    for number in range(BACKLOG):
        await waiting.put(number)
    sending = asyncio.create_task(waiting.put(99))
    await asyncio.sleep(0)
    waiting.clear()
    await asyncio.wait_for(sending, 1)
    assert await waiting.take() == 99


@pytest.mark.parametrize(("delivery", "most"), [(Delivery.KEEP, KEPT), (Delivery.EVERY, BACKLOG)])
async def test_who_can_wait_waits_while_half_of_what_may_wait_does(delivery: Delivery, most: int) -> None:
    waiting: Waiting[int] = Waiting(delivery, "voice")
    for number in range(most // 2 - 1):
        await waiting.put(number)
    await asyncio.wait_for(waiting.has_room(), 1)
    await waiting.put(0)
    asking = asyncio.create_task(waiting.has_room())
    await asyncio.sleep(0)
    assert not asking.done()
    await waiting.take()
    await asyncio.wait_for(asking, 1)
