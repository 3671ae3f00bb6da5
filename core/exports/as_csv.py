"""CSV: a ZIP with one file per table and a codebook. Nothing is altered, not even free text that begins with "="."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from core.exports import Export
from core.exports.packing import LABELS, codebook_csv, csv_parts, zip_parts
from core.record.tables import CODEBOOK, Tables

README = f"""One CSV file per table, UTF-8, comma-separated, with a header row; units and meanings stand in
codebook.csv.
Order of the expressions everywhere: {LABELS}.
Open free text (messages, markers) as text: a spreadsheet may take a line that begins with = for a formula.
"""


def parts(tables: Tables) -> Iterator[bytes]:
    """The ZIP."""
    files: list[tuple[str, Iterable[bytes]]] = [("README.txt", [README.encode()]), ("codebook.csv", [codebook_csv()])]
    return zip_parts(chain(files, ((f"{name}.csv", csv_parts(name, tables.batches(name))) for name in CODEBOOK)))


EXPORT = Export("csv", "CSV tables (ZIP)", "application/zip", ".csv.zip", parts)
