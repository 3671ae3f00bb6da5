"""Live or replay: the one named value in which the two differ, after Microsoft psi's delivery policies.

Live, session time is the clock's: it goes on by itself, so events fall due without media, work can be late, and what
waits in a pause is of the past. In a replay it is that of the media: it stands still while nobody feeds it, nothing is
ever late, and the same clip tells the same events however fast the machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from core.estimation.ordering import InOrder, OnArrival, Ordering
from core.live.lanes.queues import Delivery
from core.types import Modality

Clock = Callable[[], float]
"""seconds that grow steadily, from anywhere on"""


class SessionTime(Protocol):
    """Session time: seconds since the first media or word of the person, 0 before it."""

    @property
    def has_begun(self) -> bool: ...

    def begin(self, age_s: float = 0.0) -> None:
        """The first media, or word of the person, is here, and began `age_s` ago; calling it again changes nothing."""

    async def begun(self) -> None:
        """Wait for the first media."""

    def reach(self, time_s: float) -> None:
        """Media up to this time have been handed over."""

    def now_s(self) -> float: ...

    def age_s(self) -> float:
        """How long ago time 0 was, in seconds of wall-clock time, as far as that is known."""

    def end_of_speech_s(self, heard_s: float) -> float:
        """When "the speaker has finished" is said, where sound up to `heard_s` has been handed over."""

    def late_ms(self, arrived_s: float) -> float | None:
        """How long ago that was, for an input that arrived then; None where nothing can be late."""


class ClockTime:
    """Goes on by itself."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started_at = 0.0
        self._begun = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        return self._begun.is_set()

    def begin(self, age_s: float = 0.0) -> None:
        if not self._begun.is_set():
            self._started_at = self._clock() - age_s
            self._begun.set()

    async def begun(self) -> None:
        await self._begun.wait()

    def reach(self, time_s: float) -> None:
        """The clock does not wait for media."""

    def now_s(self) -> float:
        return self._clock() - self._started_at if self._begun.is_set() else 0.0

    def age_s(self) -> float:
        return self.now_s()

    def end_of_speech_s(self, _heard_s: float) -> float:
        return self.now_s()

    def late_ms(self, arrived_s: float) -> float | None:
        return max(0.0, (self.now_s() - arrived_s) * 1000)


class MediaTime:
    """Goes as far as the media have been handed over."""

    def __init__(self, _clock: Clock) -> None:
        self._reached_s = 0.0
        self._begun = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        return self._begun.is_set()

    def begin(self, age_s: float = 0.0) -> None:
        """Media tell their own times, however long ago that was."""
        self._begun.set()

    async def begun(self) -> None:
        await self._begun.wait()

    def reach(self, time_s: float) -> None:
        self._reached_s = max(self._reached_s, time_s)

    def now_s(self) -> float:
        return self._reached_s

    def age_s(self) -> float:
        return 0.0

    def end_of_speech_s(self, heard_s: float) -> float:
        return heard_s

    def late_ms(self, _arrived_s: float) -> float | None:
        return None


@dataclass(frozen=True, slots=True)
class Timing:
    """Nothing else tells live from replay."""

    name: str
    time: Callable[[Clock], SessionTime]
    goes_on: bool
    """through a pause and while nobody is there: what waits is forgotten, the gap stays empty, fused events and
    statistics fall due by themselves, and the companion answers"""
    delivery: Delivery | None
    """of every lane; None: each lane's own"""
    ordering: Callable[[Iterable[Modality]], Ordering]
    stop_s: float | None
    """what is in work when the session stops gets this long to finish; None: as long as it takes"""


LIVE = Timing("live", ClockTime, True, None, lambda _: OnArrival(), stop_s=2.0)
REPLAY = Timing("replay", MediaTime, False, Delivery.EVERY, InOrder, stop_s=None)
