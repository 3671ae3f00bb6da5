"""The bundle: everything at once, to open elsewhere without the server. Parquet, CSV, codebook, README, checksums."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

from core.errors import MediaError
from core.exports import SCHEMA_VERSION, Export
from core.exports.as_parquet import as_parquet
from core.exports.packing import LABELS, as_csv, codebook_csv, zipped
from core.record.tables import CODEBOOK, SessionTables, as_typed
from core.types import EMOTIONS

MAX_FILES = 100
MAX_BYTES = 1_000_000_000
"""unpacked; a bundle of a hundred hours is well below"""

README = f"""# Attune export bundle

Expressions as a machine estimated them live from face, voice and words. It can be wrong, and an expression is not
a feeling.

- `parquet/` and `csv/` hold the same tables; `codebook.csv` gives type, unit and meaning of each column.
- Order of the expressions everywhere: {LABELS}.
- Times `t` are seconds of session time (0 is the first media); `started_at` is UTC.
- `checksums.sha256`: `sha256sum -c checksums.sha256`.

Python: `pandas.read_parquet("parquet/fused.parquet")` · R: `arrow::read_parquet("parquet/fused.parquet")`, or
`read.csv("csv/fused.csv")` · Attune: the Analytics page, or `notebooks/session_analytics.ipynb`.
"""


def write(tables: SessionTables) -> bytes:
    """The ZIP; the same tables give the same bytes."""
    counts = {name: len(frame) for name, frame in tables}
    manifest = {"made_by": "Attune", "schema_version": SCHEMA_VERSION, "expressions": list(EMOTIONS), "rows": counts}
    files: dict[str, bytes | str] = {"README.md": README, "codebook.csv": codebook_csv()}
    files["manifest.json"] = json.dumps(manifest, indent=2)
    files |= {f"parquet/{name}.parquet": as_parquet(name, frame) for name, frame in tables}
    files |= {f"csv/{name}.csv": as_csv(name, frame) for name, frame in tables}
    sums = {name: _sum(content if isinstance(content, bytes) else content.encode()) for name, content in files.items()}
    files["checksums.sha256"] = "".join(f"{value}  {name}\n" for name, value in sorted(sums.items()))
    return zipped(files)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_bundle(content: bytes, max_bytes: int = MAX_BYTES) -> SessionTables:
    """The tables as they were written. Raises MediaError that says what was expected, for anything else.

    `max_bytes` bounds what it unpacks to, so a decompression bomb is refused before it is unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size(archive, max_bytes)
            names = ["manifest.json", "checksums.sha256", *(f"parquet/{name}.parquet" for name in CODEBOOK)]
            files = {name: _member(archive, name, max_bytes) for name in names}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise _misfit("this is no ZIP file that can be read") from error
    _check_manifest(files)
    return _tables(files)


def _check_size(archive: zipfile.ZipFile, max_bytes: int) -> None:
    members = archive.infolist()
    if len(members) > MAX_FILES:
        raise _misfit(f"it has {len(members)} files")
    if sum(member.file_size for member in members) > max_bytes:
        raise _misfit(f"it unpacks to more than {max_bytes / 1e6:.0f} MB")


def _member(archive: zipfile.ZipFile, name: str, max_bytes: int) -> bytes:
    """At most `max_bytes`, whatever its header states."""
    try:
        with archive.open(name) as member:
            content = member.read(max_bytes + 1)
    except KeyError as error:
        raise _misfit(f"{name} is missing") from error
    if len(content) > max_bytes:
        raise _misfit(f"{name} unpacks to more than {max_bytes / 1e6:.0f} MB")
    return content


def _check_manifest(files: dict[str, bytes]) -> None:
    try:
        manifest: Any = json.loads(files["manifest.json"])
        version = manifest["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _misfit("its manifest.json cannot be read") from error
    if version != SCHEMA_VERSION:
        raise _misfit(f"it has schema version {str(version)[:20]}, this app reads {SCHEMA_VERSION}")
    lines = files["checksums.sha256"].decode("utf-8", "replace").splitlines()
    stated = {name: value for value, _, name in (line.partition("  ") for line in lines)}
    for name, content in files.items():
        if name != "checksums.sha256" and stated.get(name) != _sum(content):
            raise _misfit(f"the checksum of {name} is another: the file was changed or damaged")


def _tables(files: dict[str, bytes]) -> SessionTables:
    import pandas as pd
    import pyarrow as pa

    frames = {}
    for name in CODEBOOK:
        try:
            frames[name] = as_typed(name, pd.read_parquet(io.BytesIO(files[f"parquet/{name}.parquet"])))
        except (pa.ArrowException, ValueError, TypeError, KeyError, OSError) as error:
            raise _misfit(f"the table {name} does not fit") from error
    return SessionTables(**frames)


def _misfit(why: str) -> MediaError:
    return MediaError(f"{why}; expected a bundle as Export (bundle) makes it", "bad_bundle")


EXPORT = Export("bundle", "Everything (bundle)", "application/zip", ".attune.zip", write)
