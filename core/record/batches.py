"""Kept rows of some sessions, read where they lie, a batch at a time with a cursor of its own each.

No read lasts as long as an export does: between two batches a deletion finds the database free, and neither a long
session nor a slow download is ever held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.record.store import Store
from core.record.tables import BATCH_ROWS, columns_of, opened, table_query

if TYPE_CHECKING:
    from pandas import DataFrame

SMALL = ("sessions", "consents")
"""have no time of their own to go on from, and a row a session"""


BATCH_BYTES = 1_000_000
"""of sealed words read at a time: one line may have 200,000 characters"""


@cache
def _page_query(name: str) -> str:
    """Rows of one session after a time, up to a time: all rows of one time come together, however many."""
    columns = columns_of(name)
    after = f"FROM {name} WHERE session_id = ? AND t > ?"
    return (
        f"SELECT {columns} {after} AND t <= (SELECT max(t) FROM (SELECT t {after} ORDER BY t LIMIT ?))"  # noqa: S608
        " ORDER BY t, rowid"
    )


BY_END, BY_START = "t", "coalesce(start_s, t)"


@cache
def _words_queries(key: str) -> tuple[str, str]:
    """Time and size of each line of a session; and its lines after a time, up to a time."""
    size = f"SELECT {key} AS at_s, octet_length(content) AS size FROM messages WHERE session_id = ? ORDER BY at_s"  # noqa: S608
    lines = f"SELECT {columns_of('messages')} FROM messages WHERE session_id = ? AND {key} > ? AND {key} <= ?"  # noqa: S608
    return size, f"{lines} ORDER BY {key}, rowid"


@cache
def _size_query(name: str) -> str:
    """How many rows each session has; of words as many as would take that many bytes, where that is more."""
    rows = f"greatest(count(*), sum(octet_length(content)) * ? // {BATCH_BYTES})" if name == "messages" else "count(*)"
    return f"SELECT session_id, {rows}::BIGINT AS n FROM {name} WHERE list_contains(?, session_id) GROUP BY session_id"  # noqa: S608


class StoredTables:
    """`Tables` of these sessions, which the one who asks may see. Raises StoreError while it is read."""

    def __init__(self, store: Store, session_ids: Sequence[str], batch_rows: int = BATCH_ROWS) -> None:
        self._store = store
        self._ids = list(session_ids)
        self._batch_rows = batch_rows

    def batches(self, name: str, session_id: str | None = None, *, is_by_start: bool = False) -> Iterator[DataFrame]:
        """As `Tables` has it; what is written meanwhile may be in it."""
        ids = self._ids if session_id is None else [session_id]
        if name in SMALL:
            frame = self._read(name, table_query(name), [ids])
            for start in range(0, len(frame), self._batch_rows):
                yield frame.iloc[start : start + self._batch_rows]
            return
        for group in self._groups(name, ids):
            if len(group) > 1 and not is_by_start:
                yield self._read(name, table_query(name), [group])
            else:
                for one in group:
                    yield from self._words(one, is_by_start) if name == "messages" else self._pages(name, one)

    def _pages(self, name: str, session_id: str) -> Iterator[DataFrame]:
        after_s = float("-inf")
        while True:
            given = [session_id, after_s, session_id, after_s, self._batch_rows]
            frame = self._read(name, _page_query(name), given)
            if not len(frame):
                return
            after_s = float(frame["t"].iloc[-1])
            yield frame

    def _words(self, session_id: str, is_by_start: bool) -> Iterator[DataFrame]:
        """Their sizes are looked at once; they lie in the file in pieces of MB, which each read goes through."""
        sizes, lines = _words_queries(BY_START if is_by_start else BY_END)
        found = self._store.read_batch(sizes, [session_id])
        after_s = float("-inf")
        for up_to_s in _cuts(found["at_s"].to_numpy(), found["size"].to_numpy(), self._batch_rows):
            frame = self._read("messages", lines, [session_id, after_s, up_to_s])
            after_s = up_to_s
            if len(frame):
                yield frame

    def _groups(self, name: str, ids: list[str]) -> Iterator[list[str]]:
        """Sessions that have such rows, small ones together: a read for each of a thousand would take long."""
        given = [self._batch_rows, ids] if name == "messages" else [ids]
        counts = self._store.read_batch(f"{_size_query(name)} ORDER BY session_id", given)
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


def _cuts(times: NDArray[np.float64], sizes: NDArray[np.int64], most_rows: int) -> Iterator[float]:
    """Times (n,) in order, in runs of at most `most_rows` and about BATCH_BYTES: the last time of each.

    The last of all is NaN, which the database holds for the greatest: what was written meanwhile comes too.
    """
    bytes_before = np.concatenate(([0], np.cumsum(sizes)))
    first = 0
    while first < len(times):
        fitting = int(np.searchsorted(bytes_before, bytes_before[first] + BATCH_BYTES, side="right")) - 1
        last = min(max(fitting, first + 1), first + most_rows) - 1
        beyond = int(np.searchsorted(times, times[last], side="right"))
        if beyond >= len(times):
            break
        yield float(times[last])
        first = beyond
    yield float("nan")
