"""The database: one file, one writer thread, a cursor per read.

*Stored* means committed and synced (core/record/writer.py). Without the `history` scope nobody calls
`open_session`, and of a session that was not opened nothing is written: the second lock on that promise.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.errors import Limit, StoreError
from core.record import consents
from core.record.backlog import Reading, Recording
from core.record.cipher import Cipher, file_key
from core.record.columns import SealedMessage, is_kept
from core.record.erasure import has_deleted
from core.record.opening import DatabaseFile
from core.record.quota import Quota, Reached, stored_bytes
from core.record.starting import find_key, prepare
from core.record.writer import MAX_BACKLOG, Counts, Writer
from core.types import Event, Message

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection
    from pandas import DataFrame

log = logging.getLogger(__name__)

FILE_NAME = "attune.duckdb"
"""The database's file inside --data-dir."""

READ_THREADS = 2
MAX_READS = 64
"""reads in work or waiting for a thread; each belongs to a call that somebody waits for"""
MAX_ENDED = 1000
"""Sessions whose `stored_to_s` is still answered after their end."""

T = TypeVar("T")
Row = dict[str, Any]
"""a row by column name; what stands in a column, DuckDB does not say"""


def utc(epoch_s: float) -> datetime:
    """Seconds since the epoch as the tables keep time: UTC without a zone."""
    return datetime.fromtimestamp(epoch_s, UTC).replace(tzinfo=None)


class Store:
    """What is kept. Made once, in app.py; `path` is the file, its folder is made when missing.

    `words_key` (base64) seals the words; empty: the key file beside the database, made when missing.
    `max_stored_mb` of one person are kept, and `max_guests_mb` of all guests of an address; then nothing more.
    `is_encrypted`: the whole file is, with a key made of the words' key (core/record/opening.py).
    `on_fault(code, message)` is called from the writer's thread: "store_failing" once per spell,
    "store_overflow", "store_bad_row". Raises StoreError when the file is locked, broken or too new.
    """

    def __init__(
        self,
        path: Path,
        on_fault: Callable[[str, str], None] | None = None,
        max_backlog: int = MAX_BACKLOG,
        words_key: str = "",
        is_encrypted: bool = False,
        *,
        max_stored_mb: float = math.inf,
        max_guests_mb: float = math.inf,
    ) -> None:
        key = find_key(words_key, Path(path), is_encrypted)
        self._file = DatabaseFile(Path(path), file_key(key) if is_encrypted else "")
        self._cipher = Cipher(key)
        self._is_closed = False
        self._quota = Quota(max_stored_mb * 1e6, max_guests_mb * 1e6)
        self._recordings: dict[str, Recording] = {}
        self._ended: dict[str, Recording] = {}
        prepare(self._file, self._cipher)
        self._writer = Writer(self._file.open, on_fault or _ignore, max_backlog)
        self._readers = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="store-read")
        self._reads = 0
        atexit.register(self.close)  # an exit without close() would end the writer in the midst of DuckDB's code

    # -- readings ---------------------------------------------------------------------------------

    def append(self, session_id: str, event: Event) -> None:
        """Queue an event of an open session; never waits, never raises. Kinds without a table are ignored."""
        kept: Event | SealedMessage = self._sealed(session_id, event) if isinstance(event, Message) else event
        if not is_kept(kept):
            return
        recording = self._recordings.get(session_id)
        if recording is None:
            self._writer.counts.refused += 1
            if self._writer.counts.refused == 1:
                log.warning("session %s is not open for storing; its rows are refused", session_id)
            return
        if not self._quota.takes(recording.user_id, kept):  # type: ignore[arg-type]  # is_kept told
            self._writer.counts.refused += 1
            return
        self._writer.put(Reading(recording, kept))  # type: ignore[arg-type]  # is_kept told

    def quota_reached(self, session_id: str) -> Reached:
        """Whose limit keeps anything more of this session from being kept; "" where there is room."""
        recording = self._recordings.get(session_id)
        return "" if recording is None else self._quota.reached(recording.user_id)

    def guest_from(self, user_id: str, address: str) -> None:
        """A new guest, whose readings count to those of this address too; that is remembered in memory alone."""
        self._quota.came_from(user_id, address)

    def stored_to_s(self, session_id: str) -> float:
        """Newest session time on disk, with everything appended before it; 0 when there is none."""
        recording = self._recordings.get(session_id) or self._ended.get(session_id)
        return 0.0 if recording is None else recording.stored_to_s

    # -- words ------------------------------------------------------------------------------------

    def _sealed(self, session_id: str, message: Message) -> SealedMessage:
        return SealedMessage.of(message, self._cipher.seal(message.text, session_id))

    def open_words(self, sealed: Iterable[bytes], session_ids: Iterable[str]) -> list[str]:
        """Sealed words of these sessions, opened. Raises StoreError."""
        pairs = zip(sealed, session_ids, strict=True)
        return [self._cipher.open(bytes(content), session_id) for content, session_id in pairs]

    def seal_words(self, text: str, belongs_to: str) -> bytes:
        """For small texts beside messages, such as a note on a session."""
        return self._cipher.seal(text, belongs_to)

    async def keep_summary(self, user_id: str, text: str) -> None:
        """In place of the one before. Returns when it is on disk; raises StoreError."""
        values = [user_id, self._cipher.seal(text, user_id), utc(time.time())]

        def write(connection: Connection) -> None:
            connection.execute("DELETE FROM user_summaries WHERE user_id = ?", values[:1])
            connection.execute("INSERT INTO user_summaries VALUES (?, ?, ?)", values)

        await self.execute(write)

    async def read_summary(self, user_id: str) -> str:
        """Empty where there is none. Raises StoreError."""
        rows = await self.read("SELECT summary_text FROM user_summaries WHERE user_id = ?", [user_id])
        return self._cipher.open(bytes(rows[0]["summary_text"]), user_id) if rows else ""

    # -- sessions ---------------------------------------------------------------------------------

    async def open_session(
        self, session_id: str, user_id: str, started_at: float, consent_id: str, settings: Mapping[str, object]
    ) -> None:
        """Let rows of this session in; returns when its own row is on disk. Called after `forget` it goes on.

        `started_at` is UTC in seconds since the epoch, at session time 0. Raises StoreError when the row cannot
        be written, or for somebody without any consent row (never asked, or deleted); the session is then not open.
        """
        if session_id in self._recordings:
            raise StoreError(f"session {session_id} is already open; close it first")
        before = self._ended.pop(session_id, None)
        recording = Recording(session_id, user_id, before.stored_to_s if before else 0.0)
        values = [session_id, user_id, utc(started_at), consent_id, json.dumps(dict(settings), default=str)]

        def write(connection: Connection) -> int:
            if not consents.has_any(connection, user_id):
                raise StoreError(f"session {session_id}: nobody has consented to it, or they were deleted meanwhile")
            row = connection.execute("SELECT user_id FROM sessions WHERE session_id = ?", [session_id]).fetchone()
            if row is None:
                connection.execute(
                    "INSERT INTO sessions (session_id, user_id, started_at, consent_id, settings)"
                    " VALUES (?, ?, ?, ?, ?)",
                    values,
                )
            elif row[0] == user_id:
                connection.execute(
                    "UPDATE sessions SET consent_id = ?, ended_at = NULL WHERE session_id = ?", [consent_id, session_id]
                )
            else:
                raise StoreError(f"session {session_id} belongs to somebody else")
            return stored_bytes(connection, user_id)

        self._recordings[session_id] = recording  # its rows queue up behind its own row
        try:
            self._quota.count(user_id, await self.execute(write))
        except StoreError:
            recording.is_forgotten = True
            if self._recordings.get(session_id) is recording:
                del self._recordings[session_id]
            raise

    async def close_session(self, session_id: str, ended_at: float) -> None:
        """Refuse rows from now on; returns when all of its rows and its end are on disk.

        On a disk that refuses it returns too: the rows wait, and `on_fault` has told. Unknown ids are ignored.
        """
        recording = self._end(session_id)
        if recording is None:
            return
        try:
            await asyncio.wrap_future(self._write_end(session_id, ended_at))
        except StoreError:
            log.warning("session %s: its end is not on disk yet", session_id)

    def forget(self, session_id: str) -> None:
        """Consent to keep was withdrawn: refuse rows from now on, leave out those that wait, end its row."""
        recording = self._end(session_id)
        if recording is not None:
            recording.is_forgotten = True
            with suppress(StoreError):  # closing down: the next start ends the row
                self._write_end(session_id, time.time())

    def forget_person(self, user_id: str) -> None:
        """The same for everything that is open of one person."""
        for recording in [one for one in self._recordings.values() if one.user_id == user_id]:
            self.forget(recording.session_id)
        self._quota.left(user_id)

    def _end(self, session_id: str) -> Recording | None:
        recording = self._recordings.pop(session_id, None)
        if recording is not None:
            self._ended[session_id] = recording
            if all(other.user_id != recording.user_id for other in self._recordings.values()):
                self._quota.forget(recording.user_id)
            while len(self._ended) > MAX_ENDED:
                del self._ended[next(iter(self._ended))]
        return recording

    def _write_end(self, session_id: str, ended_at: float) -> Future[None]:
        statement = "UPDATE sessions SET ended_at = ? WHERE session_id = ?"

        def write(connection: Connection) -> None:
            connection.execute(statement, [utc(ended_at), session_id])

        return self.submit(write, keep=True)

    # -- small writes and reads -------------------------------------------------------------------

    def submit(self, write: Callable[[Connection], T], keep: bool = False) -> Future[T]:
        """Run `write(connection)` on the writer's thread in a transaction of its own, behind all that waits.

        The future is done when it is on disk. What `write` raises undoes it and is passed on; DuckDB's errors
        come as StoreError. On a disk that refuses it fails at once; with `keep` it is still tried until it is
        on disk. Raises StoreError when closed or when too many wait.
        """
        return self._writer.submit(write, keep)

    async def execute(self, write: Callable[[Connection], T], keep: bool = False) -> T:
        """`submit`, awaited: returns when it is on disk."""
        return await asyncio.wrap_future(self.submit(write, keep))

    async def erase(self, delete: Callable[[Connection], int]) -> int:
        """Delete rows and then their bytes: returns when neither is in the file any more, and how many rows it were.

        The deletion is committed first, so a kill brings nothing back; the file is rewritten at the next start
        then. Where no row went nothing is rewritten, and one rewrite serves all deletions that wait for it. Raises
        StoreError; with the code "not_erased" the rows are gone and their bytes not yet.
        """

        people = self._quota.people()

        def write(connection: Connection) -> tuple[int, bool, dict[str, int]]:
            if rows := delete(connection):
                connection.execute("INSERT INTO deletions VALUES (now() AT TIME ZONE 'UTC')")
            left = {user_id: stored_bytes(connection, user_id) for user_id in people} if rows else {}
            return rows, has_deleted(connection), left

        rows, is_due, left = await self.execute(write)
        for user_id in left.keys() & self._quota.people():
            self._quota.count(user_id, left[user_id])
        if not is_due:
            return rows
        await asyncio.sleep(self._writer.rest_s())
        rewrite = self._writer.submit(lambda _connection: self._writer.exchange(self._file), in_transaction=False)
        try:
            await asyncio.wrap_future(rewrite)
        except StoreError as error:
            message = "deleted; the old bytes leave the file at the next start, or with the next deletion"
            raise StoreError(f"{message} ({error.message})", "not_erased") from error
        return rows

    async def read(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Rows as dicts by column name, read on a thread of the store's own with a cursor of its own.

        Raises Limit when too many wait.
        """
        return await self._reading(partial(self._fetch, sql, list(parameters), _as_dicts))

    async def read_frame(self, sql: str, parameters: Sequence[object] = ()) -> DataFrame:
        """The same as a DataFrame, for many rows."""
        return await self._reading(partial(self._fetch, sql, list(parameters), lambda cursor: cursor.fetch_df()))

    async def _reading(self, fetch: Callable[[], T]) -> T:
        if self._is_closed:
            raise StoreError("the store is closed")
        if self._reads >= MAX_READS:
            raise Limit("the history is being read by many right now; try again in a moment", "busy")
        self._reads += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, fetch)
        finally:
            self._reads -= 1

    def read_batch(self, sql: str, parameters: Sequence[object] = ()) -> DataFrame:
        """The same on the caller's own thread, so that a long run of reads keeps no short one waiting."""
        if self._is_closed:
            raise StoreError("the store is closed")
        return self._fetch(sql, list(parameters), lambda cursor: cursor.fetch_df())

    def _fetch(self, sql: str, parameters: list[object], take: Callable[[Connection], T]) -> T:
        import duckdb

        try:
            with self._writer.gate.reading(), self._writer.connection.cursor() as cursor:
                self._file.use(cursor)
                cursor.execute(sql, parameters)
                return take(cursor)
        except duckdb.Error as error:
            log.error("a read failed", exc_info=error)
            raise StoreError(f"the database could not be read ({type(error).__name__}); see the log") from error

    # -- the whole --------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """Rows written, refused, dropped and bad since the start."""
        return self._writer.counts

    @property
    def backlog(self) -> int:
        """Readings that wait for the disk."""
        return self._writer.backlog.rows

    @property
    def is_failing(self) -> bool:
        """The disk refuses; readings wait and are tried again."""
        return self._writer.is_failing

    def close(self) -> None:
        """Write what waits, fold the log into the file, let go of it. Blocks; calling it again does nothing."""
        import duckdb

        if self._is_closed:
            return
        self._is_closed = True
        atexit.unregister(self.close)
        self._recordings.clear()
        self._writer.close()
        self._readers.shutdown()
        try:
            self._writer.connection.execute("CHECKPOINT")
        except duckdb.Error:
            log.warning("no checkpoint at the end; the next start reads the log instead", exc_info=True)
        self._writer.connection.close()


def _as_dicts(cursor: Connection) -> list[Row]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _ignore(code: str, message: str) -> None:
    """Nobody listens; the log has it."""
