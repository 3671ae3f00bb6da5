from __future__ import annotations

import io
import json
import struct
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

from core.errors import MediaError
from core.exports.bundle import EXPORT, read_bundle
from core.record.store import Store
from core.record.tables import load_tables
from core.synthetic.study import sample_tables
from core.types import Fault, Marker, Message
from tests.record.events import estimate, fused, opened


@pytest.fixture(scope="module")
def content() -> bytes:
    return EXPORT.write(sample_tables(minutes=0.5))


def changed(content: bytes, name: str, body: bytes | None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        if body is not None:
            new.writestr(name, body)
    return out.getvalue()


@pytest.mark.parametrize("sessions", [0, 1, 3])
def test_a_bundle_comes_back_as_it_was(sessions: int) -> None:
    tables = sample_tables(sessions=sessions, minutes=0.5)
    for (name, before), (_, after) in zip(tables, read_bundle(EXPORT.write(tables)), strict=True):
        pd.testing.assert_frame_equal(before, after, obj=name)


async def test_the_bundle_of_a_database_equals_the_database(tmp_path) -> None:
    store = Store(tmp_path / "attune.duckdb")
    try:
        await opened(store, "s1", "u1")
        for number in range(20):
            store.append("s1", estimate(number / 4))
            store.append("s1", fused(number / 4))
        for event in (Marker("=here", 1.0), Message("user", "hello there", "sad", 0.5, 1.0), Fault("a", "b", 2.0)):
            store.append("s1", event)
        await store.close_session("s1", 1_800_000_100.0)
        tables = await load_tables(store, "u1")
        back = read_bundle(EXPORT.write(tables))
        assert back.messages["content"].tolist() == ["hello there"]
        raw = await store.read("SELECT t, p_happy, quality FROM fused ORDER BY t")
        assert back.fused[["t", "p_happy", "quality"]].to_dict("records") == raw
        for (name, before), (_, after) in zip(tables, back, strict=True):
            pd.testing.assert_frame_equal(before, after, obj=name)
    finally:
        store.close()


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("manifest.json", b"{}", "manifest"),
        ("manifest.json", b"\xff", "manifest"),
        ("manifest.json", b'{"schema_version": 99}', "schema version 99"),
        ("parquet/fused.parquet", None, "missing"),
        ("parquet/fused.parquet", b"PAR1", "checksum"),
        ("checksums.sha256", b"", "checksum"),
    ],
)
def test_a_bundle_that_was_changed_is_refused_with_the_reason(content: bytes, name: str, body, why: str) -> None:
    with pytest.raises(MediaError, match=why):
        read_bundle(changed(content, name, body))


@pytest.mark.parametrize("junk", [b"", b"PK", b"x" * 1000, b"PK\x05\x06" + bytes(18), b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_bundle_is_refused(junk: bytes) -> None:
    with pytest.raises(MediaError, match="expected a bundle"):
        read_bundle(junk)


def test_a_truncated_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(MediaError):
        read_bundle(content[: len(content) // 2])


def test_a_decompression_bomb_is_refused_before_it_unpacks() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(50_000_000))
    assert len(out.getvalue()) < 100_000
    with pytest.raises(MediaError, match="unpacks to more than 10 MB"):
        read_bundle(out.getvalue(), max_bytes=10_000_000)


def test_a_bomb_that_lies_about_its_size_is_refused_too() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(50_000_000))
    lying = out.getvalue().replace(struct.pack("<I", 50_000_000), struct.pack("<I", 1000))
    with pytest.raises(MediaError):
        read_bundle(lying, max_bytes=10_000_000)


def test_too_many_files_are_refused(content: bytes) -> None:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(200):
            archive.writestr(f"../../etc/{number}", b"")
    with pytest.raises(MediaError, match="files"):
        read_bundle(out.getvalue())


def test_a_table_with_other_columns_is_refused(content: bytes) -> None:
    import hashlib

    frame = pd.DataFrame({"t": ["x"]})
    body = frame.to_parquet()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sums = archive.read("checksums.sha256").decode()
        old = hashlib.sha256(archive.read("parquet/markers.parquet")).hexdigest()
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["rows"]["markers"] == 6
    other = changed(content, "parquet/markers.parquet", body)
    other = changed(other, "checksums.sha256", sums.replace(old, hashlib.sha256(body).hexdigest()).encode())
    with pytest.raises(MediaError, match="markers does not fit"):
        read_bundle(other)


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_bundle_with_a_time_without_end_is_refused(value) -> None:
    tables = sample_tables()
    endless = tables.fused.assign(t=value)
    with pytest.raises(MediaError, match="without end"):
        read_bundle(EXPORT.write(replace(tables, fused=endless)))
