"""Numbered steps from an empty file to today's tables; a step is never changed once it was released.

Wall-clock times are TIMESTAMP in UTC without a zone; every `t` is seconds of session time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.types import EMOTIONS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; its statements run in one transaction together with its entry in `schema_migrations`."""

    number: int
    name: str
    statements: tuple[str, ...]


_PROBABILITIES = ", ".join(f"{kind}_{label} FLOAT NOT NULL" for kind in ("raw", "p") for label in EMOTIONS)

_LEDGER = """CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)"""

MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "accounts, consents, sessions and their readings",
        (
            """CREATE TABLE users (
                user_id VARCHAR PRIMARY KEY, username VARCHAR UNIQUE, password_hash VARCHAR,
                role VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL)""",
            """CREATE TABLE tokens (
                token_hash VARCHAR PRIMARY KEY, user_id VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL,
                expires_at TIMESTAMP NOT NULL, is_active BOOLEAN NOT NULL)""",
            """CREATE TABLE consents (
                consent_id VARCHAR PRIMARY KEY, user_id VARCHAR NOT NULL, version VARCHAR NOT NULL,
                text_hash VARCHAR NOT NULL, scopes VARCHAR[] NOT NULL, purpose VARCHAR NOT NULL,
                given_at TIMESTAMP NOT NULL, withdrawn_at TIMESTAMP)""",
            """CREATE TABLE sessions (
                session_id VARCHAR PRIMARY KEY, user_id VARCHAR NOT NULL, study_id VARCHAR, participant_id VARCHAR,
                started_at TIMESTAMP NOT NULL, ended_at TIMESTAMP, consent_id VARCHAR NOT NULL,
                settings VARCHAR NOT NULL)""",
            f"""CREATE TABLE estimates (
                session_id VARCHAR NOT NULL, t DOUBLE NOT NULL, start_s DOUBLE NOT NULL, capture_s DOUBLE NOT NULL,
                modality VARCHAR NOT NULL, {_PROBABILITIES}, quality FLOAT NOT NULL, reasons VARCHAR[] NOT NULL,
                engine VARCHAR NOT NULL, infer_ms DOUBLE NOT NULL, face_id INTEGER, is_subject BOOLEAN NOT NULL,
                box DOUBLE[], frame INTEGER[])""",
            f"""CREATE TABLE fused (
                session_id VARCHAR NOT NULL, t DOUBLE NOT NULL, capture_s DOUBLE NOT NULL, {_PROBABILITIES},
                weight_face FLOAT NOT NULL, weight_voice FLOAT NOT NULL, weight_text FLOAT NOT NULL,
                valence FLOAT NOT NULL, arousal FLOAT NOT NULL, confidence FLOAT NOT NULL, intensity FLOAT NOT NULL,
                quality FLOAT NOT NULL, abstained BOOLEAN NOT NULL, reasons VARCHAR[] NOT NULL)""",
            "CREATE TABLE markers (session_id VARCHAR NOT NULL, t DOUBLE NOT NULL, label VARCHAR NOT NULL)",
            """CREATE TABLE self_reports (
                session_id VARCHAR NOT NULL, t DOUBLE NOT NULL, shown VARCHAR NOT NULL, chosen VARCHAR NOT NULL)""",
            """CREATE TABLE faults (
                session_id VARCHAR NOT NULL, t DOUBLE NOT NULL, code VARCHAR NOT NULL, message VARCHAR NOT NULL,
                modality VARCHAR, will_retry BOOLEAN NOT NULL)""",
            # one row: the number of the writer's newest commit, by which it knows whether a doubtful one went through
            "CREATE TABLE last_commit (number BIGINT NOT NULL)",
            "INSERT INTO last_commit VALUES (0)",
        ),
    ),
    Migration(
        2,
        "words of conversations, sealed",
        (
            """CREATE TABLE messages (
                message_id UUID NOT NULL DEFAULT uuid(), session_id VARCHAR NOT NULL, t DOUBLE NOT NULL,
                role VARCHAR NOT NULL, content BLOB NOT NULL, emotion VARCHAR NOT NULL, intensity FLOAT NOT NULL,
                created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'))""",
            """CREATE TABLE user_summaries (
                user_id VARCHAR PRIMARY KEY, summary_text BLOB NOT NULL, updated_at TIMESTAMP NOT NULL)""",
            "CREATE TABLE key_check (sealed BLOB NOT NULL)",
        ),
    ),
    Migration(
        3,
        "how long a person's readings are kept, notes on sessions, deletions under way",
        (
            "ALTER TABLE users ADD COLUMN retention_days INTEGER",
            "ALTER TABLE sessions ADD COLUMN note BLOB",
            # a row stands here from a deletion's commit until its bytes are gone from the file too
            "CREATE TABLE deletions (requested_at TIMESTAMP NOT NULL)",
        ),
    ),
    Migration(4, "how long what a marker marks lasts", ("ALTER TABLE markers ADD COLUMN duration DOUBLE DEFAULT 0",)),
    # NULL in rows of before: nobody knows it of them
    Migration(5, "when a line of words began", ("ALTER TABLE messages ADD COLUMN start_s DOUBLE",)),
    Migration(
        6,
        "the newest moment at which the clock was believed",
        (
            "CREATE TABLE clock_seen (seen_at TIMESTAMP NOT NULL)",
            """INSERT INTO clock_seen SELECT max(seen_at) FROM (
                SELECT coalesce(ended_at, started_at) AS seen_at FROM sessions
                UNION ALL SELECT given_at FROM consents UNION ALL SELECT created_at FROM tokens)
                HAVING max(seen_at) IS NOT NULL""",
        ),
    ),
)


def migrate(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> list[int]:
    """Bring the file up to date and return the numbers of the steps taken; a kill in between loses nothing.

    Raises StoreError when the file was written by a newer version, or when a step fails.
    """
    connection.execute(_LEDGER)
    done = {number for (number,) in connection.execute("SELECT number FROM schema_migrations").fetchall()}
    newest = max((migration.number for migration in migrations), default=0)
    if max(done, default=0) > newest:
        raise StoreError(
            f"the database has schema {max(done)}, this version knows schemas up to {newest}; "
            "update the app, or choose another --data-dir"
        )
    missing = [migration for migration in migrations if migration.number not in done]
    for migration in missing:
        _apply(connection, migration)
    return [migration.number for migration in missing]


def _apply(connection: Connection, migration: Migration) -> None:
    import duckdb

    connection.execute("BEGIN")
    try:
        for statement in migration.statements:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO schema_migrations VALUES (?, ?, now() AT TIME ZONE 'UTC')", [migration.number, migration.name]
        )
        connection.execute("COMMIT")
    except duckdb.Error as error:
        connection.execute("ROLLBACK")
        raise StoreError(
            f"schema step {migration.number} ({migration.name}) failed and was undone: {error}; "
            "the file may belong to another program: choose another --data-dir"
        ) from error
    log.info("schema step %d applied", migration.number)
