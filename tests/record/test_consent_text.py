"""The words a person agrees to: complete, honest, and one hash for each version that ever was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.people import PURPOSES, REFUSED_PURPOSES, SCOPES
from core.record.consent_text import CONSENT_VERSION, ENGLISH, EPHEMERAL, as_json, consent_text, hash_of


def words(parts: Any) -> Iterator[str]:
    """Every text in the parts; names, the language and what is empty left out."""
    if isinstance(parts, dict):
        for key, value in parts.items():
            if key not in {"name", "language"}:
                yield from words(value)
    elif isinstance(parts, list | tuple):
        for value in parts:
            yield from words(value)
    elif parts:
        yield parts


def test_every_scope_and_purpose_has_its_words() -> None:
    assert {scope.name for scope in ENGLISH.scopes} == set(SCOPES)
    assert tuple(purpose.name for purpose in ENGLISH.purposes) == PURPOSES + REFUSED_PURPOSES
    assert all(scope.title and scope.text.endswith(".") for scope in ENGLISH.scopes)
    assert all(purpose.title for purpose in ENGLISH.purposes)


def test_words_say_machine_and_wrong_and_claim_nothing() -> None:
    text = " ".join(words(as_json(ENGLISH))).lower()
    assert "a machine estimates emotional expression" in text
    assert "can be wrong" in text
    assert "2024/1689" in text
    assert "!" not in text
    assert "you are " not in text


def test_no_part_is_said_twice() -> None:
    said = list(words(as_json(consent_text(is_ephemeral=True))))
    assert len(said) == len(set(said))


def test_device_says_that_picture_and_sound_stay_there() -> None:
    (device,) = [scope for scope in ENGLISH.scopes if scope.name == "device"]
    assert "Picture and sound stay there" in device.text
    assert "neither camera nor microphone" in device.text


def test_words_of_a_version_never_change() -> None:
    """Whoever changes a word gives it a new CONSENT_VERSION, and adds the pair here."""
    known = {
        "2026-11-22": "688d5d3397c5fc0c2b4b24e2f61d2beed19f9b84e2b79c1bcca4d14c05fef8f6",
        "2026-11-24": "8679f9603d320ad3e6461cb32ca457214474341a6ca57ecfe97b5d10aad5a1e4",
        "2026-11-26": "635f1ea4aef442368f2a158954f5e970efe34a9a96da38866ad0e62119c8ae0f",
        "2026-11-26b": "56bf5a844f9e54117ffdd95eb4085592bf958118d41e665ec6f9c943bfa08511",
    }
    assert known[CONSENT_VERSION] == hash_of(ENGLISH)


def test_hash_is_over_what_is_shown_and_anybody_can_make_it() -> None:
    shown = json.loads(json.dumps(as_json(ENGLISH)))
    canonical = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hash_of(ENGLISH) == hashlib.sha256((CONSENT_VERSION + "\n" + canonical).encode()).hexdigest()


@pytest.mark.parametrize("part", ["title", "what", "notice", "purpose", "more", "kept", "withdrawal", "refused"])
def test_hash_changes_with_every_part(part: str) -> None:
    assert hash_of(replace(ENGLISH, **{part: "other words"})) != hash_of(ENGLISH)


def test_hash_tells_a_forgetful_server_from_a_lasting_one() -> None:
    assert consent_text() is ENGLISH
    assert EPHEMERAL in words(as_json(consent_text(is_ephemeral=True)))
    assert hash_of(consent_text(is_ephemeral=True)) != hash_of(ENGLISH)
