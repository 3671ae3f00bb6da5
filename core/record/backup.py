"""A copy of everything as DuckDB exports it (schema and Parquet), and the way back. The words stay sealed in it."""

from __future__ import annotations

from pathlib import Path

from core.errors import StoreError
from core.record.cipher import KEY_FILE
from core.record.erasure import tidy
from core.record.migrations import migrate
from core.record.opening import DatabaseFile
from core.record.starting import check_folder
from core.record.store import FILE_NAME


def back_up(data_dir: Path, target: Path, key: str = "") -> Path:
    """EXPORT DATABASE into a new folder. Raises StoreError: the folder is there, or the app has the database open.

    `key` (hexadecimal) is the file's, where it is encrypted; the copy is not, but for its words.
    The key of the words is not in it: keep `words.key` elsewhere, or whoever has the copy can read them.
    """
    import duckdb

    if target.exists():
        raise StoreError(f"{target} is there already; name a folder that is not")
    if not (data_dir / FILE_NAME).exists():
        raise StoreError(f"there is no database in {data_dir}")
    connection = DatabaseFile(data_dir / FILE_NAME, key).open()
    try:
        connection.execute(f"EXPORT DATABASE '{_quoted(target)}' (FORMAT parquet)")
    except duckdb.Error as error:
        raise StoreError(f"the copy failed: {error}; free some disk space or choose another folder") from error
    finally:
        connection.close()
    return target


def restore(source: Path, data_dir: Path, key: str = "") -> Path:
    """A new database in an empty data folder, brought to today's schema. Raises StoreError.

    It appears under its name only when it is whole. Put the `words.key` it was written with beside it.
    """
    import duckdb

    path = data_dir / FILE_NAME
    if path.exists():
        raise StoreError(f"{path} is there already; move it away (with {KEY_FILE}) or choose another --data-dir")
    check_folder(path)
    if not (source / "schema.sql").is_file():
        raise StoreError(f"{source} holds no copy: expected schema.sql, load.sql and Parquet files")
    tidy(path)
    unfinished = path.with_name(path.name + ".new")
    connection = DatabaseFile(unfinished, key).open()
    try:
        connection.execute(f"IMPORT DATABASE '{_quoted(source)}'")
        migrate(connection)
        connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise StoreError(f"the copy in {source} cannot be read: {error}") from error
    finally:
        connection.close()
    unfinished.replace(path)
    return path


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
