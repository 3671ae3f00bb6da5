"""Kept rows of some sessions, read where they lie, a batch at a time with a cursor of its own each.

No read lasts as long as an export does: between two batches a deletion finds the database free, and neither a long
session nor a slow download is ever held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from core.record.store import Store
from core.record.tables import BATCH_ROWS, columns_of, opened, table_query

if TYPE_CHECKING:
    from pandas import DataFrame

SMALL = ("sessions", "consents")
"""have no time of their own to go on from, and a row a session"""


@cache
def _page_query(name: str) -> str:
    """Rows of one session after a time, up to a time: all rows of one time come together, however many."""
    columns = columns_of(name)
    after = f"FROM {name} WHERE session_id = ? AND t > ?"
    return (
        f"SELECT {columns} {after} AND t <= (SELECT max(t) FROM (SELECT t {after} ORDER BY t LIMIT ?))"  # noqa: S608
        " ORDER BY t, rowid"
    )


class StoredTables:
    """`Tables` of these sessions, which the one who asks may see. Raises StoreError while it is read."""

    def __init__(self, store: Store, session_ids: Sequence[str], batch_rows: int = BATCH_ROWS) -> None:
        self._store = store
        self._ids = list(session_ids)
        self._batch_rows = batch_rows

    def batches(self, name: str, session_id: str | None = None) -> Iterator[DataFrame]:
        """As `Tables` has it; what is written meanwhile may be in it."""
        ids = self._ids if session_id is None else [session_id]
        if name in SMALL:
            frame = self._read(name, table_query(name), [ids])
            for start in range(0, len(frame), self._batch_rows):
                yield frame.iloc[start : start + self._batch_rows]
            return
        for group in self._groups(name, ids):
            if len(group) > 1:
                yield self._read(name, table_query(name), [group])
            else:
                yield from self._pages(name, group[0])

    def _pages(self, name: str, session_id: str) -> Iterator[DataFrame]:
        after_s = float("-inf")
        while True:
            given = [session_id, after_s, session_id, after_s, self._batch_rows]
            frame = self._read(name, _page_query(name), given)
            if not len(frame):
                return
            after_s = float(frame["t"].iloc[-1])
            yield frame

    def _groups(self, name: str, ids: list[str]) -> Iterator[list[str]]:
        """Sessions that have such rows, small ones together: a read for each of a thousand would take long."""
        query = f"SELECT session_id, count(*) AS n FROM {name} WHERE list_contains(?, session_id) GROUP BY session_id"  # noqa: S608
        counts = self._store.read_batch(f"{query} ORDER BY session_id", [ids])
        group: list[str] = []
        rows = 0
        for session_id, n in zip(counts["session_id"], counts["n"].tolist(), strict=True):
            if group and rows + n > self._batch_rows:
                yield group
                group, rows = [], 0
            group.append(str(session_id))
            rows += n
        if group:
            yield group

    def _read(self, name: str, query: str, given: Sequence[object]) -> DataFrame:
        return opened(name, self._store.read_batch(query, given), self._store.open_words)
