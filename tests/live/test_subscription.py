from __future__ import annotations

import asyncio

from core.live.subscription import Listeners, Subscription
from core.types import Event, Marker


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


def _listeners() -> tuple[Listeners, list[int]]:
    missed: list[int] = []
    return Listeners(lambda: missed.append(1)), missed


async def test_every_listener_has_a_queue_of_its_own_and_a_slow_one_holds_nobody_up() -> None:
    listeners, missed = _listeners()
    slow, quick = listeners.subscribe(capacity=2), listeners.subscribe()
    for number in range(5):
        listeners.put(Marker("m", number))
    assert [(await quick.get()).time_s for _ in range(5)] == [0, 1, 2, 3, 4]
    assert [(await slow.get()).time_s for _ in range(2)] == [3, 4]
    assert (slow.dropped, quick.dropped, len(missed)) == (3, 0, 3)


async def test_who_has_gone_is_told_nothing_more_and_closing_twice_does_no_harm() -> None:
    listeners, _ = _listeners()
    gone = listeners.subscribe(capacity=2)
    for number in range(3):
        listeners.put(Marker("m", number))
    listeners.unsubscribe(gone)
    listeners.unsubscribe(gone)
    listeners.put(Marker("m", 3))
    assert [(await gone.get()).time_s for _ in range(2)] == [1, 2]
    assert await gone.get() is None


async def test_at_the_end_every_listener_reads_what_is_left_and_a_late_one_nothing() -> None:
    listeners, _ = _listeners()
    one, other = listeners.subscribe(), listeners.subscribe()
    listeners.put(Marker("m", 1.0))
    listeners.close()
    late = listeners.subscribe()
    assert [(await box.get()).time_s for box in (one, other)] == [1.0, 1.0]
    assert [await box.get() for box in (one, other, late)] == [None, None, None]


async def test_a_listener_that_keeps_its_own_queue_is_told_too() -> None:
    class Record:
        def __init__(self) -> None:
            self.events: list[Event] = []

        def put(self, event: Event) -> None:
            self.events.append(event)

    listeners, _ = _listeners()
    record = Record()
    listeners.add(record)
    listeners.put(Marker("m", 1.0))
    assert record.events == [Marker("m", 1.0)]


async def test_event_that_comes_back_wakes_whoever_waits() -> None:
    box = Subscription()
    waiting = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put_back(Marker("m", 1.0))
    assert await asyncio.wait_for(waiting, 1) == Marker("m", 1.0)
