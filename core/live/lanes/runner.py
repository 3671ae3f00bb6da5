"""Runs one lane of one session: its state, and the task that advances it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from core.engines.engine import EngineDoor
from core.engines.requests import Request
from core.errors import AppError, EngineFailed
from core.estimation.ordering import Outcome
from core.live.lanes.lane import AnyLane, Item, Lane, SpeechPiece, Told
from core.live.lanes.queues import Delivery, Waiting
from core.types import Estimate

log = logging.getLogger(__name__)


State = TypeVar("State")
Taken = TypeVar("Taken", bound=Item)


class LaneRunner(Generic[State, Taken]):
    """The state of one lane in one session and the task that advances it."""

    def __init__(
        self,
        lane: Lane[State, Taken],
        engines: EngineDoor,
        delivery: Delivery,
        on_outcome: Callable[[Outcome], None],
        on_error: Callable[[AnyLane, AppError, float], None],
        *,
        stream_id: str = "stream",
        pass_on: Callable[[SpeechPiece], Awaitable[None]] | None = None,
    ) -> None:
        """`stream_id` begins the ids of the lane's streams: it starts a new one whenever it is cleared."""
        self.lane = lane
        self.lost_pieces = 0
        """what another lane could not hand over; whoever is refused counts that itself"""
        self._engines = engines
        self._on_outcome = on_outcome
        self._on_error = on_error
        self._pass_on = pass_on
        self._stream_id = stream_id
        self._streams = 0
        self.state = self._new_state()
        self.delivery = delivery
        self._waiting: Waiting[Taken] = Waiting(delivery, lane.modality)

    @property
    def dropped(self) -> int:
        """Inputs that gave way, and pieces that could not be handed over."""
        return self._waiting.replaced + self.lost_pieces

    async def offer(self, item: Taken) -> None:
        """Hand over an input; what happens to it when others wait is its delivery's. Raises Limit for `KEEP`."""
        await self._waiting.put(item)

    async def has_room(self) -> None:
        """Wait until less than half of what may wait does."""
        await self._waiting.has_room()

    async def idle(self) -> None:
        """Wait until everything handed over has been worked on."""
        await self._waiting.idle()

    def clear(self) -> None:
        """Forget what waits and what is in work (pause, withdrawn scope), here and now; the state begins anew."""
        self._waiting.clear()
        self.state = self._new_state()

    def _new_state(self) -> State:
        self._streams += 1
        return self.lane.start(f"{self._stream_id}.{self._streams}")

    async def run(self) -> None:
        """The lane worker; runs until cancelled. One of the three doors with a broad except."""
        while True:
            item = await self._waiting.take()
            try:
                await self._work(item)
            except AppError as error:
                self._on_error(self.lane, error, item.time_s)
            except Exception as error:
                log.exception("lane %s failed", self.lane.modality)
                fault = EngineFailed(f"the {self.lane.modality} lane failed ({type(error).__name__}); it goes on")
                self._on_error(self.lane, fault, item.time_s)

    async def _work(self, item: Taken) -> None:
        """One step of the lane: its state, what it told, and what it hands on."""
        before = self.state
        started = time.perf_counter()
        after, told = await self._advance(before, item)
        infer_ms = (time.perf_counter() - started) * 1000
        if self.state is not before:  # the lane was cleared meanwhile; this result is of the past
            return
        self.state = after
        events = tuple(
            replace(event, infer_ms=infer_ms) if isinstance(event, Estimate) else event
            for event in told
            if not isinstance(event, SpeechPiece)
        )
        self._on_outcome(Outcome(self.lane.modality, item.time_s, item.capture_s, item.arrived_s, events))
        if self._pass_on is not None:
            for piece in told:
                if isinstance(piece, SpeechPiece):
                    await self._pass_on(piece)

    async def _advance(self, state: State, item: Taken) -> tuple[State, Sequence[Told]]:
        """Drive the pure step: answer each request it yields."""
        step = self.lane.step(state, item)
        try:
            request = next(step)
            while True:
                try:
                    answer = await self._ask(request)
                except AppError as error:
                    request = step.throw(error)
                else:
                    request = step.send(answer)
        except StopIteration as end:
            after, told = end.value
            return after, told
        finally:
            step.close()

    async def _ask(self, request: Request[object]) -> object:
        """In a replay, which must not depend on the machine, what may give way does so, and nothing comes too late."""
        if self.delivery is Delivery.EVERY:
            return None if request.gives_way else await self._engines.ask(request)
        try:
            async with asyncio.timeout(request.late_s):
                return await self._engines.ask(request)
        except TimeoutError:  # of ours: the engine is not to blame, and goes on
            raise EngineFailed(f"no answer within {request.late_s:g} s; it goes on without", "engine_timeout") from None


AnyRunner = LaneRunner[Any, Any]
"""one among others, as `AnyLane`"""
