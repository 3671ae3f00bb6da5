"""One engine in this process: a worker thread that takes what waits, up to a batch, and answers it.

An engine holds weights and nothing of a person's stream, so any number of sessions share it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.engines.engine import Engine
from core.engines.requests import Request
from core.errors import AppError, EngineFailed, EngineUnavailable, Limit
from core.settings import Settings

log = logging.getLogger(__name__)

MAX_WAITING = 256
"""Requests one engine keeps waiting; live lanes ask one at a time, so this is sessions, not pictures."""


@dataclass
class _Waiting:
    request: Any
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


@dataclass
class LocalEngine:
    """One engine in this process: a worker thread that takes what waits, up to a batch, and answers it."""

    engine: Engine
    settings: Settings
    observe_ms: Callable[[str, float], None] = lambda _kind, _ms: None
    """told kind and milliseconds of each batch, for the metrics"""
    fault: str | None = None
    """why it cannot be used, in words for the person; None while it can"""
    is_loaded: bool = False
    _queue: deque[_Waiting] = field(default_factory=deque)
    _wake: threading.Condition = field(default_factory=threading.Condition)
    _is_closed: bool = False
    _thread: threading.Thread | None = None

    def load(self) -> None:
        """Load and start the worker; a failure is kept in `fault` and told by every later `ask`."""
        try:
            self.engine.load(self.settings)
        except AppError as error:
            self.fault = error.message
            log.warning("engine %s is not available: %s", self.engine.name, error)
            return
        self.is_loaded = True
        self._thread = threading.Thread(target=self._work, name=f"engine-{self.engine.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the worker; whoever still waits is told."""
        with self._wake:
            self._is_closed = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if callable(close := getattr(self.engine, "close", None)):  # those that keep a process of their own
            close()
        for waiting in self._queue:
            self._answer(waiting, EngineUnavailable("the server is closing; try again in a moment"))
        self._queue.clear()

    async def ask(self, request: Request) -> Any:
        """The answer, or the AppError that stands for it, raised."""
        if self.fault is not None or not self.is_loaded:
            raise EngineUnavailable(self.fault or f"engine {self.engine.name} is still loading; try again in a moment")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(request, loop, loop.create_future())
        with self._wake:
            if len(self._queue) >= MAX_WAITING:
                raise Limit(f"engine {self.engine.name} has {MAX_WAITING} requests waiting; the server is overloaded")
            self._queue.append(waiting)
            self._wake.notify()
        answer = await waiting.answer
        if isinstance(answer, AppError):
            raise answer
        return answer

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._is_closed:
                    self._wake.wait()
                if self._is_closed:
                    return
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), self.engine.spec.max_batch))]
            started = time.perf_counter()
            answers = self._infer([waiting.request for waiting in batch])
            self.observe_ms(self.engine.spec.kind, (time.perf_counter() - started) * 1000)
            for waiting, answer in zip(batch, answers, strict=True):
                self._answer(waiting, answer)

    def _infer(self, requests: list[Any]) -> list[Any]:
        """Lane worker's door: whatever a model throws becomes an EngineFailed answer."""
        try:
            return self.engine.infer(requests)
        except Exception as error:
            log.exception("engine %s failed on a batch of %d", self.engine.name, len(requests))
            return [EngineFailed(f"{self.engine.name} failed ({type(error).__name__}); it is tried again")] * len(
                requests
            )

    @staticmethod
    def _answer(waiting: _Waiting, answer: Any) -> None:
        def settle() -> None:
            if not waiting.answer.done():
                waiting.answer.set_result(answer)

        if not waiting.loop.is_closed():
            waiting.loop.call_soon_threadsafe(settle)
