"""The database's write-ahead log: whether it is whole, looked at before DuckDB reads it.

DuckDB refuses some damaged logs, and of others throws away without a word what stands behind the damage. The log is a
head, then entries: size and checksum (64 bits each, little-endian), then so many bytes; each commit ends with the same
entry (src/storage/write_ahead_log.cpp and src/common/checksum.cpp; seen with DuckDB 2.0.0).
"""

from __future__ import annotations

import logging
import os
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import StoreError

log = logging.getLogger(__name__)

HEAD = b"\x64\x00\x62"
"""field 100, entry 98 (WAL_VERSION): what DuckDB begins each log with"""
LONGEST_HEAD = 128
_ENTRY = struct.Struct("<QQ")
COMMIT = bytes.fromhex("0500000000000000e7fe7d722fed3d5e640064ffff")
"""the entry that ends a commit: 5 bytes, their checksum, field 100, entry 100 (WAL_FLUSH), end"""
ASIDE = ".damaged"
"""what the name of a log that was kept aside ends with"""
WORD = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True)
class Damage:
    """Where a log stops making sense."""

    at: int
    """bytes before it"""
    commits: int
    """that end behind it, and are lost"""


def log_of(path: Path) -> Path:
    """Where the log of the database at `path` lies."""
    return Path(f"{path}.wal")


def aside_of(path: Path) -> Path:
    """Where a damaged one is kept."""
    return Path(f"{path}.wal{ASIDE}")


def checksum(content: bytes) -> int:
    """As DuckDB makes it: 64 bits."""
    whole = len(content) // 8 * 8
    words = np.frombuffer(content[:whole], "<u8") * np.uint64(0xBF58476D1CE4E5B9)
    found = 5381 ^ int(np.bitwise_xor.reduce(words)) if whole else 5381
    return found ^ _rest(content[whole:]) if whole < len(content) else found


def _rest(content: bytes) -> int:
    """MurmurHash64A of fewer than eight bytes."""
    factor = 0xC6A4A7935BD1E995
    found = (0xE17A1465 ^ len(content) * factor) & WORD
    found = (found ^ int.from_bytes(content, "little")) * factor & WORD
    found = (found ^ found >> 47) * factor & WORD
    return found ^ found >> 47


def _end_of_entry(content: bytes, at: int) -> int | None:
    """Where the entry that begins here ends; None where there is none that fits its checksum."""
    if at + _ENTRY.size > len(content):
        return None
    size, told = _ENTRY.unpack_from(content, at)
    end = at + _ENTRY.size + size
    if not size or end > len(content) or checksum(content[at + _ENTRY.size : end]) != told:
        return None
    return int(end)


def find_damage(content: bytes) -> Damage | None:
    """Where a log stops making sense with commits behind it; None for one that is whole, or breaks off in a write.

    A power cut or a kill breaks off what nobody was told is stored; zeros at the end are the same.
    """
    at = next((at for at in range(len(HEAD), LONGEST_HEAD) if _end_of_entry(content, at) is not None), 0)
    while (end := _end_of_entry(content, at)) is not None:
        at = end
    commits = content.count(COMMIT, at)
    return Damage(at, commits) if commits else None


def check_log(path: Path) -> None:
    """Before the database at `path` is opened: a log that is damaged is kept aside and told.

    Raises StoreError for one that DuckDB did not write: it would be passed over in silence, with the readings it held.
    One that a power cut left short or as zeros held nothing yet.
    """
    journal = log_of(path)
    if not journal.is_file():
        return
    content = journal.read_bytes()
    head = content[: len(HEAD)]
    if len(head) == len(HEAD) and any(head) and head != HEAD:
        raise StoreError(
            f"{journal} is no log of a database: it was damaged or changed, and the newest readings were in it; put "
            "back the log or restore a copy; to start without them move the log away"
        )
    damage = find_damage(content) if head == HEAD else None
    if damage is not None:
        _keep_aside(path, damage, len(content))


def _keep_aside(path: Path, damage: Damage, size: int) -> None:
    """Cut the log where the damage begins, so that the database opens with what stands before it."""
    kept = aside_of(path)
    try:
        shutil.copyfile(log_of(path), kept)
        kept.chmod(0o600)
        with kept.open("rb") as copy:
            os.fsync(copy.fileno())
        os.truncate(log_of(path), damage.at)
    except OSError as error:
        raise StoreError(
            f"{log_of(path)} is damaged and cannot be kept aside ({error}); free some disk space and start again, or "
            "move the log away to start without what it held"
        ) from error
    log.error(
        "%s is damaged after %d of %d bytes: at least %d of the newest writes (half a second of readings, a consent or "
        "an account each) are lost. What stood before is there; the damaged log is kept as %s until a deletion. To "
        "have them back stop now and restore a copy; check this disk",
        *(log_of(path), damage.at, size, damage.commits, kept.name),
    )


def forget_aside(path: Path) -> None:
    """A log that was kept aside may hold what was deleted since. Raises OSError."""
    aside_of(path).unlink(missing_ok=True)
