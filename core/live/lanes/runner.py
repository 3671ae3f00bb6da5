"""Runs one lane of one session: a bounded buffer, a delivery policy, one task.

Live and replay differ by the policy alone: `LATEST` keeps the newest waiting input and counts what it
replaced, `EVERY` keeps all and makes the sender wait.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Any

from core.errors import AppError, EngineFailed
from core.estimation.ordering import Outcome
from core.live.engine import EngineDoor, Lane
from core.types import Estimate

log = logging.getLogger(__name__)

BACKLOG = 8
"""inputs an `EVERY` lane keeps waiting"""


class Delivery(Enum):
    """What to do when inputs come faster than the lane works."""

    LATEST = "latest"
    EVERY = "every"


class LaneRunner:
    """The state of one lane in one session and the task that advances it."""

    def __init__(
        self,
        lane: Lane,
        engines: EngineDoor,
        delivery: Delivery,
        on_outcome: Callable[[Outcome], None],
        on_error: Callable[[Lane, AppError, float], None],
    ) -> None:
        self.lane = lane
        self.state: Any = lane.start()
        self.dropped = 0
        self._engines = engines
        self._delivery = delivery
        self._on_outcome = on_outcome
        self._on_error = on_error
        self._waiting: deque[Any] = deque()
        self._changed = asyncio.Condition()
        self._is_busy = False

    async def offer(self, item: Any) -> None:
        """Hand over an input. `LATEST` returns at once, `EVERY` waits for room."""
        async with self._changed:
            if self._delivery is Delivery.LATEST:
                self.dropped += len(self._waiting)
                self._waiting.clear()
            else:
                await self._changed.wait_for(lambda: len(self._waiting) < BACKLOG)
            self._waiting.append(item)
            self._changed.notify_all()

    async def idle(self) -> None:
        """Wait until everything handed over has been worked on."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._waiting and not self._is_busy)

    async def clear(self) -> None:
        """Forget what waits (pause, withdrawn scope) and start the lane's state anew."""
        async with self._changed:
            self._waiting.clear()
            self.state = self.lane.start()
            self._changed.notify_all()

    async def run(self) -> None:
        """The lane worker; runs until cancelled. One of the three doors with a broad except."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._waiting))
                item = self._waiting.popleft()
                self._is_busy = True
                self._changed.notify_all()
            try:
                await self._work(item)
            except AppError as error:
                self._on_error(self.lane, error, item.time_s)
            except Exception as error:
                log.exception("lane %s failed", self.lane.modality)
                fault = EngineFailed(f"the {self.lane.modality} lane failed ({type(error).__name__}); it goes on")
                self._on_error(self.lane, fault, item.time_s)
            finally:
                async with self._changed:
                    self._is_busy = False
                    self._changed.notify_all()

    async def _work(self, item: Any) -> None:
        """Drive the pure step: answer each request it yields; time spent so becomes `infer_ms`."""
        before = self.state
        step = self.lane.step(before, item)
        started = time.perf_counter()
        answer: Any = None
        estimates: list[Estimate] = []
        try:
            request = next(step)
            while True:
                try:
                    answer = await self._engines.ask(request)
                except AppError as error:
                    request = step.throw(error)
                else:
                    request = step.send(answer)
        except StopIteration as end:
            after, estimates = end.value
        finally:
            step.close()
        infer_ms = (time.perf_counter() - started) * 1000
        if self.state is before:  # else the lane was cleared meanwhile and this result is of the past
            self.state = after
            told = tuple(replace(estimate, infer_ms=infer_ms) for estimate in estimates)
            self._on_outcome(Outcome(self.lane.modality, item.time_s, item.capture_s, item.arrived_s, told))
