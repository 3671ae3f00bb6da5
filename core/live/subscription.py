"""One listener's bounded queue of events. The newest are kept; what a slow listener misses is counted."""

from __future__ import annotations

import asyncio
from collections import deque

from core.types import Event

CAPACITY = 256
"""about 20 s of a live session with one face"""


class Subscription:
    """Filled by the session without waiting, emptied by one transport."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.dropped = 0
        self._events: deque[Event] = deque()
        self._capacity = capacity
        self._is_closed = False
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def put(self, event: Event) -> None:
        """Never waits: when full the oldest event goes."""
        if self._is_closed:
            return
        if len(self._events) >= self._capacity:
            self._events.popleft()
            self.dropped += 1
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
