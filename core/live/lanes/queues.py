"""What happens to inputs that come faster than a lane works: which gives way, who waits, and how many may lie."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum
from typing import Generic, TypeVar

from core.errors import Limit

BACKLOG = 8
"""inputs an `EVERY` lane keeps waiting"""
KEPT = 128
"""inputs a `KEEP` lane keeps waiting: 12.8 s of sound in chunks of 100 ms"""


class Delivery(Enum):
    """What to do when inputs come faster than a lane works."""

    LATEST = "latest"
    """keep the newest waiting input, count what it replaced"""
    KEEP = "keep"
    """keep all without making anybody wait, and say so when there is no more room"""
    EVERY = "every"
    """keep all and make the sender wait"""


T = TypeVar("T")


class Waiting(Generic[T]):
    """The inputs of one lane that wait, under one delivery."""

    def __init__(self, delivery: Delivery, whose: str) -> None:
        """`whose` names the lane to the person."""
        self.replaced = 0
        """inputs that gave way to a newer one"""
        self._delivery = delivery
        self._whose = whose
        self._inputs: deque[T] = deque()
        self._has_work = asyncio.Event()
        self._has_room = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def __len__(self) -> int:
        return len(self._inputs)

    async def put(self, item: T) -> None:
        """`LATEST` and `KEEP` return at once, `EVERY` waits for room. Raises Limit for `KEEP`."""
        if self._delivery is Delivery.EVERY:
            while len(self._inputs) >= BACKLOG:
                self._has_room.clear()
                await self._has_room.wait()
        elif self._delivery is Delivery.LATEST:
            self.replaced += len(self._inputs)
            self._inputs.clear()
        elif len(self._inputs) >= KEPT:
            what = f"{self._whose} is {KEPT} inputs behind; the newest is left out until it has caught up"
            raise Limit(what, code="backlog_full")
        self._inputs.append(item)
        self._has_work.set()
        self._is_idle.clear()

    async def take(self) -> T:
        """The oldest; while there is none, everything has been worked on."""
        while not self._inputs:
            self._is_idle.set()
            self._has_work.clear()
            await self._has_work.wait()
        self._has_room.set()
        return self._inputs.popleft()

    async def has_room(self) -> None:
        """Wait until less than half of what may wait does: for a sender that can wait and would lose nothing."""
        room = KEPT if self._delivery is Delivery.KEEP else BACKLOG
        while len(self._inputs) >= room // 2:
            self._has_room.clear()
            await self._has_room.wait()

    async def idle(self) -> None:
        """Wait until everything handed over has been worked on."""
        await self._is_idle.wait()

    def clear(self) -> None:
        """Forget what waits."""
        self._inputs.clear()
        self._has_room.set()
