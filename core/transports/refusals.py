"""What a connection is refused: every time counted, rarely told."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.errors import AppError, Refused
from core.live.session import Session
from core.metrics import Metrics

TELL_AGAIN_S = 5.0
"""an error of the same code is told again after this; a refusal (scope, pause) only when something changed"""

Answer = TypeVar("Answer")


class Refusals:
    """One connection's. `tell` sends an error to the client."""

    def __init__(self, session: Session, metrics: Metrics, tell: Callable[[AppError], Awaitable[None]]) -> None:
        self._session = session
        self._metrics = metrics
        self._tell = tell
        self._told_s: dict[str, float] = {}

    async def guard(self, work: Awaitable[Answer]) -> Answer | None:
        """The answer of this work, or None where it was refused; an AppError never comes out of here."""
        try:
            return await work
        except AppError as error:
            await self.turn_away(error)
            return None

    async def turn_away(self, error: AppError) -> None:
        """Count what was left out, and tell the first of its kind."""
        self._session.refused += 1
        self._metrics.dropped.labels(error.code).inc()
        if self._is_news(error):
            await self._tell(error)

    def tell_anew(self) -> None:
        """Consent or pause changed: a refusal after it is worth a word again."""
        self._told_s.clear()

    def _is_news(self, error: AppError) -> bool:
        now_s = time.monotonic()
        last_s = self._told_s.get(error.code)
        if last_s is not None and (isinstance(error, Refused) or now_s - last_s < TELL_AGAIN_S):
            return False
        self._told_s[error.code] = now_s
        return True
