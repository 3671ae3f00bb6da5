from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import NotFound
from core.record import queries, timelines
from core.record.spans import LABELS
from core.record.store import Store
from core.types import EMOTIONS
from tests.record.events import fused, opened, written


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    store = Store(data_dir / "attune.duckdb")
    yield store
    store.close()


async def test_sessions_are_listed_newest_first_and_only_ones_own(store: Store) -> None:
    for number in range(3):
        await opened(store, f"s{number}", "u1", 1_800_000_000.0 + number)
    await opened(store, "other", "u2")
    await store.close_session("s0", 1_800_000_060.5)
    total, rows = await timelines.list_with_sparklines(store, "u1", 50)
    assert total == 3
    assert [(row["session_id"], row["started_at"], row["ended_at"]) for row in rows] == [
        ("s2", 1_800_000_002.0, None),
        ("s1", 1_800_000_001.0, None),
        ("s0", 1_800_000_000.0, 1_800_000_060.5),
    ]
    assert [row["session_id"] for row in (await timelines.list_with_sparklines(store, "u1", 1, 1))[1]] == ["s1"]
    assert await timelines.list_with_sparklines(store, "nobody", 50) == (0, [])


async def test_a_summary_says_what_led_and_for_how_much_of_the_time_nobody_was_sure(store: Store) -> None:
    await opened(store, smoothing_s=0.6)
    for step, leading in enumerate(["happy", "happy", "sad", "neutral"]):
        store.append("s1", fused(step, leading, quality=0.5))
    store.append("s1", fused(9.5, "angry", abstained=True, quality=1.0))
    await opened(store, "s2", "u1")
    store.append("s2", fused(50.0, "disgust"))
    await written(store)
    summary = await queries.session_summary(store, "u1", "s1")
    assert summary["shares"] == dict.fromkeys(LABELS, 0) | {"happy": 0.4, "sad": 0.2, "neutral": 0.2, "uncertain": 0.2}
    assert (summary["n_readings"], summary["duration_s"]) == (5, 9.5)
    assert summary["mean_quality"] == pytest.approx(0.6)
    assert (summary["session_id"], summary["consent_id"], summary["settings"]) == ("s1", "c1", {"smoothing_s": 0.6})
    assert (summary["started_at"], summary["ended_at"]) == (1_800_000_000.0, None)


@pytest.mark.parametrize("label", EMOTIONS)
async def test_each_expression_counts_under_its_own_name(store: Store, label: str) -> None:
    await opened(store)
    store.append("s1", fused(1.0, label))
    await written(store)
    assert (await queries.session_summary(store, "u1", "s1"))["shares"][label] == 1.0


async def test_a_session_without_readings_has_a_summary(store: Store) -> None:
    await opened(store)
    summary = await queries.session_summary(store, "u1", "s1")
    assert (summary["n_readings"], summary["duration_s"]) == (0, 0)
    assert summary["mean_quality"] is None
    assert set(summary["shares"].values()) == {0}


@pytest.mark.parametrize(("user_id", "session_id"), [("u2", "s1"), ("u1", "s2"), ("", "")])
async def test_foreign_and_unknown_sessions_are_not_found(store: Store, user_id: str, session_id: str) -> None:
    await opened(store)
    with pytest.raises(NotFound):
        await queries.session_summary(store, user_id, session_id)
