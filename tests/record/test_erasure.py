"""Getting deleted bytes out of the file: a gate for readers, a copy of what lives, and a swap that loses nothing."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from core.record import erasure
from core.record.erasure import Gate, fold_log, has_deleted, new_path, swap, tidy, write_live_rows
from core.record.migrations import migrate
from core.record.opening import DatabaseFile

MARK = "marker-that-must-go-55d0"
LONG_S = 10.0


@pytest.fixture
def file(tmp_path: Path) -> DatabaseFile:
    return DatabaseFile(tmp_path / "attune.duckdb")


def fill_and_delete(file: DatabaseFile) -> None:
    """Two markers, of which one is deleted as an erasure deletes it."""
    connection = file.open()
    migrate(connection)
    connection.execute("INSERT INTO markers (session_id, t, label) VALUES ('s1', 1, ?), ('s2', 2, 'stays')", [MARK])
    connection.execute("CHECKPOINT")
    connection.execute("INSERT INTO deletions VALUES (now() AT TIME ZONE 'UTC')")
    connection.execute("DELETE FROM markers WHERE session_id = 's1'")
    connection.close()


def rewrite(file: DatabaseFile) -> None:
    connection = file.open()
    write_live_rows(connection, file)
    fold_log(connection)
    connection.close()


# -- the gate -------------------------------------------------------------------------------------


def test_many_read_at_a_time() -> None:
    gate = Gate()
    with gate.reading(), gate.reading():
        pass


def test_closing_waits_for_those_who_read_and_keeps_new_ones_out() -> None:
    gate, order = Gate(), []
    is_closed, is_reading = threading.Event(), threading.Event()

    def close() -> None:
        with gate.closed():
            order.append("closed")
            is_closed.set()
            is_reading.wait(0.1)

    def read() -> None:
        is_closed.wait(LONG_S)
        with gate.reading():
            order.append("reads")
            is_reading.set()

    with gate.reading():
        threads = [threading.Thread(target=close), threading.Thread(target=read)]
        for thread in threads:
            thread.start()
        assert not is_closed.wait(0.1), "somebody still reads"
        order.append("read before")
    for thread in threads:
        thread.join(LONG_S)
    assert order == ["read before", "closed", "reads"]


def test_gate_opens_again_when_the_exchange_fails() -> None:
    gate = Gate()
    with pytest.raises(OSError, match="full"), gate.closed():
        raise OSError("full")
    with gate.reading():
        pass


# -- the copy -------------------------------------------------------------------------------------


def test_copy_holds_live_rows_only_and_no_note_of_a_deletion(file: DatabaseFile) -> None:
    fill_and_delete(file)
    assert MARK.encode() in file.path.read_bytes(), "DuckDB keeps deleted bytes, or this test proves nothing"
    rewrite(file)
    assert MARK.encode() not in new_path(file.path).read_bytes()
    swap(file.path)
    connection = file.open()
    assert connection.execute("SELECT label FROM markers").fetchall() == [("stays",)]
    assert connection.execute("SELECT count(*) FROM deletions").fetchone() == (0,)
    connection.close()
    assert not new_path(file.path).exists()


def test_copy_is_on_the_disk_before_it_may_be_swapped(file: DatabaseFile, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_and_delete(file)
    synced: list[tuple[Path, bool]] = []
    monkeypatch.setattr(erasure, "sync", lambda path: synced.append((path, MARK.encode() in path.read_bytes())))
    rewrite(file)
    assert synced == [(new_path(file.path), False)]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_sync_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / "one" if kind == "file" else tmp_path
    (tmp_path / "one").touch()
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_ino))
    erasure.sync(path)
    assert synced == [path.stat().st_ino]


def test_deletion_is_noted_until_its_bytes_are_gone(file: DatabaseFile) -> None:
    fill_and_delete(file)
    for is_left in (True, False):
        connection = file.open()
        assert has_deleted(connection) is is_left
        connection.close()
        if is_left:
            rewrite(file)
            swap(file.path)


def test_copy_takes_the_place_of_one_that_a_kill_left_unfinished(file: DatabaseFile) -> None:
    fill_and_delete(file)
    new_path(file.path).write_bytes(b"half of a copy")
    rewrite(file)
    swap(file.path)
    connection = file.open()
    assert connection.execute("SELECT count(*) FROM markers").fetchone() == (1,)
    connection.close()


def test_until_the_swap_the_old_file_is_whole(file: DatabaseFile) -> None:
    fill_and_delete(file)
    rewrite(file)
    connection = file.open()
    assert connection.execute("SELECT label FROM markers").fetchall() == [("stays",)]
    assert connection.execute("SELECT count(*) FROM deletions").fetchone() == (1,)
    connection.close()


# -- the swap -------------------------------------------------------------------------------------


def test_swap_beside_an_old_log_is_refused_and_changes_nothing(file: DatabaseFile) -> None:
    file.path.write_bytes(b"old")
    new_path(file.path).write_bytes(b"new")
    Path(f"{file.path}.wal").write_bytes(b"log")
    with pytest.raises(OSError, match="log is still there"):
        swap(file.path)
    assert file.path.read_bytes() == b"old"


def test_swap_syncs_the_folder_that_names_the_file(file: DatabaseFile, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(erasure, "sync", synced.append)
    new_path(file.path).write_bytes(b"new")
    swap(file.path)
    assert (file.path.read_bytes(), synced) == (b"new", [file.path.parent])


def test_tidy_removes_what_a_kill_left_and_only_that(file: DatabaseFile) -> None:
    for path in (file.path, new_path(file.path), Path(f"{new_path(file.path)}.wal")):
        path.write_bytes(b"x")
    tidy(file.path)
    tidy(file.path)
    assert list(file.path.parent.iterdir()) == [file.path]


def test_sync_leaves_no_file_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        erasure.sync(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 20
