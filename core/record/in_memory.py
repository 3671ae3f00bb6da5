"""Made-up sessions as the tables that would have been kept of them: the same schema, rows and queries, no file.

For sessions of nobody only: words are not sealed here, since nothing reaches a disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from core.record.columns import TABLES, Kept, SealedMessage
from core.record.migrations import migrate
from core.record.tables import SessionTables, tables_of
from core.record.writer import insert_rows
from core.types import Event, Message

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

SCOPES = ["camera", "history", "microphone", "text"]
"""what somebody allowed of whom all of this is kept"""


@dataclass(frozen=True, slots=True)
class MadeUpSession:
    session_id: str
    started_at: datetime
    """UTC without a zone, at session time 0"""
    ended_at: datetime
    settings: Mapping[str, object]
    """of the fusion, as a session keeps them"""
    events: Sequence[Event]
    """all that was told; those that have a table are kept"""


def tables_in_memory(sessions: Iterable[MadeUpSession]) -> SessionTables:
    """The same sessions give the same tables."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:  # one thread: rows of one time keep their order
        migrate(connection)
        ids = [_keep(connection, session) for session in sessions]
        return tables_of(connection, ids, lambda words, _: [bytes(one).decode() for one in words])


def _keep(connection: Connection, session: MadeUpSession) -> str:
    consent_id = f"consent-{session.session_id}"
    connection.execute(
        "INSERT INTO consents VALUES (?, 'nobody', 'made up', ?, ?, 'research', ?, NULL)",
        [consent_id, "0" * 64, SCOPES, session.started_at],
    )
    connection.execute(
        "INSERT INTO sessions (session_id, user_id, started_at, ended_at, consent_id, settings)"
        " VALUES (?, 'nobody', ?, ?, ?, ?)",
        [session.session_id, session.started_at, session.ended_at, consent_id, json.dumps(dict(session.settings))],
    )
    rows = [row for event in session.events if (row := _row(event)) is not None]
    for kind, group in groupby(sorted(rows, key=lambda row: TABLES[type(row)].name), key=type):
        events = list(group)
        insert_rows(connection, kind, [session.session_id] * len(events), events)
    connection.execute(
        "UPDATE messages SET created_at = ?::TIMESTAMP + to_milliseconds(t * 1000) WHERE session_id = ?",
        [session.started_at, session.session_id],
    )
    return session.session_id


def _row(event: Event) -> Kept | None:
    """None where this kind of event is only told."""
    if isinstance(event, Message):
        return SealedMessage.of(event, event.text.encode())
    return event if isinstance(event, Kept) else None
