"""Starting on what a kill, a power cut or half a move left behind: made good where nothing is lost, else told."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from core.errors import StoreError
from core.record import queries
from core.record.backup import restore
from core.record.cipher import KEY_FILE
from core.record.store import FILE_NAME, Store
from core.types import Message
from tests.record.events import count, fused, opened, run, said, written

WORDS = Message("user", "a lighthouse", "happy", 0.5, 0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


async def fill(path: Path, *events: object) -> None:
    store = Store(path)
    await opened(store)
    for event in events:
        store.append("s1", event)  # type: ignore[arg-type]
    await written(store)
    store.close()


# -- the key's file -------------------------------------------------------------------------------


def test_empty_key_file_of_a_first_start_that_was_killed_is_made_anew(path: Path) -> None:
    path.with_name(KEY_FILE).touch()
    Store(path).close()
    Store(path).close()
    assert len(base64.b64decode(path.with_name(KEY_FILE).read_bytes())) == 32


async def test_empty_key_file_beside_readings_without_words_is_made_anew(path: Path) -> None:
    await fill(path, fused(1.0))
    path.with_name(KEY_FILE).write_bytes(b"")
    await fill(path, fused(2.0), WORDS)
    store = Store(path)
    assert await count(store, "fused") == 2
    assert [message["content"] for message in said(store, "s1")] == ["a lighthouse"]
    store.close()


@pytest.mark.parametrize("fault", ["is empty", "is missing"])
@pytest.mark.parametrize("sealed", ["words", "summary", "note"])
async def test_lost_key_beside_sealed_words_is_told_and_nothing_touched(path: Path, sealed: str, fault: str) -> None:
    await fill(path, *([WORDS] if sealed == "words" else []))
    store = Store(path)
    if sealed == "summary":
        await store.keep_summary("u1", "before")
    elif sealed == "note":
        await queries.keep_note(store, "s1", "mine")
    store.close()
    key = path.with_name(KEY_FILE).read_bytes()
    path.with_name(KEY_FILE).unlink()
    if fault == "is empty":
        path.with_name(KEY_FILE).touch()
    before = sorted(file.name for file in path.parent.iterdir())
    for _ in range(2):
        with pytest.raises(
            StoreError, match=rf"words\.key {fault}, and stored words .* put back a copy of it"
        ) as refused:
            Store(path)
        assert refused.value.code == "wrong_key"
    assert sorted(file.name for file in path.parent.iterdir()) == before
    path.with_name(KEY_FILE).write_bytes(key)
    Store(path).close()


async def test_missing_key_file_beside_readings_without_words_is_made_anew(path: Path) -> None:
    await fill(path, fused(1.0))
    path.with_name(KEY_FILE).unlink()
    await fill(path, WORDS)
    store = Store(path)
    assert [message["content"] for message in said(store, "s1")] == ["a lighthouse"]
    store.close()


def test_database_that_is_missing_beside_its_key_is_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A kill in the first start leaves the same, so it is no refusal."""
    Store(path).close()
    assert "is missing" not in caplog.text
    path.unlink()
    Store(path).close()
    assert f"{path} is missing, but words.key is there" in caplog.text


@pytest.mark.parametrize("log", [b"\x1a\xc0\x89\xbe" * 125, b"SQLite format 3\x00"])
def test_log_that_no_database_wrote_is_refused_and_stays(path: Path, log: bytes) -> None:
    run(LEFT_OPEN, path)
    journal = Path(f"{path}.wal")
    journal.write_bytes(log)
    with pytest.raises(StoreError, match="is no log of a database"):
        Store(path)
    assert journal.read_bytes() == log


@pytest.mark.parametrize("log", [b"", b"\x64", bytes(500)])
def test_log_that_a_power_cut_left_without_a_beginning_stops_no_start(path: Path, log: bytes) -> None:
    Store(path).close()
    Path(f"{path}.wal").write_bytes(log)
    Store(path).close()


@pytest.mark.parametrize("held", [b"x", b"\xff\xfe\x00", base64.b64encode(bytes(31)), base64.b64encode(bytes(33))])
def test_key_file_of_another_length_or_kind_is_refused_and_stays(path: Path, held: bytes) -> None:
    path.with_name(KEY_FILE).write_bytes(held)
    with pytest.raises(StoreError, match="expected 32 bytes in base64"):
        Store(path)
    assert path.with_name(KEY_FILE).read_bytes() == held


@pytest.mark.parametrize("point", ["write", "fsync", "link"])
def test_kill_while_the_key_is_made_stops_no_later_start(path: Path, point: str) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from core.record import cipher; from core.record.store import Store\n"
        f"if {point!r} == 'write': cipher.base64.b64encode = lambda *_: os._exit(9)\n"
        f"else: setattr(os, {point!r}, lambda *_: os._exit(9))\n"
        "Store(Path(sys.argv[1]))"
    )
    with pytest.raises(AssertionError):
        run(code, path)
    assert not path.with_name(KEY_FILE).exists()
    Store(path).close()


def test_key_that_another_process_made_first_is_not_replaced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = base64.b64encode(bytes(range(32)))
    link = os.link

    def late(fresh: Path, file: Path) -> None:
        file.write_bytes(theirs)
        link(fresh, file)

    monkeypatch.setattr(os, "link", late)
    Store(path).close()
    assert path.with_name(KEY_FILE).read_bytes() == theirs
    assert sorted(file.name for file in path.parent.iterdir()) == [FILE_NAME, KEY_FILE]


# -- the database's file --------------------------------------------------------------------------


LEFT_OPEN = """
import asyncio, os, sys
from pathlib import Path
from core.record.store import Store
from tests.record.events import fused, opened, written
store = Store(Path(sys.argv[1]))
async def main():
    await opened(store); store.append("s1", fused(1.0)); await written(store)
asyncio.run(main())
print("written", flush=True)
os._exit(0)
"""


def test_database_that_is_missing_beside_its_log_is_refused_and_the_log_stays(path: Path) -> None:
    run(LEFT_OPEN, path)
    journal, away = Path(f"{path}.wal"), path.with_name("elsewhere")
    path.rename(away)
    before = journal.read_bytes()
    assert before
    with pytest.raises(StoreError, match="put the database back") as refused:
        Store(path)
    assert refused.value.code == "no_database"
    with pytest.raises(StoreError, match="put the database back"):
        restore(path.parent / "copy", path.parent)
    assert journal.read_bytes() == before
    away.rename(path)
    Store(path).close()


async def test_database_put_back_beside_its_log_has_everything(path: Path) -> None:
    run(LEFT_OPEN, path)
    store = Store(path)
    assert await count(store, "fused") == 1
    store.close()


@pytest.mark.parametrize("length", [0, 10, 4096, 12_288])
async def test_database_cut_short_is_refused_with_what_to_do(path: Path, length: int) -> None:
    await fill(path, fused(1.0))
    os.truncate(path, length)
    with pytest.raises(StoreError, match="restore a copy"):
        Store(path)
    assert path.stat().st_size == length


@pytest.mark.parametrize("point", ["migrate", "swap"])
def test_kill_while_the_database_is_made_leaves_none_and_stops_no_later_start(path: Path, point: str) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from core.record import starting; from core.record.store import Store\n"
        f"starting.{point} = lambda *_: os._exit(9)\n"
        "Store(Path(sys.argv[1]))"
    )
    with pytest.raises(AssertionError):
        run(code, path)
    assert not path.exists()
    Store(path).close()


@pytest.mark.parametrize("folder", ["a file", "under a file", "nobody may write"])
def test_folder_that_cannot_be_written_says_so(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    folders = {"a file": tmp_path / "file", "under a file": tmp_path / "file" / "data"}
    path = folders.get(folder, Path("/proc/self")) / FILE_NAME  # in /proc not even root makes files
    with pytest.raises(StoreError, match="choose another --data-dir"):
        Store(path)


def test_folder_that_is_made_is_its_owner_s_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    Store(folder / FILE_NAME).close()
    assert folder.stat().st_mode & 0o777 == 0o700
