"""What the writer promises when a row, the process or the disk fails."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import StoreError
from core.record import columns
from core.record.store import Store
from core.types import Fault, Marker, SelfReport
from tests.record.events import ROOT, count, estimate, fused, opened, run, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "attune.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


async def test_a_database_that_is_well_stays_open(path: Path) -> None:
    """Opened anew for each batch it would be slow, and the log would be merged each time."""
    store = Store(path)
    connection = store._writer.connection
    await opened(store)
    for step in range(3):
        store.append("s1", fused(step))
        await written(store)
    assert store._writer.connection is connection
    store.close()


async def test_a_database_that_cannot_be_reopened_for_a_while_loses_nothing(store: Store) -> None:
    await opened(store)
    writer, tries = store._writer, []
    connect = writer._connect

    def refuse_twice() -> object:
        tries.append(1)
        if len(tries) <= 2:
            raise StoreError("locked")
        return connect()

    writer._connect = refuse_twice
    writer._is_broken = True
    for step in range(50):
        store.append("s1", fused(step))
    async with asyncio.timeout(10):
        while store.stored_to_s("s1") < 49:
            await asyncio.sleep(0.05)
    assert len(tries) == 3
    assert await count(store, "fused") == 50
    assert store.counts().bad == 0


# -- bad rows -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        Marker("\ud800", 1.0),
        fused(float("nan")),
        fused(1.0, probs=np.full(7, np.nan, dtype=np.float32)),
        fused(1.0, probs=np.ones(6, dtype=np.float32)),
        estimate(1.0, face_id=2**40),
        estimate(1.0, box_px=("left", 0, 0, 0)),
        SelfReport("soon", "sad", "sad"),  # type: ignore[arg-type]
        Fault("code", None, 1.0),  # type: ignore[arg-type]
    ],
    ids=lambda event: type(event).__name__,
)
async def test_a_row_that_does_not_fit_is_dropped_alone(path: Path, bad: columns.Kept) -> None:
    told: list[tuple[str, str]] = []
    store = Store(path, lambda code, message: told.append((code, message)))
    await opened(store)
    for step in range(50):
        store.append("s1", fused(step))
        store.append("s1", estimate(step))
        if step == 20:
            store.append("s1", bad)
    await written(store)
    assert await count(store, "fused") == 50
    assert await count(store, "estimates") == 50
    assert (store.counts().bad, store.counts().written) == (1, 100)
    assert [code for code, _ in told] == ["store_bad_row"]
    assert store.stored_to_s("s1") == 49.0
    store.close()


async def test_many_rows_that_do_not_fit_lose_no_other(store: Store) -> None:
    await opened(store)
    for step in range(600):
        store.append("s1", Marker("\ud800" if step % 37 == 0 else "fine", step))
    await written(store)
    assert await count(store, "markers") == 600 - 17
    assert store.counts().bad == 17


# -- a kill ---------------------------------------------------------------------------------------

APPEND_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from core.record.store import Store
from tests.record.events import estimate, fused, opened
store = Store(Path(sys.argv[1]))
async def main():
    await opened(store, sys.argv[2])
    told = -1.0
    for step in range(1, 10**9):
        store.append(sys.argv[2], fused(step))
        store.append(sys.argv[2], estimate(step))
        if step % 20 == 0:
            await asyncio.sleep(0.002)
        if store.stored_to_s(sys.argv[2]) > told:
            told = store.stored_to_s(sys.argv[2])
            print(told, flush=True)
asyncio.run(main())
"""


def killed_while_writing(path: Path, session_id: str, after_s: float) -> float:
    """SIGKILL a writing process that long after it first told what is stored; returns the last it told."""
    command = [sys.executable, "-c", APPEND_FOR_EVER, str(path), session_id]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        time.sleep(after_s)
        process.kill()
        lines += process.stdout.read().splitlines(keepends=True)
    return float([line for line in lines if line.endswith("\n")][-1])


@pytest.mark.slow
async def test_what_was_acknowledged_survives_kill_9(path: Path) -> None:
    random.seed(2)
    told = {}
    for turn in range(5):
        told[f"s{turn}"] = killed_while_writing(path, f"s{turn}", random.uniform(0, 0.7))
    assert min(told.values()) > 0
    store = Store(path)
    for session_id, stored_to_s in told.items():
        for table in ("fused", "estimates"):
            (row,) = await store.read(
                f"SELECT count(*) AS n, count(DISTINCT t) AS d FROM {table} WHERE session_id = ? AND t <= ?",
                [session_id, stored_to_s],
            )
            assert row == {"n": stored_to_s, "d": stored_to_s}
    store.close()


async def test_a_session_left_open_by_a_kill_ends_with_its_last_reading(path: Path) -> None:
    killed_while_writing(path, "s1", 0.1)
    store = Store(path)
    await opened(store, "s2")
    (row,) = await store.read(
        "SELECT epoch(ended_at) - epoch(started_at) AS lasted_s, (SELECT max(t) FROM fused) AS last"
        " FROM sessions WHERE session_id = 's1'"
    )
    assert row["lasted_s"] == row["last"] > 0
    assert await store.read("SELECT session_id FROM sessions WHERE ended_at IS NULL") == [{"session_id": "s2"}]
    store.close()


async def test_a_session_left_open_without_readings_ends_when_it_began(path: Path) -> None:
    store = Store(path)
    await opened(store)
    store.close()
    store = Store(path)
    (row,) = await store.read("SELECT ended_at = started_at AS same FROM sessions")
    assert row["same"] is True
    store.close()


# -- a disk that refuses --------------------------------------------------------------------------

FULL_DISK = """
import asyncio, os, resource, sys, time
from contextlib import suppress
from pathlib import Path
from core.errors import StoreError
from core.record.store import Store
from tests.record.events import count, estimate, fused, opened, written
path, mode = Path(sys.argv[1]), sys.argv[2]
told = []
store = Store(path, lambda code, message: told.append(code), max_backlog=1500 if mode == "overflow" else 100_000)
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
async def until(condition):
    began_s = time.monotonic()
    while not condition():
        assert time.monotonic() - began_s < 30, told
        await asyncio.sleep(0.01)
async def main():
    await opened(store)
    if "checkpoint" in mode:  # the log may grow, but folding it into the file fails and breaks the database down
        await store.execute(lambda connection: connection.execute("SET checkpoint_threshold = '50kb'"))
        limit(270_000)  # the file wants to grow to 274,432 bytes
    else:
        limit(path.with_name(path.name + ".wal").stat().st_size + 20_000)
    for step in range(4000):
        store.append("s1", fused(step))
        if mode == "checkpoint after commit" and step < 500 and step % 50 == 49:
            with suppress(StoreError):
                await store.execute(lambda connection: None)
        if step % 100 == 0:
            await asyncio.sleep(0.02)
    await until(lambda: "store_failing" in told)
    if "checkpoint" not in mode:
        assert store.is_failing and store.stored_to_s("s1") < 3999
        try:
            await store.execute(lambda connection: connection.execute("INSERT INTO consents VALUES ('c', 'u', 'v', '"
                + "h" * 100_000 + "', [], 'self', now(), NULL)"))
        except StoreError as error:
            assert "refused the write" in str(error), error
        else:
            raise AssertionError("a full disk took a write")
    await asyncio.sleep(0.5)
    assert "checkpoint" in mode or told.count("store_failing") == 1, told
    await asyncio.wait_for(store.close_session("s1", 1_800_004_000.0), 10)
    limit(resource.RLIM_INFINITY)
    await until(lambda: not store.is_failing)
    await written(store)
    (row,) = await store.read("SELECT count(*) AS n, count(DISTINCT t) AS d, max(t) AS last FROM fused")
    (session,) = await store.read("SELECT ended_at IS NOT NULL AS has_ended FROM sessions")
    counts = store.counts()
    print(row["n"], row["d"], row["last"], counts.dropped, counts.bad, int(session["has_ended"]),
          told.count("store_overflow"), store.stored_to_s("s1"))
asyncio.run(main())
store.close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["log", "checkpoint", "checkpoint after commit"])
def test_a_full_disk_loses_and_doubles_nothing(path: Path, mode: str) -> None:
    rows, distinct, last, dropped, bad, has_ended, overflows, stored_to_s = run(FULL_DISK, path, mode).split()
    assert (rows, distinct, last, stored_to_s) == ("4000", "4000", "3999.0", "3999.0")
    assert (dropped, bad, overflows, has_ended) == ("0", "0", "0", "1")


@pytest.mark.slow
def test_a_disk_full_for_too_long_leaves_out_the_oldest_and_says_so(path: Path) -> None:
    rows, distinct, last, dropped, bad, _, overflows, _ = run(FULL_DISK, path, "overflow").split()
    assert int(dropped) > 0
    assert rows == distinct == str(4000 - int(dropped))
    assert (last, bad) == ("3999.0", "0")
    assert overflows == "2", "once when it began, once with the number"


NEVER_BETTER = """
import asyncio, resource, sys, time
from pathlib import Path
from core.record import writer
from core.record.store import Store
from tests.record.events import fused, opened
writer.GIVE_UP_S = 0.5
path = Path(sys.argv[1])
store = Store(path)
asyncio.run(opened(store))
size = path.with_name(path.name + ".wal").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
for step in range(50):
    store.append("s1", fused(step))
began_s = time.monotonic()
store.close()
assert time.monotonic() - began_s < 10
print(store.counts().dropped)
"""


@pytest.mark.slow
def test_closing_on_a_disk_that_stays_full_ends_and_counts_the_loss(path: Path) -> None:
    assert run(NEVER_BETTER, path).split() == ["50"]


async def test_the_file_rests_four_times_as_long_as_its_exchange_took(store: Store) -> None:
    """A fifth of the time at most goes to exchanges, however many delete."""
    await opened(store)
    began_s = time.monotonic()
    await store.erase(lambda connection: len(connection.execute("DELETE FROM sessions RETURNING 1").fetchall()))
    took_s = time.monotonic() - began_s
    assert 0 < store._writer.rest_s() <= 4 * took_s
