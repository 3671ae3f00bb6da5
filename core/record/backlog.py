"""What waits to be written, in order: readings, many and cheap, and tasks, few and awaited. Bounded."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import StoreError
from core.record.columns import Kept

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

BATCH_ROWS = 1000
MAX_TASKS = 1000
"""writes that somebody waits for"""
MAX_KEPT = 10_000
"""writes that stay until they are on disk, while it refuses for long: ends of sessions, deletions; some 10 MB"""


@dataclass(eq=False, slots=True)
class Recording:
    """One session that may be written."""

    session_id: str
    user_id: str
    stored_to_s: float = 0.0
    is_forgotten: bool = False
    """consent withdrawn: what is still waiting is not written"""


@dataclass(eq=False, frozen=True, slots=True)
class Reading:
    recording: Recording
    event: Kept


@dataclass(eq=False, slots=True)
class Task:
    """A small write in a transaction of its own."""

    run: Callable[[Connection], object]
    future: Future[Any]
    keep: bool
    """tried again until it is on disk, also after the caller was told that it failed"""
    in_transaction: bool = True
    """false: it begins and commits for itself"""


Work = list[Reading] | Task


class Backlog:
    """The writer takes from it; `put` and `add` may be called from any thread and never wait for the disk."""

    def __init__(self, max_rows: int, every_s: float) -> None:
        self.rows = 0
        """readings waiting"""
        self.is_closed = False
        self._max_rows = max_rows
        self._every_s = every_s
        self._queue: deque[Reading | Task] = deque()
        self._first: deque[Work] = deque()
        """put back by the writer; comes before the queue"""
        self._changed = threading.Condition()
        self._awaited = 0
        """tasks in the queue that somebody waits for"""
        self._kept = 0
        """tasks in the queue that stay there until they are on disk"""
        self._due_s = 0.0

    # -- into it ----------------------------------------------------------------------------------

    def put(self, reading: Reading) -> int:
        """Add a reading; returns how many older ones (0 or 1) had to leave for it."""
        with self._changed:
            left_out = self.rows >= self._max_rows and self._drop_oldest()
            if not self.rows:
                self._due_s = time.monotonic() + self._every_s
            self._queue.append(reading)
            self.rows += 1
            if self.rows in (1, BATCH_ROWS):
                self._changed.notify()
        return int(left_out)

    def add(self, task: Task) -> None:
        """Add a task behind everything added before it."""
        with self._changed:
            if self.is_closed:
                raise StoreError("the store is closed")
            if self._awaited >= MAX_TASKS and not task.keep:
                raise StoreError(f"{MAX_TASKS} writes wait for the disk; try again later")
            if task.keep and self._kept >= MAX_KEPT:
                raise StoreError(f"the disk refuses, and {MAX_KEPT} writes wait for it already; free some space on it")
            self._queue.append(task)
            self._kept += task.keep
            self._awaited += 1
            self._changed.notify()

    def put_back(self, *parts: Work) -> None:
        """Let `parts` come next, in this order."""
        with self._changed:
            self._first.extendleft(reversed(parts))

    def close(self) -> None:
        """Take no more tasks, and hand out what waits without delay."""
        with self._changed:
            self.is_closed = True
            self._changed.notify()

    def _drop_oldest(self) -> bool:
        for index, item in enumerate(self._queue):
            if isinstance(item, Reading):
                del self._queue[index]
                self.rows -= 1
                return True
        return False

    # -- out of it --------------------------------------------------------------------------------

    def pause(self, wait_s: float) -> None:
        """Wait before trying a disk that refused again; shorter when somebody begins to wait for a task."""
        with self._changed:
            if self.is_closed:
                self._changed.wait(timeout=min(wait_s, 0.2))
            else:
                self._changed.wait_for(lambda: self.is_closed or self._awaited > 0, timeout=wait_s)

    def take(self, may_wait: bool = True) -> Work | None:
        """The next batch or task. Waits until one is due; None when closed and empty, or when it may not wait."""
        with self._changed:
            if self._first:
                return self._first.popleft()
            while may_wait and not self._is_due():
                self._changed.wait(timeout=self._due_s - time.monotonic() if self.rows else None)
            return self._next()

    def _is_due(self) -> bool:
        if self.is_closed or self._awaited or self.rows >= BATCH_ROWS:
            return True
        if self._queue and isinstance(self._queue[0], Task):
            return True
        return self.rows > 0 and time.monotonic() >= self._due_s

    def _next(self) -> Work | None:
        batch: list[Reading] = []
        while self._queue and len(batch) < BATCH_ROWS:
            head = self._queue[0]
            if isinstance(head, Task):
                if batch:
                    break
                self._queue.popleft()
                self._kept -= head.keep
                self._awaited -= not head.future.done()
                return head
            self._queue.popleft()
            self.rows -= 1
            batch.append(head)
        return batch or None

    def stop_waiting(self) -> list[Task]:
        """The tasks somebody waits for; those not to be kept leave the line. The caller fails them."""
        with self._changed:
            if not self._awaited:
                return []
            awaited = [item for item in self._queue if isinstance(item, Task) and not item.future.done()]
            leaving = {task for task in awaited if not task.keep}
            self._queue = deque(item for item in self._queue if item not in leaving)
            self._awaited = 0
        return awaited

    def rest(self) -> Iterable[Work]:
        """Everything that waits, without a wait."""
        while (work := self.take(may_wait=False)) is not None:
            yield work
