"""Stored words are sealed: bound to what they belong to, useless without the key, and gone from plain sight."""

from __future__ import annotations

import asyncio
import base64
import stat
from pathlib import Path

import pytest

from core.errors import StoreError
from core.record.cipher import KEY_FILE, Cipher, read_key
from core.record.store import Store
from core.types import Message
from tests.record.events import opened, said

KEY = bytes(range(32))
WORDS = "the violet hippopotamus sings at noon"


def test_sealed_words_open_where_they_belong() -> None:
    cipher = Cipher(KEY)
    sealed = cipher.seal(WORDS, "s1")
    assert WORDS.encode() not in sealed
    assert cipher.open(sealed, "s1") == WORDS
    assert cipher.seal(WORDS, "s1") != sealed, "never the same bytes twice"


@pytest.mark.parametrize("change", ["other owner", "other key", "changed", "cut"])
def test_anything_else_is_refused(change: str) -> None:
    sealed = Cipher(KEY).seal(WORDS, "s1")
    changed = {"changed": sealed[:-1] + bytes([sealed[-1] ^ 1]), "cut": sealed[:5]}.get(change, sealed)
    cipher = Cipher(KEY if change != "other key" else bytes(32))
    with pytest.raises(StoreError, match="this key"):
        cipher.open(changed, "s2" if change == "other owner" else "s1")


def test_key_file_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    key = read_key("", tmp_path / "data")
    assert read_key("", tmp_path / "data") == key
    assert stat.S_IMODE((tmp_path / "data" / KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("given", ["short", base64.b64encode(b"x" * 31).decode(), "!!!"])
def test_key_of_another_kind_says_how_to_make_one(given: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="openssl"):
        read_key(given, tmp_path)


def test_messages_and_summaries_come_back_and_are_not_on_the_disk(tmp_path: Path) -> None:
    async def keep() -> tuple[list, str, str]:
        store = Store(tmp_path / "attune.duckdb")
        await opened(store)
        store.append("s1", Message("user", WORDS, "sad", 0.7, 1.5))
        store.append("s1", Message("assistant", "and dances", "happy", 0.2, 2.5))
        await store.keep_summary("u1", "before")
        await store.keep_summary("u1", f"about {WORDS}")
        await store.close_session("s1", 1e9)
        told = said(store, "s1"), await store.read_summary("u1"), await store.read_summary("nobody")
        await asyncio.to_thread(store.close)
        return told

    messages, summary, nothing = asyncio.run(keep())
    assert [(m["role"], m["content"], m["emotion"], m["t"]) for m in messages] == [
        ("user", WORDS, "sad", 1.5),
        ("assistant", "and dances", "happy", 2.5),
    ]
    assert summary == f"about {WORDS}"
    assert nothing == ""
    on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"assistant" in on_disk, "the scan can find what is there"
    assert b"hippopotamus" not in on_disk


def test_store_with_another_key_says_what_to_do(tmp_path: Path) -> None:
    Store(tmp_path / "attune.duckdb", words_key=base64.b64encode(KEY).decode()).close()
    with pytest.raises(StoreError, match="ATTUNE_WORDS_KEY"):
        Store(tmp_path / "attune.duckdb", words_key=base64.b64encode(bytes(32)).decode())
    Store(tmp_path / "attune.duckdb", words_key=base64.b64encode(KEY).decode()).close()
