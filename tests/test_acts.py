"""What is done across rooms: in which order the rooms hear of it, with and without anybody live."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core import acts
from core.errors import NotFound, StoreError, Unauthorised
from core.people import Person
from core.record import deletion, queries, users
from core.record.accounts import Accounts
from core.record.passwords import Verdict
from core.record.store import FILE_NAME, Store
from core.record.users import Subject
from core.settings import Settings
from tests.record.events import fused, opened, written
from tests.sources import module, parsed, sources

PASSWORD = "seven green lanterns"  # noqa: S105
ADA = Subject("https://id.example", "4711", "id:ada")


@dataclass
class Live:
    """Sessions that only write down what they were told, and how many of them end when asked."""

    told: list[tuple[str, object]] = field(default_factory=list)
    running: int = 0

    async def change_person(self, person: Person) -> None:
        self.told.append(("scopes", frozenset(person.scopes)))

    async def let_go(self, user_id: str) -> None:
        self.told.append(("let go", user_id))

    def stop_keeping(self, session_id: str) -> None:
        self.told.append(("stop keeping", session_id))

    async def close_of(self, user_id: str, device_id: str | None = None, *, spare: str | None = None) -> int:
        self.told.append(("close", device_id if spare is None else f"all but {spare}"))
        ended, self.running = self.running, 0
        return ended


@dataclass
class House:
    settings: Settings
    store: Store
    accounts: Accounts
    sessions: Live = field(default_factory=Live)


@pytest.fixture
async def house(data_dir: Path) -> AsyncIterator[House]:
    settings = Settings(data_dir=data_dir)
    store = Store(data_dir / FILE_NAME)
    accounts = Accounts(store, settings)
    yield House(settings, store, accounts)
    accounts.passwords.close()
    store.close()


def with_admin(house: House, name: str, password: str) -> House:
    house.settings = Settings(data_dir=house.settings.data_dir, admin_username=name, admin_password=password)
    return house


async def roles(house: House) -> dict[str, str]:
    return {row["username"]: row["role"] for row in await queries.list_users(house.store)}


async def a_kept_session(house: House, person: Person, session_id: str = "s1") -> None:
    await opened(house.store, session_id, person.user_id)
    house.store.append(session_id, fused(1.0))
    await written(house.store)


# -- the doors ------------------------------------------------------------------------------------

ACROSS_ROOMS = {
    "sessions": {"change_person", "let_go", "stop_keeping", "close_of"},
    "accounts": {"log_in", "enter", "change_scopes", "revoke", "forget", "change_password"},
    "deletion": {"delete_session", "delete_person", "delete_kept"},
    "users": {"set_role", "find_or_add_subject"},
}
"""what a door would forget half of, if it did it by itself"""
DOORS = [
    p for p in sources() if module(p).startswith(("app", "pages", "core.rest", "core.transports", "core.commands"))
]


@pytest.mark.parametrize("path", DOORS, ids=module)
def test_door_leaves_what_crosses_rooms_to_the_acts(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute):
            owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
            assert node.attr not in ACROSS_ROOMS.get(owner, set()), f"{module(path)}:{node.lineno}: see core/acts.py"


# -- coming in and going out ----------------------------------------------------------------------


async def test_log_in_with_other_scopes_reaches_the_sessions_of_every_device(house: House) -> None:
    await house.accounts.sign_up("ada", PASSWORD, ["camera"], "self")
    await acts.log_in(house, "ada", PASSWORD, ["microphone"], "self")
    assert house.sessions.told == [("scopes", {"microphone"})]


async def test_log_in_with_a_wrong_password_tells_no_room(house: House) -> None:
    await house.accounts.sign_up("ada", PASSWORD, [], "self")
    with pytest.raises(Unauthorised):
        await acts.log_in(house, "ada", "eleven red umbrellas", ["camera"], "self")
    assert house.sessions.told == []


async def test_sign_in_with_the_same_subject_again_is_the_same_person(house: House) -> None:
    _, first = await acts.sign_in_with(house, ADA, ["camera"], "self")
    _, again = await acts.sign_in_with(house, Subject(ADA.issuer, ADA.name, "id:countess"), None, "self")
    assert (again.user_id, again.username, again.scopes) == (first.user_id, "id:ada", {"camera"})
    assert house.sessions.told == [("scopes", {"camera"}), ("scopes", {"camera"})]


async def test_sign_out_counts_sessions_and_tokens_and_looks_twice_for_sessions(house: House) -> None:
    token, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    house.sessions.running = 2
    assert await acts.sign_out(house, person.user_id) == (2, 1)
    assert house.sessions.told == [("close", None), ("close", None)]
    with pytest.raises(Unauthorised):
        await house.accounts.person(token)


async def test_sign_out_of_a_device_that_is_not_there_is_not_found(house: House) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    with pytest.raises(NotFound, match="no such device"):
        await acts.sign_out(house, person.user_id, "0123456789abcdef")


async def test_another_password_ends_the_sessions_of_every_other_device(house: House) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    lost, _ = await house.accounts.log_in("ada", PASSWORD, None, "self")
    house.sessions.running = 2
    assert await acts.change_password(house, person, PASSWORD, "eleven red umbrellas") == 2
    assert house.sessions.told == [("close", f"all but {person.device_id}")]
    with pytest.raises(Unauthorised):
        await house.accounts.person(lost)


async def test_a_wrong_present_password_ends_nothing(house: House) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    with pytest.raises(Unauthorised):
        await acts.change_password(house, person, "not this one at all", "eleven red umbrellas")
    assert house.sessions.told == []


# -- consent and deletion -------------------------------------------------------------------------


async def test_change_scopes_with_delete_removes_what_was_covered(house: House) -> None:
    _, person = await house.accounts.guest(["camera", "history"], "self")
    await a_kept_session(house, person)
    changed = await acts.change_scopes(house, person, ["camera"], deletes=True)
    assert changed.scopes == {"camera"}
    assert house.sessions.told == [("scopes", {"camera"})]
    assert (await deletion.count_kept(house.store, person.user_id))["fused"] == 0


async def test_change_scopes_without_delete_keeps_what_was_covered(house: House) -> None:
    _, person = await house.accounts.guest(["camera", "history"], "self")
    await a_kept_session(house, person)
    await acts.change_scopes(house, person, ["camera"], deletes=False)
    assert (await deletion.count_kept(house.store, person.user_id))["fused"] == 1


async def test_delete_session_that_runs_goes_on_without_being_kept(house: House) -> None:
    _, person = await house.accounts.guest(["camera", "history"], "self")
    await a_kept_session(house, person)
    await acts.delete_session(house, person.user_id, "s1")
    assert house.sessions.told == [("stop keeping", "s1")]
    assert (await deletion.count_kept(house.store, person.user_id))["sessions"] == 0


async def test_delete_session_of_somebody_else_changes_nothing(house: House) -> None:
    _, person = await house.accounts.guest(["camera", "history"], "self")
    await a_kept_session(house, person)
    with pytest.raises(NotFound):
        await acts.delete_session(house, "somebody-else", "s1")
    assert house.sessions.told == []


async def test_delete_person_lets_sessions_go_first_and_leaves_nothing(house: House) -> None:
    token, person = await house.accounts.sign_up("ada", PASSWORD, ["camera", "history"], "self")
    await a_kept_session(house, person)
    await acts.delete_person(house, person.user_id)
    assert house.sessions.told == [("let go", person.user_id)] * 2, "once more: some may have begun meanwhile"
    assert set((await deletion.count_kept(house.store, person.user_id)).values()) == {0}
    with pytest.raises(Unauthorised):
        await house.accounts.person(token)


# -- what was under way while somebody was deleted, signed out or demoted ------------------------------


async def nothing_left(house: House, user_id: str) -> bool:
    users = await house.store.read("SELECT 1 FROM users WHERE user_id = ?", [user_id])
    return not users and set((await deletion.count_kept(house.store, user_id)).values()) == {0}


def interrupt(house: House, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Awaitable[object]]) -> None:
    """Let something happen while a password is being checked."""
    check = house.accounts.passwords.check

    async def slow(password: str, password_hash: str | None) -> Verdict:
        verdict = await check(password, password_hash)
        await meanwhile()
        return verdict

    monkeypatch.setattr(house.accounts.passwords, "check", slow)


@pytest.mark.parametrize("scopes", [None, ["camera", "history"]])
async def test_login_under_way_while_the_account_is_deleted_lets_nobody_in(
    house: House, monkeypatch: pytest.MonkeyPatch, scopes: list[str] | None
) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, ["camera", "history"], "self")
    interrupt(house, monkeypatch, lambda: acts.delete_person(house, person.user_id))
    with pytest.raises(Unauthorised):
        await acts.log_in(house, "ada", PASSWORD, scopes, "self")
    assert await nothing_left(house, person.user_id)


async def test_logins_and_a_deletion_at_once_leave_no_token_of_nobody(house: House) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, ["camera", "history"], "self")
    entering = [asyncio.create_task(acts.log_in(house, "ada", PASSWORD, ["camera"], "self")) for _ in range(4)]
    await asyncio.sleep(0.01)
    await acts.delete_person(house, person.user_id)
    for outcome in await asyncio.gather(*entering, return_exceptions=True):
        if not isinstance(outcome, BaseException):
            with pytest.raises(Unauthorised):
                await house.accounts.person(outcome[0])
    assert await nothing_left(house, person.user_id)


async def test_sign_in_under_way_while_the_account_is_deleted_lets_nobody_in(house: House) -> None:
    _, person = await acts.sign_in_with(house, ADA, ["camera", "history"], "self")
    user = await users.find_or_add_subject(house.store, ADA)
    await acts.delete_person(house, person.user_id)
    with pytest.raises(Unauthorised):
        await house.accounts.enter(user, None, "self")
    assert await nothing_left(house, person.user_id)


@pytest.mark.parametrize("scopes", [["camera", "history", "text"], []], ids=["more", "less"])
async def test_guest_who_changes_scopes_while_an_admin_purges_them_does_not_come_back(
    house: House, scopes: list[str]
) -> None:
    token, person = await house.accounts.guest(["camera", "history"], "self")
    purging = asyncio.create_task(acts.delete_person(house, person.user_id))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(Unauthorised):
        await acts.change_scopes(house, person, scopes, deletes=False)
    await purging
    assert await nothing_left(house, person.user_id)
    with pytest.raises(Unauthorised):
        await house.accounts.person(token)


async def test_session_that_begins_while_its_person_is_deleted_is_not_kept(house: House) -> None:
    _, person = await house.accounts.guest(["camera", "history"], "self")
    await acts.delete_person(house, person.user_id)
    with pytest.raises(StoreError, match="deleted meanwhile"):
        await house.store.open_session("late", person.user_id, 1_800_000_000.0, person.consent_id, {})
    assert await nothing_left(house, person.user_id)


async def test_token_that_is_looked_up_while_its_person_is_deleted_is_refused(house: House) -> None:
    token, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    house.accounts.forget(person.user_id)  # as after a restart: it is on disk alone
    find = house.accounts._find

    async def slow(token_hash: str) -> Person:
        found = await find(token_hash)
        await acts.delete_person(house, person.user_id)
        return found

    house.accounts._find = slow  # type: ignore[method-assign]
    with pytest.raises(Unauthorised):
        await house.accounts.person(token)


async def test_login_with_the_former_password_under_way_while_it_is_changed_lets_nobody_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.accounts.sign_up("ada", PASSWORD, [], "self")
    interrupt(house, monkeypatch, lambda: house.accounts.set_password("ada", "eleven red umbrellas"))
    with pytest.raises(Unauthorised):
        await acts.log_in(house, "ada", PASSWORD, None, "self")


async def test_login_under_way_while_the_role_is_taken_comes_in_without_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, [], "self", role="admin")
    interrupt(house, monkeypatch, lambda: acts.set_role(house, person.user_id, "visitor"))
    assert (await acts.log_in(house, "ada", PASSWORD, None, "self"))[1].role == "visitor"


async def test_login_under_way_while_consent_is_taken_back_brings_none_of_it_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, ["camera", "history"], "self")
    interrupt(house, monkeypatch, lambda: acts.change_scopes(house, person, [], deletes=False))
    assert (await acts.log_in(house, "ada", PASSWORD, None, "self"))[1].scopes == set()


NEW = "eleven red umbrellas"
HERS = "nine blue teapots"


async def _another_takes_the_name(house: House, person: Person) -> None:
    await acts.delete_person(house, person.user_id)
    await house.accounts.sign_up("ada", HERS, ["camera", "history"], "self")


def _while_hashing(house: House, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Awaitable[object]]) -> None:
    """Let something happen, once, while a new password is being hashed."""
    make = house.accounts.passwords.hash

    async def slow(password: str) -> str:
        monkeypatch.setattr(house.accounts.passwords, "hash", make)
        await meanwhile()
        return await make(password)

    monkeypatch.setattr(house.accounts.passwords, "hash", slow)


@pytest.mark.parametrize("during", [interrupt, _while_hashing], ids=["check", "hash"])
async def test_change_of_a_password_under_way_leaves_whoever_has_the_name_by_then_alone(
    house: House, monkeypatch: pytest.MonkeyPatch, during: Callable[..., None]
) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    during(house, monkeypatch, lambda: _another_takes_the_name(house, person))
    with pytest.raises(Unauthorised):
        await acts.change_password(house, person, PASSWORD, NEW)
    monkeypatch.undo()
    assert (await acts.log_in(house, "ada", HERS, None, "self"))[1].user_id != person.user_id
    with pytest.raises(Unauthorised):
        await acts.log_in(house, "ada", NEW, None, "self")


async def test_reset_of_a_password_under_way_leaves_whoever_has_the_name_by_then_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    _while_hashing(house, monkeypatch, lambda: _another_takes_the_name(house, person))
    with pytest.raises(NotFound):
        await house.accounts.set_password("Ada", NEW)
    assert (await acts.log_in(house, "ada", HERS, None, "self"))[1].user_id != person.user_id


@pytest.mark.parametrize("act", ["signed out", "reset"])
async def test_change_of_a_password_under_way_by_a_device_that_was_signed_out_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    _, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    meanwhile: dict[str, Callable[[], Awaitable[object]]] = {
        "signed out": lambda: acts.sign_out(house, person.user_id, person.device_id),
        "reset": lambda: house.accounts.set_password("ada", HERS),
    }
    _while_hashing(house, monkeypatch, meanwhile[act])
    with pytest.raises(Unauthorised):
        await acts.change_password(house, person, PASSWORD, NEW)
    stays = HERS if act == "reset" else PASSWORD
    assert (await acts.log_in(house, "ada", stays, None, "self"))[1].user_id == person.user_id


# -- roles ----------------------------------------------------------------------------------------


async def test_set_role_is_in_force_for_tokens_that_are_out(house: House) -> None:
    token, person = await house.accounts.sign_up("ada", PASSWORD, [], "self")
    await acts.set_role(house, person.user_id, "facilitator")
    assert (await house.accounts.person(token)).role == "facilitator"


async def test_set_role_of_nobody_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        await acts.set_role(house, "nobody", "admin")


async def test_first_admin_is_made_from_the_settings_and_has_to_sign_in(house: House) -> None:
    await acts.ensure_first_admin(with_admin(house, "Keeper", PASSWORD))
    assert await roles(house) == {"keeper": "admin"}
    assert (await queries.list_users(house.store))[0]["devices"] == 0
    _, person = await acts.log_in(house, "keeper", PASSWORD, None, "other")
    assert (person.role, person.scopes) == ("admin", frozenset())


async def test_first_admin_who_has_an_account_keeps_their_password(house: House) -> None:
    await house.accounts.sign_up("keeper", PASSWORD, [], "self")
    await acts.ensure_first_admin(with_admin(house, "keeper", "eleven red umbrellas"))
    assert await roles(house) == {"keeper": "admin"}
    assert (await acts.log_in(house, "keeper", PASSWORD, None, "other"))[1].role == "admin"


@pytest.mark.parametrize("name", ["", "keeper"], ids=["none named", "no account and no password"])
async def test_first_admin_cannot_be_made_and_nobody_is(
    house: House, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    await acts.ensure_first_admin(with_admin(house, name, ""))
    assert await roles(house) == {}
    assert ("no account yet" in caplog.text) is bool(name)
