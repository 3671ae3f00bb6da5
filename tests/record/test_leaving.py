"""A person who is being deleted: no token of theirs is good from the moment it was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core import acts
from core.errors import NotFound, Unauthorised
from core.record.accounts import Accounts
from core.record.store import Store
from core.settings import Settings


class House:
    """What an act reaches; nothing runs."""

    def __init__(self, data_dir: Path) -> None:
        self.settings = Settings(data_dir=data_dir)
        self.store = Store(data_dir / "attune.duckdb")
        self.accounts = Accounts(self.store, self.settings)
        self.sessions = self

    async def let_go(self, _user_id: str) -> None:
        await asyncio.sleep(0)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    yield made
    made.accounts.passwords.close()
    made.store.close()


@asynccontextmanager
async def _deleting(house: House, monkeypatch: pytest.MonkeyPatch, user_id: str) -> AsyncIterator[None]:
    """Within it the rows of this person are gone, and the file is not rewritten yet."""
    rewriting, go_on, erase = asyncio.Event(), asyncio.Event(), house.store.erase

    async def slow(delete) -> int:
        rows = await house.store.execute(delete)
        rewriting.set()
        await go_on.wait()
        return rows + await erase(lambda _connection: 0)

    monkeypatch.setattr(house.store, "erase", slow)
    task = asyncio.create_task(acts.delete_person(house, user_id))  # type: ignore[arg-type]
    await rewriting.wait()
    try:
        yield
    finally:
        go_on.set()
        await task


@pytest.mark.parametrize("scopes", [["camera"], ["camera", "history"]])
async def test_token_of_a_guest_is_refused_while_the_file_is_rewritten(house, monkeypatch, scopes) -> None:
    token, person = await house.accounts.guest(scopes, "self")
    _, other = await house.accounts.guest(["camera"], "self")
    async with _deleting(house, monkeypatch, person.user_id):
        with pytest.raises(Unauthorised):
            await house.accounts.person(token)
        with pytest.raises(Unauthorised):
            await house.accounts.again(person)
        assert (await house.accounts.again(other)).user_id == other.user_id
    with pytest.raises(Unauthorised):
        await house.accounts.person(token)


async def test_every_device_of_an_account_is_refused_from_the_moment_it_was_asked(house, monkeypatch) -> None:
    name, password = "ada.l", "seven green lanterns"
    tokens = [(await house.accounts.sign_up(name, password, ["camera"], "self"))[0]]
    tokens.append((await house.accounts.log_in(name, password, None, "self"))[0])
    user_id = (await house.accounts.person(tokens[0])).user_id
    task = asyncio.create_task(acts.delete_person(house, user_id))
    await asyncio.sleep(0)  # it has begun, and no row has gone
    for token in tokens:
        with pytest.raises(Unauthorised):
            await house.accounts.person(token)
    await task


async def test_deletion_that_is_refused_leaves_the_tokens_good(house) -> None:
    token, person = await house.accounts.guest(["camera", "history"], "self")
    with pytest.raises(NotFound):
        await acts.delete_person(house, person.user_id, admin_id="nobody")
    assert (await house.accounts.person(token)).user_id == person.user_id


async def test_of_two_deletions_at_once_the_first_to_end_lets_nobody_in(house, monkeypatch) -> None:
    token, person = await house.accounts.guest(["camera"], "self")
    with house.accounts.leaving(person.user_id):
        with house.accounts.leaving(person.user_id):
            pass
        with pytest.raises(Unauthorised):
            await house.accounts.person(token)
