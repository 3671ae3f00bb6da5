from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import Refused, SessionError, Unauthorised
from core.people import PURPOSES, REFUSED_PURPOSES, SCOPES
from core.record import consents
from core.record.accounts import TOKEN_LENGTH, Accounts
from core.record.consent_text import CONSENT_VERSION, ENGLISH, consent_text, hash_of
from core.record.store import Store
from core.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    store = Store(data_dir / "attune.duckdb")
    yield store
    store.close()


# -- what is let in -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scopes",
    [
        [],
        ["camera"],
        ["camera", "microphone", "text", "history"],
        ["history"],
        ["observe"],
        ["device"],
        ("camera", "camera"),
    ],
)
def test_known_scopes_pass(scopes: list[str]) -> None:
    assert consents.check_scopes(scopes) == frozenset(scopes)


@pytest.mark.parametrize(
    ("scopes", "kind", "code"),
    [
        (["camera", "smell"], SessionError, "unknown_scope"),
        (["Camera"], SessionError, "unknown_scope"),
        ("camera history", SessionError, "unknown_scope"),
        ([["camera"]], SessionError, "unknown_scope"),
        ([None], SessionError, "unknown_scope"),
        (["text"], SessionError, "scope_needs_history"),
        (["camera", "text"], SessionError, "scope_needs_history"),
        (["train"], Refused, "scope_refused"),
        (["camera", "history", "train"], Refused, "scope_refused"),
    ],
)
def test_other_scopes_are_refused_with_a_reason(scopes: list[str], kind: type[SessionError], code: str) -> None:
    with pytest.raises(kind) as raised:
        consents.check_scopes(scopes)
    assert raised.value.code == code
    assert raised.value.status == (403 if kind is Refused else 400)


def test_the_known_scopes_are_listed() -> None:
    with pytest.raises(SessionError) as raised:
        consents.check_scopes(["smell"])
    assert all(scope in raised.value.message for scope in SCOPES)
    assert "smell" in raised.value.message


@pytest.mark.parametrize("purpose", PURPOSES)
def test_known_purposes_pass(purpose: str) -> None:
    assert consents.check_purpose(purpose) == purpose


@pytest.mark.parametrize("purpose", REFUSED_PURPOSES)
def test_work_and_education_are_refused_with_the_reason(purpose: str) -> None:
    with pytest.raises(Refused, match=r"Art\. 5\(1\)\(f\)") as raised:
        consents.check_purpose(purpose)
    assert (raised.value.code, raised.value.status) == ("purpose_refused", 403)


@pytest.mark.parametrize("purpose", ["", "Self", "work" * 1000])
def test_an_unknown_purpose_is_refused_with_the_known_ones(purpose: str) -> None:
    with pytest.raises(SessionError) as raised:
        consents.check_purpose(purpose)
    assert (raised.value.code, raised.value.status) == ("unknown_purpose", 400)
    assert all(known in raised.value.message for known in PURPOSES)
    assert len(raised.value.message) < 200


# -- the ledger -----------------------------------------------------------------------------------


async def test_a_consent_is_one_row_with_version_hash_and_time(store: Store) -> None:
    consent = consents.new_consent("u1", ["history", "camera"], "art")
    await store.execute(lambda connection: consents.give(connection, consent, 1_800_000_000.5))
    (row,) = await store.read("SELECT *, epoch(given_at) AS given_s FROM consents")
    assert (row["consent_id"], row["user_id"], row["purpose"]) == (consent.consent_id, "u1", "art")
    assert (row["version"], row["text_hash"]) == (CONSENT_VERSION, hash_of(ENGLISH))
    assert (row["scopes"], row["given_s"], row["withdrawn_at"]) == (["camera", "history"], 1_800_000_000.5, None)


async def test_replacing_withdraws_the_former_consent_of_this_person_only(store: Store) -> None:
    first, second = consents.new_consent("u1", ["camera"], "self"), consents.new_consent("u1", [], "self")
    other = consents.new_consent("u2", ["camera"], "self")
    await store.execute(lambda connection: consents.give(connection, first, 1_800_000_000.0))
    await store.execute(lambda connection: consents.give(connection, other, 1_800_000_000.0))
    await store.execute(lambda connection: consents.replace(connection, second, 1_800_000_060.0))
    rows = await store.read("SELECT consent_id, scopes, epoch(withdrawn_at) AS withdrawn_s FROM consents")
    withdrawn = {row["consent_id"]: row["withdrawn_s"] for row in rows}
    assert withdrawn == {first.consent_id: 1_800_000_060.0, second.consent_id: None, other.consent_id: None}
    assert {row["consent_id"]: row["scopes"] for row in rows}[first.consent_id] == ["camera"], "never rewritten"


async def test_consents_to_older_words_stay_valid_and_unchanged(store: Store) -> None:
    """A person who agreed to the words of an older version is still known by what they agreed to."""
    older = "8679f9603d320ad3e6461cb32ca457214474341a6ca57ecfe97b5d10aad5a1e4"

    def write(connection: Connection) -> None:
        connection.execute("INSERT INTO users (user_id, role, created_at) VALUES ('u1', 'visitor', now()::TIMESTAMP)")
        connection.execute(
            "INSERT INTO tokens VALUES (?, 'u1', now()::TIMESTAMP, '2100-01-01', true)",
            [hashlib.sha256(("t" * TOKEN_LENGTH).encode()).hexdigest()],
        )
        connection.execute(
            "INSERT INTO consents VALUES ('c1', 'u1', '2026-11-24', ?, ['camera', 'history'], 'self',"
            " now()::TIMESTAMP, NULL)",
            [older],
        )

    await store.execute(write)
    person = await Accounts(store, Settings()).person("t" * TOKEN_LENGTH)
    assert (person.scopes, person.consent_id) == ({"camera", "history"}, "c1")
    (row,) = await store.read("SELECT version, text_hash FROM consents")
    assert row == {"version": "2026-11-24", "text_hash": older}


async def test_a_forgetful_server_keeps_the_hash_of_what_it_showed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/attune")
    await Accounts(store, Settings()).guest(["camera"], "self")
    (row,) = await store.read("SELECT text_hash FROM consents")
    assert row["text_hash"] == hash_of(consent_text(is_ephemeral=True))


async def test_a_guest_of_whom_nothing_is_kept_is_out_at_once_although_the_disk_hangs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, disk = Accounts(store, Settings()), asyncio.Event()
    token, person = await accounts.guest(["camera"], "self")

    async def hanging(*_given: object, **_more: object) -> set[str]:
        await disk.wait()
        return set()

    monkeypatch.setattr(store, "execute", hanging)
    revoking = asyncio.create_task(accounts.revoke(person.user_id))
    await asyncio.sleep(0)
    with pytest.raises(Unauthorised):
        await accounts.person(token)
    disk.set()
    assert await revoking == 1
