"""The bundle: everything at once, to open elsewhere without the server. Parquet, CSV, codebook, README, checksums."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from core.errors import MediaError, TooLarge
from core.exports import SCHEMA_VERSION, Export
from core.exports.as_parquet import parquet_parts
from core.exports.packing import LABELS, codebook_csv, csv_parts, zip_parts
from core.record.tables import CODEBOOK, SessionTables, Tables, as_typed, may_lack
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame
    from pyarrow import DataType

MAX_FILES = 100
MAX_BYTES = 1_000_000_000
"""unpacked; a bundle of a hundred hours is well below"""

MAX_SESSIONS = 50
"""as many as the charts can show; 400 made 29 s of work from 34 kB"""
MAX_ROWS = 1_000_000
"""of all tables: 20 hours of readings at 14 a second, some seconds of work"""
MAX_TIME_S = 1e7
"""of session time, four months; what lies beyond was never recorded"""

MAX_FACTS_BYTES = 64_000
"""of the manifest and of the checksums; they have some kB. 36 MB of brackets, 68 kB packed, took 6 s"""
MAX_FOOTER_BYTES = 1_000_000
"""what Parquet says of a table, JSON for pandas among it; a million readings take 0.2 MB"""
PIECE_BYTES = 256_000
"""unpacked and summed at once; as large may the ZIP's directory be, which is some thousand files"""
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""zipfile unpacks these as far as it is asked to, all others whole"""
TABLES = tuple(f"parquet/{name}.parquet" for name in CODEBOOK)

RANGES = {"0..1": (-1e-6, 1 + 1e-6), "-1..1": (-1 - 1e-6, 1 + 1e-6)}
"""by the codebook's unit, with room for the rounding of float32"""

README = f"""# Attune export bundle

Expressions as a machine estimated them live from face, voice and words. It can be wrong, and an expression is not
a feeling.

- `parquet/` and `csv/` hold the same tables; `codebook.csv` gives type, unit and meaning of each column.
- Order of the expressions everywhere: {LABELS}.
- Times `t` are seconds of session time (0 is the first media, word or mark); `started_at` is UTC.
- In `csv/` what a spreadsheet could take for a formula has an apostrophe before it: take one off where a text begins
  with one, and where one stands after a semicolon, a vertical bar, a tab or a line end. `parquet/` has every text as
  it was.
- `checksums.sha256`: `sha256sum -c checksums.sha256`.

Python: `pandas.read_parquet("parquet/fused.parquet")` · R: `arrow::read_parquet("parquet/fused.parquet")`, or
`read.csv("csv/fused.csv", fileEncoding = "UTF-8-BOM")` · Attune: the Analytics page, or
`notebooks/session_analytics.ipynb`.
"""


def _tables_told(tables: Tables, counts: dict[str, int]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Both forms of each table; `counts` gets the rows of the one that is read back."""
    for name in CODEBOOK:
        yield f"parquet/{name}.parquet", parquet_parts(name, _Counted(tables, counts))
    for name in CODEBOOK:
        yield f"csv/{name}.csv", csv_parts(name, tables.batches(name))


@dataclass(frozen=True, slots=True)
class _Counted:
    """The same tables; what is handed out is counted."""

    tables: Tables
    counts: dict[str, int]

    def batches(self, name: str, session_id: str | None = None, *, is_by_start: bool = False) -> Iterator[DataFrame]:
        self.counts[name] = 0
        for batch in self.tables.batches(name, session_id, is_by_start=is_by_start):
            self.counts[name] += len(batch)
            yield batch


def _files(tables: Tables) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The manifest and the checksums come last, when they are known."""
    sums: dict[str, str] = {}
    counts: dict[str, int] = {}
    facts = {"made_by": "Attune", "schema_version": SCHEMA_VERSION, "expressions": list(EMOTIONS), "rows": counts}
    texts: list[tuple[str, Iterable[bytes]]] = [("README.md", [README.encode()]), ("codebook.csv", [codebook_csv()])]
    for name, parts in chain(texts, _tables_told(tables, counts)):
        yield name, _summed(name, parts, sums)
    yield "manifest.json", _summed("manifest.json", [json.dumps(facts, indent=2).encode()], sums)
    yield "checksums.sha256", ["".join(f"{value}  {name}\n" for name, value in sorted(sums.items())).encode()]


def _summed(name: str, parts: Iterable[bytes], sums: dict[str, str]) -> Iterator[bytes]:
    total = hashlib.sha256()
    for part in parts:
        total.update(part)
        yield part
    sums[name] = total.hexdigest()


def parts(tables: Tables) -> Iterator[bytes]:
    """The ZIP; the same tables give the same bytes."""
    return zip_parts(_files(tables))


def read_bundle(content: bytes, max_bytes: int = MAX_BYTES) -> SessionTables:
    """The tables as they were written. Raises TooLarge, or MediaError that says what was expected.

    `max_bytes` bounds what it unpacks to, so a decompression bomb is refused before it is unpacked. What it says of
    itself is small and looked at first; of the rest only tables are kept.
    """
    try:
        with zipfile.ZipFile(_InPieces(content)) as archive:
            _check_files(archive, max_bytes)
            counts = _check_manifest(_small(archive, "manifest.json"))
            tables = _summed_tables(archive, _small(archive, "checksums.sha256"))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise _misfit("this is no ZIP file that can be read") from error
    return _tables(tables, counts, max_bytes)


class _InPieces(io.BytesIO):
    """An archive of which nobody reads more than PIECE_BYTES at once.

    zipfile takes the whole directory in one piece, and makes objects of it before anybody can count them: four million
    in an upload of 200 MB.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > PIECE_BYTES:
            raise zipfile.BadZipFile(f"expected pieces of at most {PIECE_BYTES} bytes")
        return super().read(size)


def _check_files(archive: zipfile.ZipFile, max_bytes: int) -> None:
    """By the directory alone; that it does not lie about sizes, zipfile sees to (of PACKED, not of bz2 or LZMA)."""
    members = archive.infolist()
    if len(members) > MAX_FILES:
        raise _misfit(f"it has {len(members)} files")
    names = [member.filename for member in members]
    if len(set(names)) < len(names) or any(name.startswith("/") or ".." in name or "\\" in name for name in names):
        raise _misfit("it has a file name twice, or one that leads out of its folder")
    if any(member.compress_type not in PACKED for member in members):
        raise _misfit("it is packed by another method than deflate")
    if sum(member.file_size for member in members) > max_bytes:
        raise _misfit(f"it unpacks to more than {max_bytes / 1e6:.0f} MB")
    for name in ("manifest.json", "checksums.sha256", *TABLES):
        if name not in names:
            raise _misfit(f"{name} is missing")


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    """What a bundle says of itself: read at once, as it is some kB."""
    if archive.getinfo(name).file_size > MAX_FACTS_BYTES:
        raise _misfit(f"{name} unpacks to more than {MAX_FACTS_BYTES / 1000:.0f} kB")
    return archive.read(name)


def _check_manifest(content: bytes) -> dict[str, int]:
    """How many rows each table is said to have."""
    try:
        manifest = json.loads(content)
        version, expressions, counts = manifest["schema_version"], manifest.get("expressions"), manifest.get("rows")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _misfit("its manifest.json cannot be read") from error
    if version is True or version != SCHEMA_VERSION:
        raise _misfit(f"it has schema version {str(version)[:20]}, this app reads {SCHEMA_VERSION}")
    if (
        expressions != list(EMOTIONS)
        or not isinstance(counts, dict)
        or not all(type(n) is int for n in counts.values())
    ):
        raise _misfit(f"its manifest.json has other expressions than {LABELS}, or no rows")
    if counts.get("sessions", 0) > MAX_SESSIONS:
        raise TooLarge(
            f"it has {counts['sessions']} sessions, {MAX_SESSIONS} are read at a time; export fewer sessions"
        )
    if sum(counts.values()) > MAX_ROWS:
        raise TooLarge(f"it has {sum(counts.values())} rows, {MAX_ROWS} are read at a time; export fewer sessions")
    return counts


def _summed_tables(archive: zipfile.ZipFile, sums: bytes) -> dict[str, bytes]:
    """The tables' files; every other file is summed piece by piece and forgotten."""
    lines = sums.decode("utf-8", "replace").splitlines()
    stated = {name: value for value, _, name in (line.partition("  ") for line in lines)}
    tables = {}
    for name in sorted({*archive.namelist()} - {"checksums.sha256"}):
        total, kept = hashlib.sha256(), bytearray()
        with archive.open(name) as member:
            while part := member.read(PIECE_BYTES):
                total.update(part)
                if name in TABLES:
                    kept += part
        if stated.get(name) != total.hexdigest():
            raise _misfit(f"the checksum of {name} is another: the file was changed or damaged")
        if name in TABLES:
            tables[name] = bytes(kept)
    return tables


def _tables(files: dict[str, bytes], counts: dict[str, int], max_bytes: int) -> SessionTables:
    import pandas as pd
    import pyarrow as pa

    frames = {}
    for name in CODEBOOK:
        content = files[f"parquet/{name}.parquet"]
        try:
            rows, size = _parquet_size(name, content, max_bytes)
            if rows != counts.get(name):
                raise _misfit(f"the table {name} has {rows} rows, its manifest.json says {counts.get(name)}")
            max_bytes -= size
            if max_bytes < 0:
                raise _misfit(f"the table {name} unpacks to too much")
            frames[name] = as_typed(name, pd.read_parquet(io.BytesIO(content)))
            if (frames[name].select_dtypes("float64").abs() == float("inf")).to_numpy().any():
                raise _misfit(f"the table {name} holds a number without end")
            _check_times(name, frames[name])
            _check_ranges(name, frames[name])
        except (pa.ArrowException, ValueError, TypeError, KeyError, OSError) as error:
            raise _misfit(f"the table {name} does not fit") from error
    return SessionTables(**frames)


def _check_times(name: str, frame: DataFrame) -> None:
    """Raises ValueError where a time is none that a session can have; only the beginning of a line may be unknown."""
    for column, (kind, unit, _) in CODEBOOK[name].items():
        if kind == "number" and unit == "s":
            times = frame[column].dropna() if column == "start_s" else frame[column]
            if not (times.abs() <= MAX_TIME_S).all():
                raise ValueError(f"expected times within {MAX_TIME_S:g} s in {column}")


def _check_ranges(name: str, frame: DataFrame) -> None:
    """Raises ValueError where a share or a probability lies outside its range; what is not known may be left out."""
    for column, (_, unit, _) in CODEBOOK[name].items():
        if unit in RANGES and not frame[column].dropna().between(*RANGES[unit]).all():
            raise ValueError(f"expected {unit} in {column}")


def _parquet_size(name: str, content: bytes, most: int) -> tuple[int, int]:
    """(rows, bytes) a table takes once it is read, told without reading it so far that it takes them.

    A few kB of Parquet can stand for millions of equal rows. Text is looked at as codes into a dictionary, and not
    at all where the other columns are more than `most`. Raises ValueError when a column is of another type, or no text.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from pyarrow import types

    fits: dict[str, Callable[[DataType], bool]] = {
        "text": lambda kind: bool(types.is_string(kind) or types.is_large_string(kind)),
        "number": types.is_floating,
        "whole": types.is_integer,
        "truth": types.is_boolean,
        "time": types.is_timestamp,
    }
    if int.from_bytes(content[-8:-4], "little") > MAX_FOOTER_BYTES:
        raise ValueError(f"expected a footer of at most {MAX_FOOTER_BYTES} bytes")
    kinds = {column: kind for column, (kind, *_) in CODEBOOK[name].items()}
    text = [column for column, kind in kinds.items() if kind == "text"]
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=text)
    schema, rows = pq.read_schema(io.BytesIO(content)), int(file.metadata.num_rows)
    kinds = {column: kind for column, kind in kinds.items() if column in schema.names or not may_lack(name, column)}
    if schema.names != list(kinds) or not all(fits[kinds[field.name]](field.type) for field in schema):
        raise ValueError(f"expected the columns {', '.join(kinds)}, each of its type")
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    size = max(rows * len(kinds) * 8, sum(group.total_byte_size for group in groups))
    if size <= most and text:
        words = file.read(columns=text)
        words.validate(full=True)  # text that is no UTF-8 is else found where somebody looks at it
        for column in words.itercolumns():
            for chunk in column.chunks:
                lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
                size += int(pc.sum(lengths).as_py() or 0)
    return rows, size


def _misfit(why: str) -> MediaError:
    return MediaError(f"{why}; expected a bundle as Export (bundle) makes it", "bad_bundle")


EXPORT = Export("bundle", "Everything (bundle)", "application/zip", ".attune.zip", parts)
