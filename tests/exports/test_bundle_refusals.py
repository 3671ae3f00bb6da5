"""Bundles that somebody else put together: each with checksums that agree, so only the content speaks against it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import MediaError, TooLarge
from core.exports.bundle import EXPORT, MAX_FACTS_BYTES, MAX_ROWS, MAX_SESSIONS, read_bundle
from core.synthetic.study import sample_tables
from core.types import EMOTIONS


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(EXPORT.write(sample_tables(sessions=1, minutes=0.5)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def bundled(files: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED, **changes: object) -> bytes:
    """The bundle with a manifest of other facts; checksums as they should be."""
    made = {name: body for name, body in files.items() if name != "checksums.sha256"}
    if changes:
        made["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | changes).encode()
    made["checksums.sha256"] = "".join(f"{hashlib.sha256(b).hexdigest()}  {n}\n" for n, b in made.items()).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        for name, body in made.items():
            archive.writestr(name, body)
    return out.getvalue()


def markers(labels: object, **more: object) -> bytes:
    out = io.BytesIO()
    count = len(labels)  # type: ignore[arg-type]
    columns = {"session_id": pa.array(["s"]).take(pa.array(np.zeros(count, np.int64))), "t": np.zeros(count)}
    pq.write_table(pa.table({**columns, "label": labels, **more}), out, compression="zstd")
    return out.getvalue()


def with_markers(files: dict[str, bytes], content: bytes, count: int) -> bytes:
    rows = json.loads(files["manifest.json"])["rows"] | {"markers": count}
    return bundled(files | {"parquet/markers.parquet": content}, rows=rows)


def test_an_unchanged_bundle_is_read(files: dict[str, bytes]) -> None:
    assert len(read_bundle(bundled(files)).fused)


def test_a_bundle_of_before_markers_had_a_duration_is_read(files: dict[str, bytes]) -> None:
    assert read_bundle(with_markers(files, markers(pa.array(["x"])), 1)).markers["duration"].tolist() == [0.0]


@pytest.mark.parametrize(("rows", "length"), [(900_000, 1), (20_000, 5_000)])
def test_a_few_kilobytes_of_parquet_that_stand_for_much_are_refused(
    files: dict[str, bytes], rows: int, length: int
) -> None:
    content = markers(pa.array(["y" * length]).take(pa.array(np.zeros(rows, np.int64))))
    assert len(content) < 1_000_000
    with pytest.raises(MediaError, match="markers unpacks to"):
        read_bundle(with_markers(files, content, rows), max_bytes=10_000_000)


def test_other_types_and_more_columns_are_refused(files: dict[str, bytes]) -> None:
    for content in (markers(pa.array([[{"a": 1}]])), markers(pa.array([1])), markers(pa.array(["x"]), more=["y"])):
        with pytest.raises(MediaError, match="markers does not fit"):
            read_bundle(with_markers(files, content, 1))


@pytest.mark.parametrize("name", ["csv/fused.csv", "README.md", "codebook.csv"])
def test_every_checksum_counts(files: dict[str, bytes], name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for other, body in (files | {name: b"changed"}).items():
            archive.writestr(other, body)
    with pytest.raises(MediaError, match=f"checksum of {name}"):
        read_bundle(out.getvalue())


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a\\..\\b"])
def test_names_that_lead_elsewhere_are_refused(files: dict[str, bytes], name: str) -> None:
    with pytest.raises(MediaError, match="leads out of its folder"):
        read_bundle(bundled(files | {name: b""}))


@pytest.mark.parametrize(
    "facts",
    [{"expressions": list(EMOTIONS[::-1])}, {"rows": {}}, {"rows": 3}, {"schema_version": True}, {"rows": None}],
)
def test_a_manifest_that_says_something_else_is_refused(files: dict[str, bytes], facts: dict[str, object]) -> None:
    with pytest.raises(MediaError, match="expected a bundle"):
        read_bundle(bundled(files, **facts))


@pytest.mark.parametrize("body", [b"[" * 60_000, b"[]", b"3", b"null"])
def test_a_manifest_that_is_no_object_is_refused(files: dict[str, bytes], body: bytes) -> None:
    with pytest.raises(MediaError, match=r"manifest\.json cannot be read"):
        read_bundle(bundled(files | {"manifest.json": body}))


def unread(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """From here on nobody unpacks more than `most` bytes of a file, or reads larger JSON than a manifest."""
    read, loads = zipfile.ZipExtFile._read1, json.loads  # type: ignore[attr-defined]
    taken: dict[int, int] = {}

    def counted(member: zipfile.ZipExtFile, n: int) -> bytes:
        part: bytes = read(member, n)
        taken[id(member)] = taken.get(id(member), 0) + len(part)
        assert taken[id(member)] <= most, "unpacked before it was refused"
        return part

    def small(content: bytes) -> object:
        assert len(content) <= MAX_FACTS_BYTES, "read as JSON before it was refused"
        return loads(content)

    monkeypatch.setattr(zipfile.ZipExtFile, "_read1", counted)
    monkeypatch.setattr(json, "loads", small)


@pytest.mark.parametrize("name", ["manifest.json", "checksums.sha256"])
def test_what_a_bundle_says_of_itself_is_small_or_refused_unread(
    files: dict[str, bytes], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest of 36 MB, 68 kB packed, stopped the server for 6.5 s and took 905 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, body in (files | {name: b"[" + b"[]," * 100_000 + b"[]]"}).items():
            archive.writestr(other, body)
    content = out.getvalue()
    unread(monkeypatch, 100_000)
    with pytest.raises(MediaError, match=f"{name} unpacks to more than 64 kB"):
        read_bundle(content)


def test_nothing_else_is_unpacked_before_the_manifest_fits(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bundled(files | {"a": bytes(2_000_000)}, schema_version=99)
    unread(monkeypatch, 100_000)
    with pytest.raises(MediaError, match="schema version 99"):
        read_bundle(content)


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_measure_are_refused(files: dict[str, bytes], packed: int) -> None:
    with pytest.raises(MediaError, match="another method than deflate"):
        read_bundle(bundled(files, packed))


def test_a_directory_of_more_files_than_anybody_wants_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(6000):
            archive.writestr(str(number), b"")
    made: list[str] = []
    monkeypatch.setattr(zipfile, "ZipInfo", made.append)
    with pytest.raises(MediaError, match="no ZIP file that can be read"):
        read_bundle(out.getvalue())
    assert made == []


def described(files: dict[str, bytes], pandas: bytes) -> bytes:
    """The bundle with a table that says this of pandas."""
    out = io.BytesIO()
    table = pq.read_table(io.BytesIO(files["parquet/markers.parquet"]))
    pq.write_table(table.replace_schema_metadata({b"pandas": pandas}), out)
    return with_markers(files, out.getvalue(), len(table))


def test_a_table_with_a_footer_of_megabytes_is_refused_and_its_json_not_read(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = described(files, b'{"x": [' + b"[]," * 1_000_000 + b"[]]}")
    unread(monkeypatch, 20_000_000)
    with pytest.raises(MediaError, match="markers does not fit"):
        read_bundle(content)


def test_a_damaged_stream_is_refused(files: dict[str, bytes]) -> None:
    content = bytearray(bundled(files))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("parquet/estimates.parquet").header_offset + 30 + len("parquet/estimates.parquet")
    for shift in range(40):
        broken = bytearray(content)
        broken[start + shift] ^= 0xFF
        with pytest.raises(MediaError):
            read_bundle(bytes(broken))


def test_more_sessions_than_charts_can_show_are_refused_at_once() -> None:
    """400 sessions in 34 kB took 29 s."""
    one = sample_tables(sessions=1, minutes=0.05)
    ids = [f"s{number}" for number in range(MAX_SESSIONS + 1)]
    sessions = one.sessions.loc[[0] * len(ids)].assign(session_id=ids)
    content = EXPORT.write(replace(one, sessions=sessions.astype({"session_id": "str"})))
    with pytest.raises(TooLarge, match=f"{MAX_SESSIONS + 1} sessions, {MAX_SESSIONS} are read at a time"):
        read_bundle(content)


def test_more_rows_than_can_be_read_in_seconds_are_refused_by_their_number(files: dict[str, bytes]) -> None:
    rows = json.loads(files["manifest.json"])["rows"] | {"fused": MAX_ROWS}
    with pytest.raises(TooLarge, match=f"{MAX_ROWS} are read at a time; export fewer"):
        read_bundle(bundled(files, rows=rows))


@pytest.mark.parametrize("t", [float("inf"), float("-inf"), float("nan"), 1e308])
def test_times_that_no_session_has_are_refused(t: float) -> None:
    tables = sample_tables(sessions=1, minutes=0.5)
    changed = tables.fused.copy()
    changed.loc[0, "t"] = t
    with pytest.raises(MediaError, match=r"fused (does not fit|holds a number without end)"):
        read_bundle(EXPORT.write(replace(tables, fused=changed)))
