from __future__ import annotations

import asyncio

from core.live.subscription import Subscription
from core.types import Marker


async def test_a_client_that_never_reads_gets_the_newest_and_a_count() -> None:
    box = Subscription(capacity=4)
    for number in range(10):
        box.put(Marker("m", number))
    assert box.dropped == 6
    assert [(await box.get()).time_s for _ in range(4)] == [6, 7, 8, 9]


async def test_event_that_could_not_be_told_comes_first_again() -> None:
    box = Subscription()
    box.put(Marker("m", 1.0))
    box.put(Marker("m", 2.0))
    box.put_back(await box.get())
    assert [(await box.get()).time_s for _ in range(2)] == [1.0, 2.0]


async def test_closing_gives_what_is_left_then_none() -> None:
    box = Subscription()
    box.put(Marker("m", 1.0))
    box.close()
    box.put(Marker("late", 2.0))
    assert (await box.get()).time_s == 1.0
    assert await box.get() is None


async def test_a_full_box_holds_its_sender_until_it_is_read() -> None:
    box = Subscription(capacity=4)
    for number in range(3):
        box.put(Marker("m", number))
    waiting = asyncio.create_task(box.has_room())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await box.get()
    await box.get()
    await asyncio.wait_for(waiting, 1)
