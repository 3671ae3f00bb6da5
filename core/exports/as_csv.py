"""CSV: a ZIP with one file per table and a codebook. Nothing is altered, not even free text that begins with "="."""

from __future__ import annotations

from core.exports import Export
from core.exports.packing import LABELS, as_csv, codebook_csv, zipped
from core.record.tables import SessionTables

README = f"""One CSV file per table, UTF-8, comma-separated, with a header row; units and meanings stand in
codebook.csv.
Order of the expressions everywhere: {LABELS}.
Open free text (messages, markers) as text: a spreadsheet may take a line that begins with = for a formula.
"""


def write(tables: SessionTables) -> bytes:
    """The ZIP."""
    files: dict[str, bytes | str] = {"README.txt": README, "codebook.csv": codebook_csv()}
    return zipped(files | {f"{name}.csv": as_csv(name, frame) for name, frame in tables})


EXPORT = Export("csv", "CSV tables (ZIP)", "application/zip", ".csv.zip", write)
