"""Rows read batch by batch are those read at once: none twice, none missing, whatever their times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from core.record.batches import BATCH_BYTES, StoredTables
from core.record.store import Store
from core.record.tables import BATCH_ROWS, CODEBOOK, empty, load_tables
from core.types import Fault, Marker, Message, SelfReport
from tests.record.events import estimate, fused, opened, written


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    store = Store(data_dir / "attune.duckdb")
    yield store
    store.close()


async def sessions(store: Store, *lengths: int) -> list[str]:
    """One session each, with so many readings, four a second, and some of everything else."""
    ids = [f"s{number}" for number in range(len(lengths))]
    for session_id, length in zip(ids, lengths, strict=True):
        await opened(store, session_id)
        for number in range(length):
            store.append(session_id, estimate(number / 4))
            store.append(session_id, fused(number / 4))
        for event in (Marker("here", 1.0), Message("user", "hello", "sad", 0.5, 1.0, 0.2), Fault("a", "b", 2.0)):
            store.append(session_id, event)
        store.append(session_id, SelfReport(1.0, "sad", "sad"))
    await written(store)
    return ids


def joined(tables: StoredTables, name: str, session_id: str | None = None) -> pd.DataFrame:
    return pd.concat([empty(name), *tables.batches(name, session_id)], ignore_index=True)


@pytest.mark.parametrize("rows", [1, 3, 10, BATCH_ROWS])
async def test_batches_joined_are_the_whole_table(store: Store, rows: int) -> None:
    ids = await sessions(store, 0, 7, 25, 1, 2)
    tables = StoredTables(store, ids, rows)
    for name, frame in await load_tables(store, "u1"):
        pd.testing.assert_frame_equal(joined(tables, name), frame, obj=name)
        if name not in ("sessions", "consents") and len(frame):
            own = frame[frame["session_id"] == "s2"].reset_index(drop=True)
            pd.testing.assert_frame_equal(joined(tables, name, "s2"), own, obj=name)


async def test_no_batch_of_a_long_session_is_much_larger_than_asked_for(store: Store) -> None:
    ids = await sessions(store, 50, 3)
    sizes = [len(batch) for batch in StoredTables(store, ids, 10).batches("fused")]
    assert sizes == [10, 10, 10, 10, 10, 3]


async def test_many_small_sessions_come_in_few_reads(store: Store) -> None:
    ids = await sessions(store, *[2] * 30)
    assert len(list(StoredTables(store, ids, 20).batches("fused"))) == 3


async def test_rows_of_one_moment_are_neither_lost_nor_doubled(store: Store) -> None:
    await opened(store)
    labels = [f"marker {number}" for number in range(25)]
    for number, label in enumerate(labels):
        store.append("s1", Marker(label, 1.0 if number < 24 else 1e308))
    await written(store)
    assert joined(StoredTables(store, ["s1"], 5), "markers")["label"].tolist() == labels


async def test_deletion_goes_through_between_two_batches(store: Store) -> None:
    """A read that lasts as long as a download would have kept the file from being exchanged."""
    ids = await sessions(store, 20, 20)
    batches = StoredTables(store, ids, 10).batches("fused")
    next(batches)
    await store.erase(lambda connection: connection.execute("DELETE FROM fused WHERE session_id = 's1'"))
    assert [batch["session_id"].unique().tolist() for batch in batches] == [["s0"]]


async def test_nothing_is_no_batch(store: Store) -> None:
    for name in CODEBOOK:
        assert list(StoredTables(store, []).batches(name)) == []


LINE = "word " * 20_000


async def lines(store: Store, *spans: tuple[float, float | None]) -> list[str]:
    """A session with a line of 100,000 characters for each (end, beginning); what each begins with."""
    await opened(store)
    for number, (end_s, start_s) in enumerate(spans):
        store.append("s1", Message("user", f"{number} {LINE}", "sad", 0.5, end_s, start_s))
    await written(store)
    return [str(number) for number in range(len(spans))]


async def test_long_lines_come_few_at_a_time_and_none_is_lost(store: Store) -> None:
    told = await lines(store, *[(float(number // 2), None) for number in range(40)])
    batches = list(StoredTables(store, ["s1"]).batches("messages"))
    assert [text.split()[0] for batch in batches for text in batch["content"]] == told
    assert max(sum(map(len, batch["content"])) for batch in batches) <= BATCH_BYTES + 2 * len(LINE)
    assert len(batches) >= 4


async def test_lines_may_come_in_the_order_they_began(store: Store) -> None:
    await lines(store, (9.0, 1.0), (4.0, 3.0), (5.0, None), (6.0, 2.0))
    for tables in (StoredTables(store, ["s1"], 1), await load_tables(store, "u1")):
        batches = list(tables.batches("messages", "s1", is_by_start=True))
        assert [text.split()[0] for batch in batches for text in batch["content"]] == ["0", "3", "1", "2"]


async def test_line_that_is_written_meanwhile_harms_no_other(store: Store) -> None:
    await lines(store, *[(float(number), None) for number in range(30)])
    batches = StoredTables(store, ["s1"]).batches("messages")
    first = next(batches)
    store.append("s1", Message("user", "late", "sad", 0.5, 100.0, None))
    await written(store)
    texts = [text.split()[0] for batch in (first, *batches) for text in batch["content"]]
    assert texts == [*map(str, range(30)), "late"]


async def test_sessions_with_long_lines_are_not_read_together(store: Store) -> None:
    for session_id in ("a", "b", "c"):
        await opened(store, session_id)
        for number in range(8):
            store.append(session_id, Message("user", LINE, "sad", 0.5, float(number), None))
    await written(store)
    batches = list(StoredTables(store, ["a", "b", "c"]).batches("messages"))
    assert [batch["session_id"].unique().tolist() for batch in batches] == [["a"], ["b"], ["c"]]
