"""Before a store can work: what a kill or half a move left in the data folder, the key, the schema, open ends.

Nothing that held something is ever taken for a first start: what is missing by half is refused, with what to do.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.record.cipher import KEY_FILE, Cipher, check_key, forget_key, make_key, read_key
from core.record.erasure import fold_log, has_deleted, new_path, swap, tidy, write_live_rows
from core.record.journal import check_log
from core.record.migrations import migrate
from core.record.opening import ELSE, DatabaseFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

log = logging.getLogger(__name__)

# A session that a kill left open ended with its last stored reading.
_END_ORPHANS = """
    UPDATE sessions SET ended_at = started_at + to_milliseconds(coalesce(
        (SELECT greatest(max(t), 0) * 1000 FROM (
            SELECT session_id, t FROM estimates UNION ALL SELECT session_id, t FROM fused
        ) AS readings WHERE readings.session_id = sessions.session_id), 0))
    WHERE ended_at IS NULL"""


def find_key(given: str, path: Path, is_encrypted: bool) -> bytes:
    """The words' key for the database at `path`: given, from its file, or new. Raises StoreError.

    A key file that is missing beside a database, or empty (a power cut, an earlier version killed in its first start),
    is made anew where nothing was sealed yet.
    """
    check_folder(path)
    if not is_encrypted:
        check_log(path)
    file = path.parent / KEY_FILE
    if given:
        return read_key(given, path.parent)
    is_empty = file.is_file() and not file.stat().st_size
    if not path.exists() and file.exists() and not is_empty:
        log.warning(
            "%s is missing, but %s is there: an empty database is made. If there were readings stop now, take the new "
            "one away, and put the database back or restore a copy",
            path,
            KEY_FILE,
        )
    if is_empty or (path.exists() and not file.exists()):
        return _another_key(path, is_encrypted, "is empty" if is_empty else "is missing")
    return read_key("", path.parent)


def _another_key(path: Path, is_encrypted: bool, fault: str) -> bytes:
    """A new key where the lost one sealed nothing. Raises StoreError, and makes none, where it did."""
    file = path.parent / KEY_FILE
    if path.exists() and (is_encrypted or not _gave_up_key(path)):
        raise StoreError(
            f"{file} {fault}, and stored words are sealed with the key it held; put back a copy of it (or set "
            "ATTUNE_WORDS_KEY), or move the database away (and the key file, if there is one) to start anew",
            "wrong_key",
        )
    log.warning("%s %s and nothing is sealed yet; a new key is made", file, fault)
    file.unlink(missing_ok=True)
    return make_key(path.parent)


def _gave_up_key(path: Path) -> bool:
    """Whether nothing is sealed with the lost key; the database then waits for another."""
    connection = DatabaseFile(path).open()
    try:
        migrate(connection)
        return forget_key(connection)
    finally:
        connection.close()


def check_folder(path: Path) -> None:
    """Make the folder of the database; refuse one whose database is missing while its log is there."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {path.parent} cannot be made ({error}); choose another --data-dir") from error
    journal = Path(f"{path}.wal")
    if journal.exists() and not path.exists():
        raise StoreError(
            f"{path} is missing, but its log {journal.name} is there and holds readings that belong to it; put the "
            "database back beside it, or restore a copy; to start anew move the log away",
            "no_database",
        )


def prepare(file: DatabaseFile, cipher: Cipher) -> None:
    """Schema, key, deletions that were cut off, and an end for the sessions that a kill left open."""
    import duckdb

    path = file.path
    tidy(path)
    if not path.exists():
        _make(file)
    connection = file.open()
    try:
        migrate(connection)
        check_key(connection, cipher)
        if has_deleted(connection):
            write_live_rows(connection, file)
            fold_log(connection)
            connection.close()
            swap(path)
            connection = file.open()
        if connection.execute("SELECT 1 FROM sessions WHERE ended_at IS NULL LIMIT 1").fetchone():
            connection.execute(_END_ORPHANS)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{path} cannot be brought up to date: {error}; free some disk space, or {ELSE}") from error
    finally:
        connection.close()


def _make(file: DatabaseFile) -> None:
    """An empty database under its name only when it is whole: a kill leaves none, and not one that never opens."""
    import duckdb

    try:
        _close_whole(DatabaseFile(new_path(file.path), file.key).open())
        swap(file.path)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{file.path} cannot be made: {error}; choose another --data-dir") from error
    log.info("made a new database in %s", file.path.parent)


def _close_whole(connection: Connection) -> None:
    try:
        migrate(connection)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
