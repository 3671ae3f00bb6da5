"""Rows of people: found by name or id, given a role, known by another provider's word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import NotFound
from core.record import queries, users
from core.record.deletion import delete_person
from core.record.store import FILE_NAME, Store
from core.record.users import Subject

ISSUER = "https://id.example"


@pytest.fixture
async def store(data_dir: Path) -> AsyncIterator[Store]:
    store = Store(data_dir / FILE_NAME)
    yield store
    store.close()


async def test_find_user_by_name_in_any_case_or_by_id(store: Store) -> None:
    user = await users.find_or_add_subject(store, Subject(ISSUER, "1", "id:ada"))
    assert await users.find_user(store, "ID:Ada") == user.user_id
    assert await users.find_user(store, user.user_id) == user.user_id


async def test_find_user_who_is_not_there_says_so(store: Store) -> None:
    with pytest.raises(NotFound, match="there is no user nobody"):
        await users.find_user(store, "nobody")


async def test_find_user_by_an_id_that_another_took_as_a_name_is_the_one_of_that_id(store: Store) -> None:
    one = await users.find_or_add_subject(store, Subject(ISSUER, "1", "id:ada"))
    two = await users.find_or_add_subject(store, Subject(ISSUER, "2", one.user_id))
    assert await users.find_user(store, one.user_id) == one.user_id
    assert await users.find_user(store, two.user_id) == two.user_id


async def test_set_role_changes_that_user_alone(store: Store) -> None:
    one, two = [await users.find_or_add_subject(store, Subject(ISSUER, n, f"id:{n}")) for n in "12"]
    await users.set_role(store, one.user_id, "admin")
    assert {row["user_id"]: row["role"] for row in await queries.list_users(store)} == {
        one.user_id: "admin",
        two.user_id: "visitor",
    }


async def test_subject_keeps_name_and_role_when_the_provider_shows_another_name(store: Store) -> None:
    first = await users.find_or_add_subject(store, Subject(ISSUER, "1", "id:ada"))
    await users.set_role(store, first.user_id, "facilitator")
    again = await users.find_or_add_subject(store, Subject(ISSUER, "1", "id:countess"))
    assert again == users.User(first.user_id, "id:ada", "facilitator")


async def test_two_subjects_of_one_shown_name_are_two_people(store: Store) -> None:
    one = await users.find_or_add_subject(store, Subject(ISSUER, "1", "id:ada"))
    two = await users.find_or_add_subject(store, Subject(ISSUER, "2", "id:ada"))
    assert one.user_id != two.user_id
    assert (one.username, two.username) == ("id:ada", f"id:ada:{two.user_id[:8]}")


async def test_one_subject_of_two_issuers_is_two_people(store: Store) -> None:
    one = await users.find_or_add_subject(store, Subject(ISSUER, "1", "id:ada"))
    two = await users.find_or_add_subject(store, Subject("https://other.example", "1", "other:ada"))
    assert one.user_id != two.user_id


@pytest.mark.parametrize("act", ["demote", "purge"])
async def test_of_two_admins_who_turn_on_each_other_at_once_one_stays(store: Store, act: str) -> None:
    one, two = [(await users.find_or_add_subject(store, Subject(ISSUER, n, f"id:{n}"))).user_id for n in "12"]
    for user_id in (one, two):
        await users.set_role(store, user_id, "admin")

    async def turn_on(other: str, admin_id: str) -> None:
        if act == "demote":
            await users.set_role(store, other, "visitor", admin_id)
        else:
            await delete_person(store, other, admin_id)

    outcomes = await asyncio.gather(turn_on(one, two), turn_on(two, one), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "NotFound"]
    assert [row["role"] for row in await queries.list_users(store)].count("admin") == 1
