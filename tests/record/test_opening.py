"""The file as a whole, encrypted. The path is walked with DuckDB's own test cryptography, which needs no extension."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StoreError
from core.record import deletion, opening
from core.record.store import Store
from core.types import Marker
from tests.record.events import count, fused, opened, written

MARK = "marker-in-an-encrypted-file"


def holds(folder: Path, text: str) -> bool:
    return any(text.encode() in file.read_bytes() for file in folder.iterdir())


def test_key_is_no_part_of_what_is_printed() -> None:
    assert "0123abcd" not in repr(opening.DatabaseFile(Path("attune.duckdb"), "0123abcd"))


def test_without_the_extension_the_start_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="httpfs, which is not installed here") as refused:
        Store(tmp_path / "attune.duckdb", is_encrypted=True)
    assert refused.value.code == "no_encryption"
    Store(tmp_path / "attune.duckdb").close()


async def test_an_encrypted_file_holds_nothing_to_read_and_works_as_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LOAD_CRYPTO", "SET force_mbedtls_unsafe = 'true'")
    for turn in range(2):
        store = Store(tmp_path / "attune.duckdb", is_encrypted=True)
        await opened(store, f"s{turn}", "u1")
        store.append(f"s{turn}", fused(1.0))
        store.append(f"s{turn}", Marker(MARK, 1.0))
        await written(store)
        assert await count(store, "markers") == turn + 1
        assert not holds(tmp_path, MARK)
        store.close()
    store = Store(tmp_path / "attune.duckdb", is_encrypted=True)
    await deletion.delete_session(store, "u1", "s0")
    assert await count(store, "markers") == 1
    await opened(store, "s2", "u1")
    store.close()
    assert not holds(tmp_path, MARK)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "attune.duckdb")


async def test_without_its_key_it_is_not_opened_and_no_other_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LOAD_CRYPTO", "SET force_mbedtls_unsafe = 'true'")
    Store(tmp_path / "attune.duckdb", is_encrypted=True).close()
    (tmp_path / "words.key").unlink()
    with pytest.raises(StoreError, match=r"words\.key is missing"):
        Store(tmp_path / "attune.duckdb", is_encrypted=True)
    assert not (tmp_path / "words.key").exists()
