"""The lanes of one session: who is handed what, what one hands on to another, and what is told when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable

from core.errors import AppError, EngineUnavailable, Limit
from core.estimation.ordering import Outcome
from core.live.judge import Judge
from core.live.lanes.lane import AnyLane, Item, SpeechPiece
from core.live.lanes.runner import AnyRunner, LaneRunner
from core.live.parts import SessionParts
from core.live.timing import Timing
from core.modalities import MODALITY_FACTS
from core.people import Scope
from core.types import Event, Fault, Modality, Preferences


class Lanes:
    """Joined to the judge, which takes what they make; `tell` takes faults."""

    def __init__(
        self, parts: SessionParts, timing: Timing, stream_id: str, judge: Judge, tell: Callable[[Event], None]
    ) -> None:
        self._metrics = parts.metrics
        self._judge = judge
        self._tell = tell
        self._faulty: dict[Modality, str] = {}
        """code of the fault that was told of a lane and has not passed"""
        self._runners: dict[Modality, AnyRunner] = {}
        for modality, make in parts.lanes.items():
            lane = make()
            self._runners[modality] = LaneRunner(
                lane,
                parts.engines,
                timing.delivery or lane.delivery,
                self._on_outcome,
                self._on_error,
                stream_id=stream_id,
                pass_on=self._hand_over(lane.hands_to) if lane.hands_to is not None else None,
            )

    def __contains__(self, modality: Modality) -> bool:
        return modality in self._runners

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Until the group is cancelled."""
        for runner in self._runners.values():
            tasks.create_task(runner.run())

    async def offer(self, modality: Modality, item: Item) -> None:
        """The next input of a lane. Raises Limit where too much waits."""
        await self._runners[modality].offer(item)

    async def has_room(self, modality: Modality) -> None:
        """Wait until this one has worked off half of what it may keep waiting."""
        await self._runners[modality].has_room()

    async def idle(self) -> None:
        """Wait until all have worked off what they were given."""
        for runner in self._runners.values():
            await runner.idle()

    def clear(self, modalities: Iterable[Modality] | None = None) -> None:
        """Forget what was read of these and what waits, here and now; of all where none are named."""
        gone = list(self._runners if modalities is None else modalities)
        self._judge.forget(gone)
        for modality in gone:
            if modality in self._runners:
                self._runners[modality].clear()

    def without_consent(self, scopes: Collection[Scope]) -> list[Modality]:
        """Those that these scopes do not cover, and those they hand on to: what was said goes with the voice."""
        found = [m for m in self._runners if (scope := MODALITY_FACTS[m].scope) is not None and scope not in scopes]
        handed = [to for modality in found if (to := self._runners[modality].lane.hands_to) is not None]
        return [*found, *(modality for modality in handed if modality not in found)]

    def prefer(self, preferences: Preferences) -> None:
        """As the person wants them, from the next input on."""
        for runner in self._runners.values():
            runner.lane = runner.lane.prefer(preferences)

    @property
    def dropped(self) -> int:
        """Inputs left out since the start."""
        return sum(runner.dropped for runner in self._runners.values())

    def _hand_over(self, to: Modality) -> Callable[[SpeechPiece], Awaitable[None]]:
        async def offer(piece: SpeechPiece) -> None:
            """What the next lane cannot take is a fault, never a stop."""
            runner = self._runners.get(to)
            if runner is None:
                return
            try:
                await runner.offer(piece)
            except Limit as error:
                runner.lost_pieces += 1
                self._on_error(runner.lane, error, piece.time_s)

        return offer

    def _on_outcome(self, outcome: Outcome) -> None:
        self._faulty.pop(outcome.modality, None)
        self._judge.push(outcome)

    def _on_error(self, lane: AnyLane, error: AppError, time_s: float) -> None:
        """A failing lane is told once per spell; the others go on, and order is kept for a replay."""
        if self._faulty.get(lane.modality) != error.code:
            self._faulty[lane.modality] = error.code
            self._metrics.faults.labels(error.code).inc()
            will_retry = not isinstance(error, EngineUnavailable)
            self._tell(Fault(error.code, error.message, time_s, lane.modality, will_retry))
        self._judge.fail(lane.modality, error.code, time_s)
        if lane.hands_to is not None:  # it hands nothing on now; in a replay nobody may wait for the next lane
            self._judge.finish(lane.hands_to)
