"""Runs one lane of one session: a bounded buffer, a delivery policy, one task.

Live and replay differ by the policy alone: `LATEST` keeps the newest waiting input and counts what it replaced (live
pictures), `EVERY` keeps all and makes the sender wait (replay), `KEEP` keeps all without making anybody wait and
says so when there is no more room (live sound and words).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from core.engines.engine import EngineDoor
from core.errors import AppError, EngineFailed, Limit
from core.estimation.ordering import Outcome
from core.live.lanes.lane import Lane, SpeechPiece, Told
from core.types import Estimate

log = logging.getLogger(__name__)

BACKLOG = 8
"""inputs an `EVERY` lane keeps waiting"""
KEPT = 128
"""inputs a `KEEP` lane keeps waiting: 12.8 s of sound in chunks of 100 ms"""


class Delivery(Enum):
    """What to do when inputs come faster than the lane works."""

    LATEST = "latest"
    EVERY = "every"
    KEEP = "keep"


class LaneRunner:
    """The state of one lane in one session and the task that advances it."""

    def __init__(
        self,
        lane: Lane,
        engines: EngineDoor,
        delivery: Delivery,
        on_outcome: Callable[[Outcome], None],
        on_error: Callable[[Lane, AppError, float], None],
        *,
        pass_on: Callable[[SpeechPiece], Awaitable[None]] | None = None,
    ) -> None:
        self.lane = lane
        self.state: Any = lane.start()
        self.dropped = 0
        self._engines = engines
        self._delivery = delivery
        self._on_outcome = on_outcome
        self._on_error = on_error
        self._pass_on = pass_on
        self._waiting: deque[Any] = deque()
        self._changed = asyncio.Condition()
        self._is_busy = False

    async def offer(self, item: Any) -> None:
        """Hand over an input. `LATEST` and `KEEP` return at once, `EVERY` waits for room. Raises Limit for `KEEP`."""
        async with self._changed:
            if self._delivery is Delivery.LATEST:
                self.dropped += len(self._waiting)
                self._waiting.clear()
            elif self._delivery is Delivery.EVERY:
                await self._changed.wait_for(lambda: len(self._waiting) < BACKLOG)
            elif len(self._waiting) >= KEPT:
                self.dropped += 1
                what = f"{self.lane.modality} is {KEPT} inputs behind; the newest is left out until it has caught up"
                raise Limit(what, code="backlog_full")
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
        told: Sequence[Told] = ()
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
            after, told = end.value
        finally:
            step.close()
        infer_ms = (time.perf_counter() - started) * 1000
        if self.state is not before:  # the lane was cleared meanwhile; this result is of the past
            return
        self.state = after
        events = tuple(_timed(event, infer_ms) for event in told if not isinstance(event, SpeechPiece))
        self._on_outcome(Outcome(self.lane.modality, item.time_s, item.capture_s, item.arrived_s, events))
        if self._pass_on is not None:
            for piece in told:
                if isinstance(piece, SpeechPiece):
                    await self._pass_on(piece)


def _timed(event: Any, infer_ms: float) -> Any:
    return replace(event, infer_ms=infer_ms) if isinstance(event, Estimate) else event
