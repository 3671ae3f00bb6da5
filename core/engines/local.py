"""One engine in this process: a worker thread that takes what waits, up to a batch, and answers it.

An engine holds weights and nothing of a person's stream, so any number of sessions share it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from core.engines.engine import A, BackEnd, Closing
from core.engines.kinds import KINDS
from core.engines.requests import Request
from core.engines.spec import EngineSpec
from core.errors import AppError, EngineFailed, EngineUnavailable, Limit
from core.settings import Settings
from core.threads import stand_back

log = logging.getLogger(__name__)

MAX_WAITING = 256
"""Requests one engine keeps waiting; live lanes ask one at a time, so this is sessions, not pictures."""
CLOSE_S = 5.0
"""a batch in work when the engine closes gets this long to finish"""
MOST_LEFT_BEHIND = 4
"""workers that never came back from their model and were replaced; a thread cannot be ended, so no more than these"""
GIVING_WAY_SHARE = 0.25
"""of the worker's time for requests that give way: after one that took t the next may begin 3 t later"""
MOST_CROWDED, LEAST_CPU_S = 8.0, 0.005
"""bounds of `crowding`: where the machine has more to do than it can, what gives way waits so many times longer"""
Observe = Callable[[str, float], None]
"""told kind and milliseconds of each batch, for the metrics"""


@dataclass(slots=True)
class _Waiting:
    request: Request[object]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[object]

    def settle(self, answer: object) -> None:
        """From the worker's thread; whoever gave up meanwhile hears nothing."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._settle, answer)

    def _settle(self, answer: object) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)


def crowding(took_s: float, cpu_s: float) -> float:
    """How many times as long something took as it worked: 1 with a core of its own, more where others want that too.

    Up to MOST_CROWDED; what is over in an instant tells nothing, and counts as 1.
    """
    return min(MOST_CROWDED, max(1.0, took_s / cpu_s)) if cpu_s >= LEAST_CPU_S else 1.0


class LocalEngine:
    """See the module and `Engine`."""

    def __init__(self, back_end: BackEnd, settings: Settings, observe_ms: Observe = lambda _kind, _ms: None) -> None:
        self.back_end = back_end
        self.fault: str | None = None
        self._settings = settings
        self._observe_ms = observe_ms
        self._queue: deque[_Waiting] = deque()
        self._wake = threading.Condition()
        self._is_closed = False
        self._at_work_since_s: float | None = None
        """time.monotonic() when the batch in work began"""
        self._rested_at_s = 0.0
        """time.monotonic() from which on a request that gives way may be taken again"""
        self._left_behind = 0
        self._thread: threading.Thread | None = None

    @property
    def spec(self) -> EngineSpec:
        return self.back_end.spec

    @property
    def is_ready(self) -> bool:
        return self._thread is not None and not self._is_closed

    def load(self) -> None:
        """Load and start the worker."""
        try:
            self.back_end.load(self._settings)
        except AppError as error:
            self.fault = error.message
            log.warning("engine %s is not available: %s", self.back_end.name, error)
        except Exception as error:
            self.fault = f"{self.back_end.name} could not be loaded ({type(error).__name__}); the log says more"
            log.exception("engine %s could not be loaded", self.back_end.name)
        else:
            self._start()

    def _start(self) -> None:
        self._at_work_since_s = None
        self._thread = threading.Thread(target=self._work, name=f"engine-{self.back_end.name}", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._wake:
            self._is_closed = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=CLOSE_S)
        if isinstance(self.back_end, Closing):
            self.back_end.close()
        for waiting in self._queue:
            waiting.settle(EngineUnavailable("the server is closing; try again in a moment"))
        self._queue.clear()

    async def ask(self, request: Request[A], deadline_s: float) -> A:
        """See `Engine`. Raises Limit where too many wait already."""
        name = self.back_end.name
        if not self.is_ready:
            raise EngineUnavailable(self.fault or f"engine {name} is not loaded; try again in a moment")
        if request.gives_way and self._is_busy():
            return cast(A, None)
        waiting = self._enqueue(request)
        try:
            async with asyncio.timeout(deadline_s):
                answer = await waiting.answer
        except TimeoutError:
            self._replace_hung(deadline_s)
            message = f"{name} did not answer within {deadline_s:g} s; it is tried again"
            raise EngineFailed(message, "engine_timeout") from None
        if isinstance(answer, AppError):
            raise answer
        return cast(A, answer)

    def _replace_hung(self, deadline_s: float) -> None:
        """A model that has not come back for a whole deadline is left behind; a new worker goes on with what waits.

        Only of engines that run in this thread: what has a process of its own watches that itself.
        """
        with self._wake:
            since_s = self._at_work_since_s
            is_hung = since_s is not None and time.monotonic() - since_s >= deadline_s
            if not is_hung or self.spec.runs_in != "thread" or self._left_behind >= MOST_LEFT_BEHIND:
                return
            self._left_behind += 1
            self._start()
        log.error("engine %s hung for %g s; a new worker goes on", self.back_end.name, deadline_s)

    def _is_busy(self) -> bool:
        is_resting = time.monotonic() < self._rested_at_s
        return bool(self._queue) or self._at_work_since_s is not None or is_resting

    def _enqueue(self, request: Request[object]) -> _Waiting:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(request, loop, loop.create_future())
        with self._wake:
            if len(self._queue) >= MAX_WAITING:
                name = self.back_end.name
                raise Limit(f"engine {name} has {MAX_WAITING} requests waiting; the server is overloaded")
            self._queue.append(waiting)
            self._wake.notify()
        return waiting

    def _work(self) -> None:
        stand_back(KINDS[self.spec.kind].stands_back)
        while True:
            with self._wake:
                if threading.current_thread() is not self._thread:
                    self._left_behind -= 1
                    return
                self._at_work_since_s = None
                while not self._queue and not self._is_closed:
                    self._wake.wait()
                if self._is_closed:
                    return
                batch = self._next_batch()
                self._at_work_since_s = time.monotonic() if batch else None
            if batch:
                self._answer(batch)

    def _answer(self, batch: list[_Waiting]) -> None:
        started, cpu_s = time.monotonic(), time.thread_time()
        answers = self._infer([waiting.request for waiting in batch])
        took_s = time.monotonic() - started
        self._observe_ms(self.spec.kind, took_s * 1000)
        if any(waiting.request.gives_way for waiting in batch):
            self._rested_at_s = started + took_s / GIVING_WAY_SHARE * crowding(took_s, time.thread_time() - cpu_s)
        for waiting, answer in zip(batch, answers, strict=True):
            waiting.settle(answer)

    def _next_batch(self) -> list[_Waiting]:
        """The oldest that somebody still waits for."""
        batch: list[_Waiting] = []
        while self._queue and len(batch) < self.spec.max_batch:
            waiting = self._queue.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
        return batch

    def _infer(self, requests: list[Request[object]]) -> Sequence[object]:
        """The worker's door: whatever a model throws, and an answer too few, become EngineFailed answers."""
        name = self.back_end.name
        try:
            answers = self.back_end.infer(requests)
            if len(answers) != len(requests):
                raise ValueError(f"{len(requests)} requests got {len(answers)} answers")
        except Exception as error:
            log.exception("engine %s failed on a batch of %d", name, len(requests))
            failed = EngineFailed(f"{name} failed ({type(error).__name__}); it is tried again")
            return [failed] * len(requests)
        return answers
