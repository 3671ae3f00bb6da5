"""Opening the database's file, plain or encrypted as a whole.

DuckDB 2.0 writes encrypted files with the cryptography of its `httpfs` extension only, which is a download this app
never makes. Where the extension is installed `encrypt_database` works; elsewhere the start is refused and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import StoreError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,  # the other cores are for the models
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,  # nothing is fetched from outside
    "autoload_known_extensions": False,
}
LOAD_CRYPTO = "LOAD httpfs"
NAME = "attune"
"""what an encrypted file is called inside its connection"""
ELSE = "move the file away (with its .wal) and restore a copy, or choose another --data-dir"


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """Where it lies, and the key it is encrypted with; empty: it is not."""

    path: Path
    key: str = field(default="", repr=False)
    """hexadecimal"""

    def open(self) -> Connection:
        """A connection. Raises StoreError that says what to do."""
        import duckdb

        try:
            return self._open_encrypted() if self.key else duckdb.connect(str(self.path), config=CONFIG)
        except duckdb.Error as error:
            if "Could not set lock" in str(error):
                raise StoreError(
                    f"another process has {self.path.parent} open; stop it or choose another --data-dir", "store_locked"
                ) from error
            raise StoreError(f"{self.path} cannot be opened as a database: {error}; {ELSE}") from error

    def _open_encrypted(self) -> Connection:
        import duckdb

        connection = duckdb.connect(":memory:", config=CONFIG)
        try:
            connection.execute(LOAD_CRYPTO)
        except duckdb.Error as error:
            connection.close()
            raise StoreError(
                "encrypt_database needs DuckDB's extension httpfs, which is not installed here; install it, or unset "
                "encrypt_database (words are sealed either way) and put data_dir on an encrypted disk",
                "no_encryption",
            ) from error
        try:
            connection.execute(self.attach(self.path, NAME))
            self.use(connection)
        except duckdb.Error:
            connection.close()
            raise
        return connection

    def use(self, cursor: Connection) -> None:
        """Let a new cursor look into the file; a cursor starts in the connection's own database."""
        if self.key:
            cursor.execute(f"USE {NAME}")

    def attach(self, path: Path, name: str) -> str:
        """The statement that attaches another file, encrypted as this one is."""
        quoted = str(path).replace("'", "''")
        return f"ATTACH '{quoted}' AS {name}" + (f" (ENCRYPTION_KEY '{self.key}')" if self.key else "")
