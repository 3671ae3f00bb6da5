"""A damaged log is noticed, kept aside and told; one that breaks off in a write is no damage."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from core.record.journal import COMMIT, HEAD, aside_of, checksum, find_damage, log_of
from core.record.store import FILE_NAME, Store
from tests.record.events import count, fused, opened, written

WRITES = 6


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database as a kill leaves it: everything since the start stands in its log."""
    folder, copy = tmp_path_factory.mktemp("running"), tmp_path_factory.mktemp("killed") / "data"

    async def fill() -> None:
        store = Store(folder / FILE_NAME)
        await opened(store)
        for step in range(WRITES):
            store.append("s1", fused(step))
            await written(store)
        shutil.copytree(folder, copy)
        await asyncio.to_thread(store.close)

    asyncio.run(fill())
    return copy


@pytest.fixture
def folder(killed: Path, tmp_path: Path) -> Path:
    shutil.copytree(killed, tmp_path / "data")
    return tmp_path / "data"


def _journal(folder: Path) -> Path:
    return log_of(folder / FILE_NAME)


def _readings(folder: Path) -> int:
    store = Store(folder / FILE_NAME)
    found = asyncio.run(count(store, "fused"))
    store.close()
    return found


def test_log_of_a_kill_is_whole_and_so_it_is_read(folder: Path, caplog) -> None:
    content = _journal(folder).read_bytes()
    assert content.startswith(HEAD)
    assert content.count(COMMIT) >= WRITES
    assert find_damage(content) is None
    assert _readings(folder) == WRITES
    assert "damaged" not in caplog.text


def test_checksum_is_that_of_the_database() -> None:
    assert checksum(COMMIT[16:]) == int.from_bytes(COMMIT[8:16], "little")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("damage", [b"\xff", bytes(500), b"random bytes " * 30])
def test_damage_with_commits_behind_it_is_kept_aside_and_told(
    folder: Path, caplog, share: float, damage: bytes
) -> None:
    path = _journal(folder)
    content = bytearray(path.read_bytes())
    at = round(len(content) * share)
    content[at : at + len(damage)] = damage if content[at : at + 1] != damage else b"\x00"
    path.write_bytes(content)
    left = _readings(folder)
    assert left < WRITES
    assert aside_of(folder / FILE_NAME).read_bytes() == content
    (told,) = [record for record in caplog.records if "is damaged after" in record.getMessage()]
    assert told.levelname == "ERROR"
    assert "restore a copy" in told.getMessage()


@pytest.mark.parametrize("left_out", [1, 10, 30])
def test_log_that_breaks_off_in_its_last_write_is_no_damage(folder: Path, caplog, left_out: int) -> None:
    path = _journal(folder)
    path.write_bytes(path.read_bytes()[:-left_out])
    assert WRITES - 1 <= _readings(folder) <= WRITES
    assert not aside_of(folder / FILE_NAME).exists()
    assert "damaged" not in caplog.text


def test_zeros_behind_the_last_write_are_no_damage(folder: Path) -> None:
    assert find_damage(_journal(folder).read_bytes() + bytes(5000)) is None


def test_what_is_kept_aside_goes_with_the_next_deletion(folder: Path) -> None:
    path = _journal(folder)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    async def delete() -> None:
        store = Store(folder / FILE_NAME)
        await store.execute(lambda connection: connection.execute("DELETE FROM deletions"))
        assert aside_of(folder / FILE_NAME).exists()
        await store.erase(lambda connection: len(connection.execute("DELETE FROM fused RETURNING t").fetchall()))
        await asyncio.to_thread(store.close)

    asyncio.run(delete())
    assert not aside_of(folder / FILE_NAME).exists()
