"""A copy of everything, and the way back: words stay sealed, and what is there is never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StoreError
from core.record.backup import back_up, restore
from core.record.cipher import KEY_FILE
from core.record.erasure import new_path
from core.record.migrations import MIGRATIONS, migrate
from core.record.opening import DatabaseFile
from core.record.store import FILE_NAME, Store
from core.types import Marker, Message
from tests.record.events import count, fused, opened, run, said

WORDS = "words in a safe"


async def fill(data: Path) -> None:
    store = Store(data / FILE_NAME)
    await opened(store)
    store.append("s1", fused(1.0))
    store.append("s1", Marker("it's marked", 2.0))
    store.append("s1", Message("user", WORDS, "sad", 0.5, 1.0))
    await store.close_session("s1", 1_800_000_010.0)
    store.close()


async def test_copy_comes_back_whole_with_the_key_beside_it(tmp_path: Path) -> None:
    data, copy, again = tmp_path / "data", tmp_path / "it's a copy", tmp_path / "again"
    await fill(data)
    assert back_up(data, copy) == copy
    assert restore(copy, again) == again / FILE_NAME
    (again / KEY_FILE).write_bytes((data / KEY_FILE).read_bytes())
    store = Store(again / FILE_NAME)
    assert (await count(store, "fused"), await count(store, "markers")) == (1, 1)
    assert [message["content"] for message in said(store, "s1")] == [WORDS]
    store.close()


async def test_copy_holds_neither_words_nor_their_key(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    await fill(data)
    back_up(data, copy)
    files = [file for file in copy.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if WORDS.encode() in file.read_bytes()]
    assert KEY_FILE not in {file.name for file in files}


async def test_copy_without_its_key_is_refused_and_says_so(tmp_path: Path) -> None:
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    await fill(data)
    back_up(data, copy)
    restore(copy, again)
    with pytest.raises(StoreError, match="key"):
        Store(again / FILE_NAME)


def test_copy_of_an_older_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    data.mkdir()
    connection = DatabaseFile(data / FILE_NAME).open()
    migrate(connection, MIGRATIONS[:1])
    connection.close()
    back_up(data, copy)
    connection = DatabaseFile(restore(copy, again)).open()
    assert migrate(connection) == []
    connection.close()


def test_copy_never_goes_over_another(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(StoreError, match="is there already"):
        back_up(tmp_path, tmp_path / "copy")


def test_copy_of_nothing_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        back_up(tmp_path, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


BACK_UP = """
import sys
from pathlib import Path
from core.errors import StoreError
from core.record.backup import back_up
try:
    back_up(Path(sys.argv[1]), Path(sys.argv[2]))
except StoreError as error:
    print(error.code)
"""


async def test_copy_while_the_app_runs_says_so(tmp_path: Path) -> None:
    await fill(tmp_path)
    store = Store(tmp_path / FILE_NAME)
    told = run(BACK_UP, tmp_path, tmp_path / "copy")
    store.close()
    assert told.strip() == "store_locked"


async def test_restore_never_goes_over_a_database(tmp_path: Path) -> None:
    await fill(tmp_path)
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(StoreError, match="move it away"):
        restore(tmp_path / "copy", tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_restore_from_what_is_no_copy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"expected schema\.sql"):
        restore(tmp_path, tmp_path / "again")


async def test_restore_of_a_broken_copy_leaves_no_database_and_can_be_tried_again(tmp_path: Path) -> None:
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    await fill(data)
    back_up(data, copy)
    (table,) = copy.glob("*markers*.parquet")
    whole = table.read_bytes()
    table.write_bytes(b"not parquet")
    with pytest.raises(StoreError, match="cannot be read"):
        restore(copy, again)
    assert not (again / FILE_NAME).exists()
    table.write_bytes(whole)
    assert restore(copy, again).exists()
    assert not new_path(again / FILE_NAME).exists()
