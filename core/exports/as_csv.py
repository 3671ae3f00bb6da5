"""CSV: a ZIP with one file per table and a codebook; for spreadsheets, and plain for programs."""

from __future__ import annotations

from collections.abc import Iterator

from core.exports import Export
from core.exports.packing import LABELS, codebook_csv, csv_parts, zip_parts
from core.record.tables import CODEBOOK, Tables

HEAD = f"""One CSV file per table, comma-separated, with a header row; units and meanings stand in
codebook.csv.
Order of the expressions everywhere: {LABELS}.
"""
README = f"""{HEAD}UTF-8 with a byte order mark, so that a spreadsheet reads it as such (R: fileEncoding = "UTF-8-BOM").
What a spreadsheet could take for a formula has an apostrophe before it: at the beginning of a text, and within it after
a semicolon, a vertical bar, a tab or a line end. To have every text as it was, take one apostrophe off in each of these
places where one stands (regular expression: (^|[;|\\t\\r\\n])' becomes \\1); or export "CSV tables for programs", where
nothing is altered.
"""
PLAIN_README = f"""{HEAD}UTF-8 without a byte order mark; nothing is altered.
Do not open it in a spreadsheet: it may take a text that begins with = for a formula.
"""


def csv_zip(tables: Tables, is_plain: bool) -> Iterator[bytes]:
    """The ZIP."""
    readme = PLAIN_README if is_plain else README
    yield from zip_parts(
        [
            ("README.txt", [readme.encode()]),
            ("codebook.csv", [codebook_csv()]),
            *((f"{name}.csv", csv_parts(name, tables.batches(name), is_plain)) for name in CODEBOOK),
        ]
    )


def parts(tables: Tables) -> Iterator[bytes]:
    """For spreadsheets."""
    return csv_zip(tables, is_plain=False)


EXPORT = Export("csv", "CSV tables (ZIP)", "application/zip", ".csv.zip", parts)
