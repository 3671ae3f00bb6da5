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
    assert not quota.reached("u1")


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
    assert store.quota_reached("s1")
    assert abs(await queries.stored_of(store, "u1") - LIMIT_MB * 1e6) < 2 * 260
    await opened(store, "s2", "u2")
    assert not store.quota_reached("s2")
    assert not store.quota_reached("unknown")


async def test_another_session_and_another_start_do_not_begin_anew(store: Store, path: Path) -> None:
    await filled(store)
    assert await filled(store, "s2") == 0
    store.close()
    again = Store(path, max_stored_mb=LIMIT_MB)
    assert await filled(again, "s3") <= 1
    assert again.quota_reached("s3")
    again.close()


async def test_deletion_makes_room_in_a_session_that_runs(store: Store) -> None:
    kept = await filled(store)
    await opened(store, "s2")
    assert store.quota_reached("s2")
    await deletion.delete_session(store, "u1", "s1")
    assert not store.quota_reached("s2")
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


# -- guests of one address ------------------------------------------------------------------------


async def test_new_guests_of_an_address_have_one_limit_together_and_others_go_on(path: Path) -> None:
    store = Store(path, max_stored_mb=LIMIT_MB, max_guests_mb=1.5 * LIMIT_MB)
    for user_id, address in (
        ("u1", "203.0.113.7"),
        ("u2", "203.0.113.7"),
        ("u3", "203.0.113.7"),
        ("u4", "198.51.100.1"),
    ):
        store.guest_from(user_id, address)
    kept = [await filled(store, f"s{n}", f"u{n}") for n in range(1, 6)]  # u5 has an account
    assert kept[0] == kept[3] == kept[4]
    assert 0 < kept[1] < kept[0]
    assert kept[2] == 0
    assert [store.quota_reached(f"s{n}") for n in range(1, 6)] == ["person", "address", "address", "person", "person"]
    store.close()


async def test_guest_who_deletes_makes_room_for_the_others_of_their_address(path: Path) -> None:
    store = Store(path, max_guests_mb=LIMIT_MB)
    for user_id in ("u1", "u2"):
        store.guest_from(user_id, "203.0.113.7")
    assert await filled(store, "s1", "u1") > 0
    assert await filled(store, "s2", "u2") == 0
    await deletion.delete_person(store, "u1")
    assert store.quota_reached("s2") == ""
    store.append("s2", Marker(LONG, 1.0))
    await written(store)
    assert await count(store, "markers") == 1
    store.close()


def test_what_was_kept_of_a_guest_counts_after_their_session_too() -> None:
    quota = Quota(1000, 100)
    quota.came_from("u1", "203.0.113.7")
    quota.count("u1", 100)
    quota.forget("u1")
    quota.came_from("u2", "203.0.113.7")
    assert quota.reached("u2") == "address"
    quota.count("u1", 20)
    assert quota.reached("u2") == ""


def test_remembered_guests_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr("core.record.quota.MOST_GUESTS", 3)
    quota = Quota(1000, 100)
    for number in range(5):
        quota.came_from(f"u{number}", "203.0.113.7")
        quota.count(f"u{number}", 10)
    assert quota._of_address["203.0.113.7"] == 30
    assert len(quota._origins) == len(quota._of_guest) == 3
