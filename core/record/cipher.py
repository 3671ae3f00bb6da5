"""Words on the disk are sealed: AES-256-GCM, the key from a setting or from a file beside the database.

What is sealed is bound to what it belongs to (the session, the person), so a row moved elsewhere does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.record.erasure import sync

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

KEY_FILE = "words.key"
"""beside the database; whoever has both can read the words"""
KEY_BYTES = 32
NONCE_BYTES = 12
"""as NIST SP 800-38D recommends; random, so a key is good for far more messages than people can write"""
CHECKED = "attune"


class Cipher:
    """Seals and opens short texts."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._aead = AESGCM(key)

    def seal(self, text: str, belongs_to: str) -> bytes:
        """Nonce and ciphertext with its tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode("utf-8", "replace"), belongs_to.encode())

    def open(self, sealed: bytes, belongs_to: str) -> str:
        """Raises StoreError when the key is another or the bytes were changed."""
        from cryptography.exceptions import InvalidTag

        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._aead.decrypt(nonce, body, belongs_to.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise StoreError(WRONG_KEY, "wrong_key") from error


WRONG_KEY = (
    "the stored words cannot be opened with this key; give the one they were written with (ATTUNE_WORDS_KEY, or the "
    f"file {KEY_FILE} beside the database), or move both away to start anew"
)


def read_key(given: str, folder: Path) -> bytes:
    """The key from the setting (base64 of 32 bytes), else from the folder's key file, which is made when missing.

    Raises StoreError for a key of another length, or when the file cannot be read or made.
    """
    if given:
        return _decoded(given, "ATTUNE_WORDS_KEY")
    path = folder / KEY_FILE
    try:
        if not path.exists():
            return make_key(folder)
        return _decoded(path.read_bytes().strip(), str(path))
    except OSError as error:
        raise StoreError(f"the key file {path} cannot be read ({error}); see who may read it") from error


def make_key(folder: Path) -> bytes:
    """A new key in the folder's key file, which is there whole or not at all whenever a kill comes. Raises StoreError.

    Where another process is faster its key is taken: a second one must not be put over it.
    """
    path, key = folder / KEY_FILE, secrets.token_bytes(KEY_BYTES)
    fresh = path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}.new")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(base64.b64encode(key))
                file.flush()
                os.fsync(file.fileno())
            _put(fresh, path)
        except FileExistsError:
            return _decoded(path.read_bytes().strip(), str(path))
        finally:
            fresh.unlink(missing_ok=True)
        sync(folder)
    except OSError as error:
        raise StoreError(f"the key file {path} cannot be made ({error}); choose another --data-dir") from error
    return key


def _put(fresh: Path, path: Path) -> None:
    try:
        os.link(fresh, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        fresh.replace(path)


def _decoded(text: str | bytes, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreError(
            f"{where}: expected {KEY_BYTES} bytes in base64, got {len(key) or 'something else'}; give the key that the "
            "words were sealed with, or where none were yet a new one (openssl rand -base64 32)",
            "wrong_key",
        )
    return key


def file_key(key: bytes) -> str:
    """Another key made of this one (HKDF, RFC 5869), for the whole file; hexadecimal."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"attune database file").derive(key).hex()


_SEALED = """
    SELECT 1 FROM messages UNION ALL SELECT 1 FROM user_summaries
    UNION ALL SELECT 1 FROM sessions WHERE note IS NOT NULL LIMIT 1"""


def forget_key(connection: Connection) -> bool:
    """Let the next key be the one the file is known by; false, and nothing done, where words are sealed with this."""
    if connection.execute(_SEALED).fetchone():
        return False
    connection.execute("DELETE FROM key_check")
    return True


def check_key(connection: Connection, cipher: Cipher) -> None:
    """Hold the key against the one the file was first written with. Raises StoreError "wrong_key"."""
    row = connection.execute("SELECT sealed FROM key_check").fetchone()
    if row is None:
        connection.execute("INSERT INTO key_check VALUES (?)", [cipher.seal(CHECKED, CHECKED)])
    elif cipher.open(bytes(row[0]), CHECKED) != CHECKED:
        raise StoreError(WRONG_KEY, "wrong_key")
