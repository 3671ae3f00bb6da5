from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Refused, SessionError
from core.record import consents
from core.record.store import Store
from core.types import PURPOSES, REFUSED_PURPOSES, SCOPES


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "attune.duckdb")
    yield store
    store.close()


# -- the words ------------------------------------------------------------------------------------


def test_every_scope_and_purpose_has_its_words() -> None:
    assert set(consents.SCOPE_TEXTS) == set(SCOPES)
    assert tuple(consents.PURPOSE_TEXTS) == PURPOSES + REFUSED_PURPOSES


def test_the_text_holds_all_that_is_shown_and_its_hash() -> None:
    for part in (consents.CONSENT_NOTICE, consents.CONSENT_PRIVACY, *consents.SCOPE_TEXTS.values()):
        assert part in consents.CONSENT_TEXT
    assert hashlib.sha256(consents.CONSENT_TEXT.encode()).hexdigest() == consents.CONSENT_HASH


def test_the_words_of_a_version_never_change() -> None:
    """Whoever changes a word gives it a new CONSENT_VERSION, and adds the pair here."""
    known = {
        "2026-11-22": "688d5d3397c5fc0c2b4b24e2f61d2beed19f9b84e2b79c1bcca4d14c05fef8f6",
        "2026-11-26": "635f1ea4aef442368f2a158954f5e970efe34a9a96da38866ad0e62119c8ae0f",
        "2026-11-24": "8679f9603d320ad3e6461cb32ca457214474341a6ca57ecfe97b5d10aad5a1e4",
    }
    assert known[consents.CONSENT_VERSION] == consents.CONSENT_HASH


def test_the_words_say_machine_and_wrong_and_claim_nothing() -> None:
    text = consents.CONSENT_TEXT.lower()
    assert "a machine estimates emotional expression" in text
    assert "can be wrong" in text
    assert "!" not in text
    assert "you are " not in text


# -- what is let in -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scopes",
    [[], ["camera"], ["camera", "microphone", "text", "history"], ["history"], ["observe"], ("camera", "camera")],
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
    assert (row["version"], row["text_hash"]) == (consents.CONSENT_VERSION, consents.CONSENT_HASH)
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
