"""CSV for programs: the same tables, to the byte what was said; no byte order mark, nothing before a formula."""

from __future__ import annotations

from collections.abc import Iterator

from core.exports import Export
from core.exports.as_csv import csv_zip
from core.record.tables import Tables


def parts(tables: Tables) -> Iterator[bytes]:
    """The ZIP."""
    return csv_zip(tables, is_plain=True)


EXPORT = Export("csv_plain", "CSV tables for programs (ZIP)", "application/zip", ".plain.csv.zip", parts)
