"""How much is kept of one person: counted as it comes in, refused above the limit, free again after a deletion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.record import deletion, queries
from core.record.quota import Quota, bytes_of
from core.record.store import Store
from core.types import Fault, Marker, Message, SelfReport
from tests.record.events import count, estimate, fused, opened, written

LIMIT_MB = 0.02
LONG = "x" * 200


@pytest.fixture
def path(data_dir: Path) -> Path:
    return data_dir / "attune.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path, max_stored_mb=LIMIT_MB)
    yield store
    store.close()


async def filled(store: Store, session_id: str = "s1", user_id: str = "u1") -> int:
    """Markers until no more are taken; returns how many were."""
    await opened(store, session_id, user_id)
    before = await count(store, "markers")
    for number in range(200):
        store.append(session_id, Marker(LONG, number))
    await written(store)
    return await count(store, "markers") - before


def test_text_counts_by_its_bytes() -> None:
    assert bytes_of(Marker(LONG, 0.0)) - bytes_of(Marker("", 0.0)) == 200
    assert bytes_of(Marker("é" * 10, 0.0)) - bytes_of(Marker("", 0.0)) == 20
    assert bytes_of(Marker("\ud800", 0.0)) > 0, "what does not fit its table must not stop the count"


def test_limit_is_each_persons_own() -> None:
    quota = Quota(100)
    quota.count("u1", 99)
    assert quota.takes("u1", Marker("", 0.0))
    assert not quota.takes("u1", Marker("", 0.0))
    assert quota.takes("u2", Marker("", 0.0))
    quota.forget("u1")
    assert not quota.is_reached("u1")


async def test_what_was_counted_coming_in_is_what_is_found_on_disk(path: Path) -> None:
    store = Store(path)
    await opened(store)
    events = [estimate(1.0), fused(1.0), Marker("é" * 50, 1.0), SelfReport(1.0, "happy", "sad"), Fault("x", "why", 1.0)]
    before = await queries.stored_of(store, "u1")
    for event in events:
        store.append("s1", event)
    store.append("s1", Message("user", "a lighthouse", "happy", 0.5, 1.0))
    await written(store)
    stored = await queries.stored_of(store, "u1") - before
    sealed = 100 + len("a lighthouse") + 28  # its nonce and tag
    assert stored == sum(map(bytes_of, events)) + sealed
    assert await queries.stored_of(store, "nobody") == 0
    store.close()


async def test_nothing_more_is_kept_above_the_limit_and_others_go_on(store: Store) -> None:
    kept = await filled(store)
    assert 0 < kept < 200
    assert store.is_full("s1")
    assert abs(await queries.stored_of(store, "u1") - LIMIT_MB * 1e6) < 2 * 260
    await opened(store, "s2", "u2")
    assert not store.is_full("s2")
    assert not store.is_full("unknown")


async def test_another_session_and_another_start_do_not_begin_anew(store: Store, path: Path) -> None:
    await filled(store)
    assert await filled(store, "s2") == 0
    store.close()
    again = Store(path, max_stored_mb=LIMIT_MB)
    assert await filled(again, "s3") <= 1
    assert again.is_full("s3")
    again.close()


async def test_deletion_makes_room_in_a_session_that_runs(store: Store) -> None:
    kept = await filled(store)
    await opened(store, "s2")
    assert store.is_full("s2")
    await deletion.delete_session(store, "u1", "s1")
    assert not store.is_full("s2")
    for number in range(200):
        store.append("s2", Marker(LONG, number))
    await written(store)
    assert abs(await count(store, "markers") - kept) <= 2


async def test_count_goes_with_the_last_session_of_a_person(store: Store) -> None:
    await opened(store, "s1")
    await opened(store, "s2")
    await store.close_session("s1", 1e9)
    assert store._quota.people() == ["u1"]
    store.forget("s2")
    assert store._quota.people() == []


def test_a_text_that_is_none_counts_nothing_and_fails_nothing() -> None:
    """Its row is refused by the writer, which says why."""
    assert bytes_of(Marker(None, 1.0)) == bytes_of(Marker("", 1.0))  # type: ignore[arg-type]
