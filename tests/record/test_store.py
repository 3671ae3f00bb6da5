from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from core.errors import Limit, NotFound, StoreError
from core.record.store import Store
from core.types import EMOTIONS, ClipProgress, Fault, Marker, SelfReport
from tests.record.events import count, estimate, fused, opened, probs, run, written

READINGS = ("estimates", "fused", "markers", "self_reports", "faults")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "attune.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


# -- what is written ------------------------------------------------------------------------------


async def test_every_field_of_an_estimate_comes_back(store: Store) -> None:
    await opened(store)
    store.append("s1", estimate(1.5, start_s=1.25))
    store.append("s1", estimate(2.5, box_px=None, frame_px=None, face_id=None, is_subject=False))
    await written(store)
    first, second = await store.read("SELECT * FROM estimates ORDER BY t")
    assert (first["t"], first["start_s"], first["capture_s"], first["infer_ms"]) == (1.5, 1.25, 101.5, 7.0)
    assert (first["modality"], first["engine"], first["reasons"]) == ("face", "fake", ["low_light"])
    assert (first["box"], first["frame"], first["face_id"]) == ([1.0, 2.0, 3.0, 4.0], [640, 480], 3)
    assert first["quality"] == pytest.approx(0.8)
    assert [first[f"raw_{label}"] for label in EMOTIONS] == pytest.approx(probs("sad").tolist())
    assert [first[f"p_{label}"] for label in EMOTIONS] == pytest.approx(probs("happy").tolist())
    assert (second["box"], second["frame"], second["face_id"], second["is_subject"]) == (None, None, None, False)


async def test_every_field_of_a_fused_estimate_comes_back(store: Store) -> None:
    await opened(store)
    weights = {"face": 0.5, "voice": 0.25, "text": 0.25}
    store.append("s1", fused(3.0, "fear", weights=weights, abstained=True, reasons=("no_face", "too_dark")))
    await written(store)
    (row,) = await store.read("SELECT * FROM fused")
    assert (row["t"], row["capture_s"], row["abstained"], row["reasons"]) == (3.0, 103.0, True, ["no_face", "too_dark"])
    assert (row["weight_face"], row["weight_voice"], row["weight_text"]) == (0.5, 0.25, 0.25)
    assert (row["valence"], row["arousal"]) == (0.5, 0.25)
    assert (row["confidence"], row["intensity"], row["quality"]) == pytest.approx((0.4, 0.4, 0.8))
    assert [row[f"raw_{label}"] for label in EMOTIONS] == pytest.approx(probs("sad").tolist())
    assert [row[f"p_{label}"] for label in EMOTIONS] == pytest.approx(probs("fear").tolist())


async def test_markers_reports_and_faults_come_back_and_other_events_are_ignored(store: Store) -> None:
    await opened(store)
    store.append("s1", Marker("start", 1.0))
    store.append("s1", SelfReport(2.0, shown="sad", chosen="neutral"))
    store.append("s1", Fault("engine_failed", "the face model failed", 3.0, modality="face", will_retry=False))
    store.append("s1", ClipProgress(1.0, 2.0, is_final=False))
    await written(store)
    assert await store.read("SELECT * FROM markers") == [
        {"session_id": "s1", "t": 1.0, "label": "start", "duration": 0.0}
    ]
    (report,) = await store.read("SELECT t, shown, chosen FROM self_reports")
    assert report == {"t": 2.0, "shown": "sad", "chosen": "neutral"}
    (fault,) = await store.read("SELECT code, modality, will_retry FROM faults")
    assert fault == {"code": "engine_failed", "modality": "face", "will_retry": False}
    assert store.counts().written == 3
    assert store.counts().refused == 0


async def test_a_session_row_is_opened_and_closed(store: Store) -> None:
    await opened(store, "s1", "u1", 1_800_000_000.25, smoothing_s=0.6)
    (row,) = await store.read(
        "SELECT user_id, consent_id, epoch(started_at) AS began, ended_at, settings FROM sessions"
    )
    assert row == {
        "user_id": "u1",
        "consent_id": "c1",
        "began": 1_800_000_000.25,
        "ended_at": None,
        "settings": '{"smoothing_s": 0.6}',
    }
    store.append("s1", fused(4.0))
    await store.close_session("s1", 1_800_000_005.0)
    (row,) = await store.read("SELECT epoch(ended_at) AS ended FROM sessions")
    assert row["ended"] == 1_800_000_005.0
    assert await count(store, "fused") == 1, "what was appended before the end is on disk when close_session returns"
    assert store.stored_to_s("s1") == 4.0, "still answered after the end"


async def test_readings_are_committed_without_being_asked_for(store: Store) -> None:
    await opened(store)
    store.append("s1", fused(1.0))
    began_s = time.monotonic()
    while store.stored_to_s("s1") < 1.0:
        assert time.monotonic() - began_s < 5
        await asyncio.sleep(0.02)
    assert await count(store, "fused") == 1


async def test_stored_to_s_counts_readings_only(store: Store) -> None:
    await opened(store)
    assert store.stored_to_s("s1") == 0.0
    store.append("s1", estimate(2.0))
    store.append("s1", estimate(1.0))
    store.append("s1", Marker("a label far ahead", 99.0))
    await written(store)
    assert store.stored_to_s("s1") == 2.0
    assert store.stored_to_s("never opened") == 0.0


async def test_append_never_waits_for_the_writer(store: Store) -> None:
    await opened(store)
    held = threading.Event()
    busy = store.submit(lambda connection: held.wait(30))
    began_s = time.monotonic()
    for step in range(1000):
        store.append("s1", fused(step / 10))
    assert time.monotonic() - began_s < 5
    assert store.stored_to_s("s1") == 0.0
    assert not busy.done()
    held.set()
    await written(store)
    assert await count(store, "fused") == 1000


# -- the second lock on the history scope ---------------------------------------------------------


async def test_rows_of_a_session_that_was_not_opened_are_refused_and_counted(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for event in (estimate(1.0), fused(1.0), Marker("m", 1.0), SelfReport(1.0, "sad", "sad"), Fault("c", "m", 1.0)):
        store.append("s1", event)
    await written(store)
    assert [await count(store, table) for table in READINGS] == [0] * 5
    assert store.counts().refused == 5
    assert [record.message for record in caplog.records if "refused" in record.message] == [
        "session s1 is not open for storing; its rows are refused"
    ]


async def test_rows_that_came_while_a_session_was_being_refused_are_left_out(store: Store) -> None:
    """Nobody has consented: what was told meanwhile waits behind the refusal, and goes with it."""
    opening = asyncio.create_task(store.open_session("s1", "nobody", 1_800_000_000.0, "c1", {}))
    await asyncio.sleep(0)
    store.append("s1", fused(1.0))
    with pytest.raises(StoreError, match="nobody has consented"):
        await opening
    await written(store)
    assert await count(store, "fused") == 0


async def test_rows_after_the_end_are_refused(store: Store) -> None:
    await opened(store)
    await store.close_session("s1", 1_800_000_001.0)
    store.append("s1", fused(9.0))
    await written(store)
    assert await count(store, "fused") == 0


async def test_forget_refuses_new_rows_and_leaves_out_the_waiting_ones(store: Store) -> None:
    await opened(store)
    await opened(store, "s2")
    store.append("s1", fused(1.0))
    await written(store)
    held = threading.Event()
    store.submit(lambda connection: held.wait(30))
    store.append("s1", fused(2.0))
    store.append("s2", fused(2.0))
    store.forget("s1")
    store.append("s1", fused(3.0))
    held.set()
    await written(store)
    rows = await store.read("SELECT session_id, t FROM fused ORDER BY session_id")
    assert rows == [{"session_id": "s1", "t": 1.0}, {"session_id": "s2", "t": 2.0}]
    assert await store.read("SELECT session_id FROM sessions WHERE ended_at IS NULL") == [{"session_id": "s2"}]


async def test_a_forgotten_session_goes_on_under_a_new_consent(store: Store) -> None:
    await opened(store)
    store.append("s1", fused(1.0))
    await written(store)
    store.forget("s1")
    await store.open_session("s1", "u1", 1_900_000_000.0, "c2", {})
    store.append("s1", fused(5.0))
    await written(store)
    (row,) = await store.read("SELECT consent_id, ended_at, epoch(started_at) AS began FROM sessions")
    assert row == {"consent_id": "c2", "ended_at": None, "began": 1_800_000_000.0}
    assert await count(store, "fused") == 2


async def test_a_session_of_somebody_else_cannot_be_opened(store: Store) -> None:
    await opened(store)
    await store.close_session("s1", 1_800_000_001.0)
    with pytest.raises(StoreError, match="belongs to somebody else"):
        await opened(store, "s1", "u2")
    store.append("s1", fused(1.0))
    await written(store)
    assert await count(store, "fused") == 0


async def test_a_session_cannot_be_opened_twice(store: Store) -> None:
    await opened(store)
    with pytest.raises(StoreError, match="already open"):
        await opened(store)


# -- small writes and reads -----------------------------------------------------------------------


async def test_a_task_that_raises_is_undone_and_its_error_passed_on(store: Store) -> None:
    def write(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("INSERT INTO markers VALUES ('s1', 1, 'half', 0)")
        raise NotFound("no such thing")

    with pytest.raises(NotFound, match="no such thing"):
        await store.execute(write)
    assert await count(store, "markers") == 0


async def test_a_task_that_does_not_fit_raises_a_store_error_without_the_value(store: Store) -> None:
    statement = "INSERT INTO markers VALUES ('s1', 'a private word', 'x', 0)"
    with pytest.raises(StoreError, match="ConversionException") as raised:
        await store.execute(lambda connection: connection.execute(statement))
    assert "private" not in str(raised.value)
    assert not store.is_failing


async def test_a_task_gives_back_what_it_read(store: Store) -> None:
    assert await store.execute(lambda connection: connection.execute("SELECT 42").fetchone()) == (42,)


async def test_a_wrong_read_raises_a_store_error_and_the_next_one_works(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.read("SELECT * FROM nowhere")
    assert await count(store, "fused") == 0


async def test_reads_do_not_disturb_writes(store: Store) -> None:
    await opened(store)
    reads = [asyncio.create_task(count(store, "fused")) for _ in range(20)]
    for step in range(3000):
        store.append("s1", fused(step / 10))
    for read in reads:
        assert await read <= 3000
    await written(store)
    assert await count(store, "fused") == 3000


async def test_a_closed_store_refuses(path: Path) -> None:
    store = Store(path)
    await opened(store)
    store.append("s1", fused(1.0))
    store.close()
    store.close()
    store.append("s1", fused(2.0))
    with pytest.raises(StoreError, match="closed"):
        store.submit(lambda connection: None)
    with pytest.raises(StoreError, match="closed"):
        await store.read("SELECT 1")
    assert not path.with_name(path.name + ".wal").exists(), "folded into the file"
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT t FROM fused").fetchall() == [(1.0,)]


# -- the file -------------------------------------------------------------------------------------


def test_a_second_process_on_one_folder_is_told_what_to_do(store: Store, path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from core.errors import StoreError; from core.record.store import Store\n"
        "try: Store(Path(sys.argv[1]))\n"
        "except StoreError as error: print(error.code, error)"
    )
    expected = f"store_locked another process has {path.parent} open; stop it or choose another --data-dir"
    assert run(code, path).strip() == expected


def test_a_file_that_is_no_database_is_told(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"something else entirely" * 1000)
    with pytest.raises(StoreError, match=r"cannot be opened as a database.*choose another --data-dir"):
        Store(path)
    assert path.read_bytes().startswith(b"something else"), "left as it was"


async def test_a_damaged_file_is_told(path: Path) -> None:
    store = Store(path)
    await opened(store)
    store.close()
    data = bytearray(path.read_bytes())
    data[4096 + 100] ^= 255
    data[8192 + 100] ^= 255
    path.write_bytes(data)
    with pytest.raises(StoreError, match="restore a copy"):
        Store(path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be made"):
        Store(tmp_path / "file" / "attune.duckdb")


def test_the_store_brings_no_pandas(path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from core.record.store import Store\n"
        "from tests.record.events import run, fused, opened, written\n"
        "assert 'duckdb' not in sys.modules, 'imported before it is needed'\n"
        "store = Store(Path(sys.argv[1]))\n"
        "async def main():\n"
        "    await opened(store); store.append('s1', fused(1.0)); await written(store)\n"
        "asyncio.run(main()); store.close()\n"
        "print('pandas' in sys.modules)"
    )
    assert run(code, path).strip() == "False"


async def test_reads_that_wait_have_a_number_and_the_next_works(store, monkeypatch) -> None:
    monkeypatch.setattr("core.record.store.MAX_READS", 3)
    asked = [store.read("SELECT 1 AS one") for _ in range(5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [list, list, list, Limit, Limit]
    assert await store.read("SELECT 1 AS one") == [{"one": 1}]
