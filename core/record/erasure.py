"""Getting deleted bytes out of the file: live rows are copied into a new one, which takes the old one's place.

DuckDB keeps old bytes after DELETE, CHECKPOINT and VACUUM. A kill at any point leaves either the old file, whole,
with the deletion committed and still noted in `deletions`, or the new one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.record.journal import forget_aside
from core.record.opening import DatabaseFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

NEW = ".new"


class Gate:
    """Many may read at a time; whoever closes it waits for them and keeps new ones out."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = 0
        self._is_closed = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Wait until it is open."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closed)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Nobody reads meanwhile."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._readers == 0)
        try:
            yield
        finally:
            with self._changed:
                self._is_closed = False
                self._changed.notify_all()


def new_path(path: Path) -> Path:
    """Where the copy is made."""
    return path.with_name(path.name + NEW)


def tidy(path: Path) -> None:
    """Remove what a kill left of a copy that was not finished."""
    for left in (new_path(path), Path(f"{new_path(path)}.wal")):
        left.unlink(missing_ok=True)


def has_deleted(connection: Connection) -> bool:
    """Whether rows were deleted whose bytes are still in the file."""
    return connection.execute("SELECT 1 FROM deletions LIMIT 1").fetchone() is not None


def write_live_rows(connection: Connection, file: DatabaseFile) -> None:
    """Copy every live row into the new file and sync it; outside of a transaction. Raises duckdb.Error or OSError.

    Others may read meanwhile; nobody else may write.
    """
    import duckdb

    path = file.path
    tidy(path)
    row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None  # noqa: S101 - SELECT of a constant
    connection.execute(file.attach(new_path(path), "fresh"))
    try:
        connection.execute(f'COPY FROM DATABASE "{row[0]}" TO fresh')
        connection.execute("DELETE FROM fresh.deletions")
        connection.execute("CHECKPOINT fresh")
    finally:
        with suppress(duckdb.Error):
            connection.execute("DETACH fresh")
    sync(new_path(path))


def fold_log(connection: Connection) -> None:
    """Empty the old file's log, which would be read into the new one. Raises duckdb.Error."""
    connection.execute("CHECKPOINT")


def swap(path: Path) -> None:
    """Put the new file in the old one's place; nothing may have the old one open. Raises OSError."""
    if Path(f"{path}.wal").exists():
        raise OSError("the old file's log is still there; it would be read into the new file")
    new_path(path).replace(path)
    forget_aside(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Let a file, or the names in a folder, outlive a power cut. Raises OSError."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
