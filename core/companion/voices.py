"""Who says a sentence: the engines that can, in their order; one that fails or takes too long gives way to the next."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from itertools import pairwise

from core.engines.engine import Engine
from core.engines.registry import Engines
from core.engines.requests import Sound, SpeakText
from core.errors import AppError

log = logging.getLogger(__name__)

WAIT_S = 4.0
"""for an engine that another can stand in for: its sentence takes a tenth of a second of work, and somebody waits"""
REST_S = 30.0
"""one that failed is not asked again for so long, so that a reply does not change its voice with each sentence"""

Complain = Callable[[str, str], None]
"""code, message for the person"""


class Voices:
    """One for all conversations: who had to give way is the same for everybody."""

    def __init__(self, engines: Engines, clock: Callable[[], float] = time.monotonic) -> None:
        self._engines = engines
        self._clock = clock
        self._rested_s: dict[str, float] = {}

    async def say(self, request: SpeakText, complain: Complain) -> Sound:
        """Its sound; that another voice stands in is told. Raises the AppError of the last that was asked."""
        able = self._engines.able(request)
        awake = [engine for engine in able if self._rested_s.get(engine.spec.name, 0.0) <= self._clock()] or able
        for engine, next_one in pairwise(awake):
            try:
                return await self._engines.ask(request, WAIT_S, engine.spec.name)
            except AppError as error:
                self._give_way(engine, next_one, error, complain)
        return await self._engines.ask(request, None, awake[-1].spec.name if awake else None)

    def _give_way(self, engine: Engine, next_one: Engine, error: AppError, complain: Complain) -> None:
        name, other = engine.spec.name, next_one.spec.name
        log.warning("%s gives way to %s for %.0f s: %s", name, other, REST_S, error.code)
        self._rested_s[name] = self._clock() + REST_S
        complain(f"voice_{error.code}", f"{name} did not speak ({error.message}); {other} does for a while")
