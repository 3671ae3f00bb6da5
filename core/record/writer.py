"""The one thread that writes: takes readings and tasks in order, commits, says what is on disk.

A COMMIT returns after DuckDB has appended the transaction to its write-ahead log and called
`fdatasync` on it (seen with strace, DuckDB 2.0.0). So what was acknowledged outlives `kill -9` and,
as far as disk and file system keep their word, a power cut.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from core.errors import AppError, StoreError
from core.record.backlog import Backlog, Reading, Task, Work
from core.record.columns import TABLES, Kept, as_columns, reading_time_s
from core.record.erasure import Gate, fold_log, has_deleted, swap, write_live_rows
from core.record.opening import DatabaseFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

T = TypeVar("T")
log = logging.getLogger(__name__)

COMMIT_EVERY_S = 0.5
MAX_BACKLOG = 100_000
"""Readings kept while the disk refuses: two hours of one session (6 estimates and 8 fused a second)."""
RETRY_FIRST_S = 0.2
RETRY_MOST_S = 5.0
GIVE_UP_S = 5.0
"""How long `close` goes on trying on a disk that refuses."""


REST_FACTOR = 4
"""After an exchange the next one waits this many times as long as it took: a fifth of the time at most goes to them."""


@dataclass(slots=True)
class Counts:
    """Rows since the start, for the metrics."""

    written: int = 0
    refused: int = 0
    """of sessions that were not opened or whose consent was withdrawn"""
    dropped: int = 0
    """left out because the backlog was full, or at the end on a disk that refused"""
    bad: int = 0
    """did not fit their table"""


class Writer:
    """Owns the only connection that writes. `put` and `submit` may be called from any thread."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        tell: Callable[[str, str], None],
        max_backlog: int = MAX_BACKLOG,
        every_s: float = COMMIT_EVERY_S,
    ) -> None:
        self.counts = Counts()
        self.connection = connect()
        self.backlog = Backlog(max_backlog, every_s)
        self._connect = connect
        self._listener = tell
        self._number = self._last_commit()
        self._retry_s = 0.0
        """wait before the next try; 0 while all is well"""
        self._dropped_before = 0
        """when the present trouble began"""
        self._closed_s = 0.0
        self._is_broken = False
        self.gate = Gate()
        """reads hold it; while the file is exchanged it is closed to them"""
        self._rested_s = 0.0
        """of the monotonic clock; before that no file is exchanged again"""
        self._in_doubt: Work | None = None
        """was being written when the database broke down"""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def is_failing(self) -> bool:
        """The disk refuses; readings wait."""
        return self._retry_s > 0

    def put(self, reading: Reading) -> None:
        """Queue one reading; never waits for the disk. When the backlog is full the oldest one is left out."""
        if self.backlog.is_closed:
            self.counts.refused += 1
            return
        if self.backlog.put(reading):
            self.counts.dropped += 1
            if self.counts.dropped == self._dropped_before + 1:
                self._tell("store_overflow", f"{self.backlog.rows} readings wait for the disk; the oldest are left out")

    def submit(self, run: Callable[[Connection], T], keep: bool = False, in_transaction: bool = True) -> Future[T]:
        """Queue a task behind everything queued before it; the future is done when it is on disk, or failed."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # from here on it cannot be cancelled: what was asked for is written
        self.backlog.add(Task(run, future, keep, in_transaction))
        return future

    def close(self) -> None:
        """Write what waits (for at most GIVE_UP_S on a disk that refuses), then end the thread."""
        self._closed_s = time.monotonic()
        self.backlog.close()
        self._thread.join()

    # -- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        while (work := self._take()) is not None:
            try:
                if not self._went_through(work):
                    self._perform(work)
            except Exception as error:  # noqa: BLE001 - the writer's door: told, kept or dropped, never the end
                self._failed(work, error)
            else:
                self._succeeded(work)
        self._give_up()

    def _take(self) -> Work | None:
        if not self._retry_s:
            return self.backlog.take()
        self.backlog.pause(self._retry_s)
        if self.backlog.is_closed and time.monotonic() - self._closed_s > GIVE_UP_S:
            return None
        work = self.backlog.take(may_wait=False)
        return [] if work is None else work  # an empty commit shows whether the disk takes writes again

    def _perform(self, work: Work) -> None:
        if isinstance(work, Task):
            result = self._commit(work.run) if work.in_transaction else work.run(self.connection)
            if not work.future.done():
                work.future.set_result(result)
            return
        work[:] = [reading for reading in work if not reading.recording.is_forgotten]
        if work or self._retry_s:
            self._commit(lambda connection: _insert(connection, work))

    def exchange(self, file: DatabaseFile) -> None:
        """Run inside a task: rewrite the file with live rows only and go on with the new one.

        Does nothing where an exchange before this one took the deletion along. Others read on while it is copied and
        wait for the swap alone. Raises duckdb.Error or OSError; the old file is then still there, whole, and in use.
        """
        if not has_deleted(self.connection):
            return
        began_s = time.monotonic()
        write_live_rows(self.connection, file)
        with self.gate.closed():
            fold_log(self.connection)
            self.connection.close()
            try:
                swap(file.path)
            finally:
                self.connection = self._connect()
        now_s = time.monotonic()
        self._rested_s = now_s + REST_FACTOR * (now_s - began_s)

    def rest_s(self) -> float:
        """How long the next exchange should wait: deletions in a row share one, and others get on with their work."""
        return max(0.0, self._rested_s - time.monotonic())

    def _commit(self, write: Callable[[Connection], T]) -> T:
        self.connection.execute("BEGIN")
        result = write(self.connection)
        self.connection.execute("UPDATE last_commit SET number = ?", [self._number + 1])
        self.connection.execute("COMMIT")
        self._number += 1
        return result

    def _succeeded(self, work: Work) -> None:
        if isinstance(work, list):
            self.counts.written += len(work)
            for reading in work:
                recording = reading.recording
                recording.stored_to_s = max(recording.stored_to_s, reading_time_s(reading.event))
        if self._retry_s:
            self._retry_s = 0.0
            lost = self.counts.dropped - self._dropped_before
            self._dropped_before = self.counts.dropped
            log.warning("the store writes again; readings left out meanwhile: %d", lost)
            if lost:
                self._tell("store_overflow", f"readings are written again; {lost} were left out meanwhile")

    # -- when something fails ---------------------------------------------------------------------

    def _failed(self, work: Work, error: Exception) -> None:
        self._roll_back()
        if not _is_disk_trouble(error):
            self._refuse(work, error)
            return
        if _is_fatal(error):
            self._is_broken = True
            self._in_doubt = self._in_doubt or work
        if isinstance(work, list) or work.keep:
            self.backlog.put_back(work)
        # nobody is left waiting for a disk that refuses
        _fail([*([work] if isinstance(work, Task) else []), *self.backlog.stop_waiting()], error)
        if not self._retry_s:
            log.error("the store cannot write; readings are kept and tried again", exc_info=error)
            self._tell("store_failing", "readings cannot be written to disk now; they are kept and tried again")
        self._retry_s = min(RETRY_MOST_S, 2 * self._retry_s or RETRY_FIRST_S)

    def _refuse(self, work: Work, error: Exception) -> None:
        """Pass a task's own error on; halve a batch until the row that does not fit stands alone, and drop that."""
        if isinstance(work, Task):
            if work.future.done():
                log.error("a write that was kept for later does not fit", exc_info=error)
            _fail([work], error)
            return
        if len(work) > 1:
            middle = len(work) // 2
            self.backlog.put_back(work[:middle], work[middle:])
            return
        self.counts.bad += 1
        reading = work[0]
        kind = type(reading.event).__name__
        # by its kind only: the error's text would quote the value
        log.error("session %s: a %s did not fit (%s)", reading.recording.session_id, kind, type(error).__name__)
        if self.counts.bad == 1:
            self._tell("store_bad_row", f"a {kind} did not fit its table and was left out")

    def _roll_back(self) -> None:
        import duckdb

        with suppress(duckdb.Error):  # after a failed COMMIT there is nothing left to roll back
            self.connection.execute("ROLLBACK")

    def _went_through(self, work: Work) -> bool:
        """Reopen after a breakdown; True when `work` was committed although COMMIT failed.

        "COMMIT succeeded and is durable, but the autocheckpoint failed" is what DuckDB says on a full
        disk: writing the batch again would store every reading twice. The commit's number tells.
        """
        if not self._is_broken:
            return False
        self.connection.close()
        try:
            self.connection = self._connect()
        except StoreError as error:
            raise OSError(f"the database cannot be opened again yet: {error}") from error
        number = self._last_commit()
        is_done = self._in_doubt is work and number == self._number + 1
        self._number, self._in_doubt, self._is_broken = number, None, False
        return is_done

    def _last_commit(self) -> int:
        row = self.connection.execute("SELECT number FROM last_commit").fetchone()
        if row is None:
            raise StoreError("the table last_commit is empty; the database was changed by hand: restore a copy")
        return int(row[0])

    def _give_up(self) -> None:
        parts = list(self.backlog.rest())
        _fail([part for part in parts if isinstance(part, Task)], StoreError("the store is closed"))
        lost = sum(len(part) for part in parts if isinstance(part, list))
        self.counts.dropped += lost
        if lost:
            log.error("closed on a disk that refuses: %d readings are lost", lost)

    def _tell(self, code: str, message: str) -> None:
        try:
            self._listener(code, message)
        except Exception:  # the writer's door: a listener that fails must not end the thread
            log.exception("telling %s failed", code)


def _insert(connection: Connection, readings: list[Reading]) -> None:
    """All readings in one transaction, table by table."""
    by_table = sorted(readings, key=lambda reading: TABLES[type(reading.event)].name)
    for kind, group in groupby(by_table, key=lambda reading: type(reading.event)):
        rows = list(group)
        insert_rows(connection, kind, [row.recording.session_id for row in rows], [row.event for row in rows])


def insert_rows(connection: Connection, kind: type[Kept], session_ids: Sequence[str], events: Sequence[Kept]) -> None:
    """Events of one kind into its table, each under its session."""
    columns = as_columns(TABLES[kind], session_ids, events)
    names = ", ".join(columns)
    connection.register("batch", columns)  # takes the place of one left by a failure
    connection.execute(f"INSERT INTO {TABLES[kind].name} ({names}) SELECT {names} FROM batch")  # noqa: S608
    connection.unregister("batch")


def _fail(tasks: list[Task], error: Exception) -> None:
    """Tell those who wait. Errors of our own pass; DuckDB's may quote values and are named by their kind alone."""
    if not isinstance(error, AppError):
        told = StoreError(f"the database refused the write ({type(error).__name__}); see the log")
        told.__cause__ = error
        error = told
    for task in tasks:
        if not task.future.done():
            task.future.set_exception(error)


def _is_disk_trouble(error: Exception) -> bool:
    """Disk, file or memory, which may get better; everything else would fail again with the same row."""
    import duckdb

    if isinstance(error, duckdb.DataError | duckdb.IntegrityError | duckdb.ProgrammingError | duckdb.NotSupportedError):
        return False
    return isinstance(error, duckdb.Error | OSError | MemoryError)


def _is_fatal(error: Exception) -> bool:
    """The database instance is unusable until it is opened anew."""
    import duckdb

    return not isinstance(error, duckdb.OperationalError) or isinstance(error, duckdb.ConnectionException)
