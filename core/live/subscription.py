"""Who is told a session's events: each listener has a bounded queue, the newest are kept, misses are counted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from core.errors import Limit
from core.types import Event

CAPACITY = 256
"""events; about 20 s of a live session with one face"""


MOST = 16
"""subscriptions of one session"""


class Listener(Protocol):
    """Whoever is told: the client, an observer, the record. It takes an event at once and never makes anybody wait."""

    def put(self, event: Event) -> None: ...


class Subscription:
    """Filled by the session without waiting, emptied by one reader."""

    def __init__(self, capacity: int = CAPACITY, on_missed: Callable[[], None] | None = None) -> None:
        """`capacity` in events, at least 2; `on_missed` is called for each event that had to leave unread."""
        self.dropped = 0
        """events that its reader missed, since the start"""
        self._events: deque[Event] = deque()
        self._capacity = capacity
        self._on_missed = on_missed
        self._is_closed = False
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def put(self, event: Event) -> None:
        """Never waits: when full the oldest event goes."""
        if self._is_closed:
            return
        while len(self._events) >= self._capacity:
            self._events.popleft()
            self.dropped += 1
            if self._on_missed is not None:
                self._on_missed()
        self._events.append(event)
        self._filled.set()
        if len(self._events) >= self._capacity // 2:
            self._drained.clear()

    def put_back(self, event: Event) -> None:
        """An event that was taken and could not be told; it comes first when somebody is there again."""
        self._events.appendleft(event)
        self._filled.set()

    def close(self) -> None:
        """What is queued can still be read; then reading ends."""
        self._is_closed = True
        self._filled.set()
        self._drained.set()

    async def get(self) -> Event | None:
        """The next event, or None when closed and empty."""
        while not self._events:
            if self._is_closed:
                return None
            self._filled.clear()
            await self._filled.wait()
        event = self._events.popleft()
        if len(self._events) < self._capacity // 2:
            self._drained.set()
        return event

    async def has_room(self) -> None:
        """Wait until less than half is filled: how a replay is paced by its listener."""
        await self._drained.wait()


class Listeners:
    """All who are told the events of one session, each in the same order."""

    def __init__(self, on_missed: Callable[[], None]) -> None:
        self._on_missed = on_missed
        self._listeners: list[Listener] = []
        self._subscriptions: list[Subscription] = []
        self._is_closed = False

    def add(self, listener: Listener) -> None:
        """Somebody who looks after their own queue, for as long as the session lives."""
        self._listeners.append(listener)

    def subscribe(self, capacity: int = CAPACITY) -> Subscription:
        """A queue of its own for events from now on; of an ended session it is closed. Raises Limit beyond MOST."""
        subscription = Subscription(capacity, self._on_missed)
        if self._is_closed:
            subscription.close()
            return subscription
        if len(self._subscriptions) >= MOST:
            raise Limit(f"{MOST} clients follow this session already; close one of them", "too_many_listeners")
        self._listeners.append(subscription)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Nothing more comes. Unknown ones are ignored."""
        if subscription in self._subscriptions:
            self._listeners.remove(subscription)
            self._subscriptions.remove(subscription)
        subscription.close()

    def put(self, event: Event) -> None:
        """Tell everyone."""
        for listener in self._listeners:
            listener.put(event)

    def close(self) -> None:
        """The session has ended: what is queued can still be read."""
        self._is_closed = True
        for subscription in self._subscriptions:
            subscription.close()
