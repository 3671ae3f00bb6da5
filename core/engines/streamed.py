"""One engine that answers in pieces: asked on the event loop, since it only waits for somebody else's server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import cast

from core.engines.engine import A, StreamBackEnd
from core.engines.requests import Request
from core.engines.spec import EngineSpec
from core.errors import AppError, EngineFailed, EngineUnavailable
from core.settings import Settings

log = logging.getLogger(__name__)


class StreamedEngine:
    """See the module and `Engine`."""

    def __init__(self, back_end: StreamBackEnd, settings: Settings) -> None:
        self.back_end = back_end
        self.fault: str | None = None
        self.is_ready = False
        self._settings = settings

    @property
    def spec(self) -> EngineSpec:
        return self.back_end.spec

    def load(self) -> None:
        """See `Engine`."""
        try:
            self.back_end.load(self._settings)
        except AppError as error:
            self.fault = error.message
            log.info("engine %s is not available: %s", self.back_end.name, error.message)
        except Exception as error:
            self.fault = f"{self.back_end.name} could not be loaded ({type(error).__name__}); the log says more"
            log.exception("engine %s could not be loaded", self.back_end.name)
        else:
            self.is_ready = True

    async def ask(self, request: Request[A], deadline_s: float) -> A:
        """The pieces of the answer; nothing is asked of the back-end before the first is wanted."""
        if not self.is_ready:
            raise EngineUnavailable(self.fault or f"engine {self.back_end.name} is not loaded; try again in a moment")
        return cast(A, self._pieces(request, deadline_s))

    async def close(self) -> None:
        if self.is_ready:
            self.is_ready = False
            await self.back_end.close()

    async def _pieces(self, request: Request[object], deadline_s: float) -> AsyncIterator[object]:
        """The engine's door: silence for too long and whatever it throws become an AppError."""
        stream, name = self.back_end.stream(request), self.back_end.name
        try:
            while True:
                try:
                    async with asyncio.timeout(deadline_s):
                        piece = await anext(stream)
                except StopAsyncIteration:
                    return
                yield piece
        except TimeoutError:
            raise EngineFailed(f"nothing came for {deadline_s:.1f} s", "engine_timeout") from None
        except AppError:
            raise
        except Exception as error:
            log.exception("engine %s failed", name)
            raise EngineFailed(f"it failed ({type(error).__name__})") from error
        finally:
            if callable(close := getattr(stream, "aclose", None)):
                await close()
