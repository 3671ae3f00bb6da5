"""Deleting really deletes: every test of bytes first finds its marker in the file, so that it can fail."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotFound
from core.record import deletion, queries, retention, writer
from core.record.accounts import Accounts
from core.record.store import Store
from core.settings import Settings
from tests.record.events import MARK, NOW_S, ROOT, count, fill, fused, opened, said, written


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    store = Store(data_dir / "attune.duckdb")
    yield store
    store.close()


def holds(folder: Path, text: str) -> bool:
    """Whether any file in the folder holds these bytes."""
    return any(text.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_a_deleted_session_is_gone_from_the_tables_and_from_the_file(store: Store, tmp_path: Path) -> None:
    await fill(store)
    await fill(store, "s2", mark="stays-here")
    assert holds(tmp_path, MARK)
    await deletion.delete_session(store, "u1", "s1")
    assert not holds(tmp_path, MARK)
    assert holds(tmp_path, "stays-here")
    assert await count(store, "markers") == 50
    assert [m["content"] for m in said(store, "s2")] == ["some words"]


async def test_the_store_writes_and_reads_on_after_the_file_was_exchanged(store: Store, tmp_path: Path) -> None:
    await fill(store)
    await opened(store, "running", "u1")
    store.append("running", fused(1.0))
    await deletion.delete_session(store, "u1", "s1")
    store.append("running", fused(2.0))
    await written(store)
    assert await count(store, "fused") == 2
    assert sorted(file.name for file in tmp_path.iterdir() if ".new" in file.name) == []


@pytest.mark.parametrize(("user_id", "session_id"), [("u2", "s1"), ("u1", "nothing"), ("", "' OR 1=1 --")])
async def test_foreign_and_unknown_sessions_are_not_deleted(store: Store, user_id: str, session_id: str) -> None:
    await fill(store)
    with pytest.raises(NotFound):
        await deletion.delete_session(store, user_id, session_id)
    assert await count(store, "markers") == 50


async def test_a_person_is_deleted_with_everything(store: Store, tmp_path: Path) -> None:
    accounts = Accounts(store, Settings())
    token, person = await accounts.sign_up("ada", "seven green lanterns", ["camera", "history", "text"], "self")
    await fill(store, "s1", person.user_id)
    await store.keep_summary(person.user_id, "a summary")
    await queries.keep_note(store, "s1", "a note")
    assert (await deletion.count_kept(store, person.user_id))["markers"] == 50
    assert holds(tmp_path, MARK)
    assert holds(tmp_path, person.user_id)
    await deletion.delete_person(store, person.user_id)
    accounts.forget(person.user_id)
    assert not holds(tmp_path, MARK)
    assert not holds(tmp_path, person.user_id)
    assert set((await deletion.count_kept(store, person.user_id)).values()) == {0}
    with pytest.raises(Exception, match="not known"):
        await accounts.person(token)


async def test_taking_words_back_leaves_readings(store: Store) -> None:
    await fill(store)
    await queries.keep_note(store, "s1", "mine")
    await deletion.delete_kept(store, "u1", ["text"])
    assert await count(store, "messages") == 0
    assert (await queries.session_summary(store, "u1", "s1"))["note"] == ""
    assert await count(store, "fused") == 50
    await deletion.delete_kept(store, "u1", ["history"])
    assert await count(store, "sessions") == 0


# -- the exchange of the file ---------------------------------------------------------------------


@pytest.fixture
def swaps(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """How often the file was exchanged."""
    done: list[Path] = []
    swap = writer.swap
    monkeypatch.setattr(writer, "swap", lambda path: (swap(path), done.append(path)))
    return done


async def test_a_deletion_that_finds_nothing_rewrites_nothing(store: Store, swaps: list[Path]) -> None:
    await fill(store)
    await deletion.delete_person(store, "nobody")
    await deletion.delete_kept(store, "nobody", ["history", "text"])
    with pytest.raises(NotFound):
        await deletion.delete_session(store, "nobody", "s1")
    await retention.delete_old(store, 90, NOW_S)
    assert swaps == []
    assert await count(store, "deletions") == 0


async def test_words_deleted_twice_rewrite_once(store: Store, swaps: list[Path]) -> None:
    await fill(store)
    for _ in range(3):
        await deletion.delete_kept(store, "u1", ["text"])
    assert len(swaps) == 1


async def test_many_deletions_at_once_share_the_exchange(store: Store, swaps: list[Path], tmp_path: Path) -> None:
    for number in range(12):
        await fill(store, f"s{number}", f"u{number}", mark=f"{MARK}-of-{number}")
    await asyncio.gather(*(deletion.delete_person(store, f"u{number}") for number in range(12)))
    assert 1 <= len(swaps) <= 2
    assert not holds(tmp_path, MARK)
    assert await count(store, "sessions") == 0


async def test_deletions_in_a_row_leave_time_for_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    sleep = asyncio.sleep
    await fill(store, "s1", "u1")
    await fill(store, "s2", "u2")
    monkeypatch.setattr(asyncio, "sleep", lambda wait_s: (waited.append(wait_s), sleep(0))[1])
    await deletion.delete_person(store, "u1")
    await deletion.delete_person(store, "u2")
    first, second = waited
    assert first == 0
    assert second > 0


async def test_others_read_while_the_file_is_copied(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(store)
    await fill(store, "s2", "u2")
    is_copying, may_go_on = threading.Event(), threading.Event()
    copy = writer.write_live_rows

    def slow(*given: Any) -> None:
        is_copying.set()
        may_go_on.wait(10)
        copy(*given)

    monkeypatch.setattr(writer, "write_live_rows", slow)
    deleting = asyncio.create_task(deletion.delete_person(store, "u1"))
    await asyncio.to_thread(is_copying.wait, 10)
    async with asyncio.timeout(5):
        assert await count(store, "sessions") == 1, "the row is gone, and nobody waits for the bytes"
    may_go_on.set()
    await deleting


async def test_the_exchange_waits_for_whoever_reads(store: Store, swaps: list[Path]) -> None:
    await fill(store)
    with store._writer.gate.reading():
        deleting = asyncio.create_task(deletion.delete_person(store, "u1"))
        await asyncio.sleep(0.5)
        assert swaps == []
    await deleting
    assert len(swaps) == 1


async def test_a_read_that_lasts_has_all_its_rows_while_the_file_is_exchanged(store: Store) -> None:
    await fill(store)
    await fill(store, "s2", "u2")
    lasts = "SELECT count(*) AS n FROM markers a, markers b, markers c, markers d WHERE a.t + b.t + c.t + d.t >= 0"
    reading = asyncio.create_task(store.read(lasts))
    await asyncio.sleep(0)
    await deletion.delete_person(store, "u1")
    assert (await reading)[0]["n"] in (100**4, 50**4)
    assert await count(store, "markers") == 50


async def test_what_a_cut_off_deletion_left_goes_with_the_hourly_check(store: Store, tmp_path: Path) -> None:
    await fill(store)
    deleting = asyncio.create_task(deletion.delete_person(store, "u1"))
    while await count(store, "sessions"):
        await asyncio.sleep(0)
    deleting.cancel()
    await retention.delete_old(store, 90, NOW_S)
    assert not holds(tmp_path, MARK)


KILLED = """
import asyncio, os, sys
from pathlib import Path
from core.record import deletion, erasure
from core.record.store import Store

point, folder = sys.argv[1], Path(sys.argv[2])
store = Store(folder / "attune.duckdb")
die = lambda *_: os._exit(9)
if point == "before the copy":
    import core.record.writer as writer
    writer.write_live_rows = die
elif point == "in the copy":
    erasure.sync = die
elif point == "before the swap":
    import core.record.writer as writer
    writer.swap = die
else:
    import core.record.writer as writer
    real = writer.swap
    writer.swap = lambda path: (real(path), die())
asyncio.run(deletion.delete_session(store, "u1", "s1"))
"""


@pytest.mark.parametrize("point", ["before the copy", "in the copy", "before the swap", "after the swap"])
async def test_killed_in_the_middle_nothing_comes_back_and_the_next_start_finishes(tmp_path: Path, point: str) -> None:
    store = Store(tmp_path / "attune.duckdb")
    await fill(store)
    await fill(store, "s2", mark="stays-here")
    store.close()
    assert holds(tmp_path, MARK)
    command = [sys.executable, "-c", KILLED, point, str(tmp_path)]
    killed = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == 9, killed.stderr.decode()[-2000:]
    again = Store(tmp_path / "attune.duckdb")
    try:
        assert not holds(tmp_path, MARK)
        assert await count(again, "sessions") == 1
        assert await count(again, "markers") == 50
        assert await count(again, "deletions") == 0
        await opened(again, "new", "u1")  # and it goes on
    finally:
        again.close()
