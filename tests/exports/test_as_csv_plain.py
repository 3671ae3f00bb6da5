from __future__ import annotations

import csv
import io

from core.record.tables import SessionTables
from tests.exports.nasty import FORMATS, NASTY, unpacked


def test_programs_get_every_text_as_it_was_and_no_byte_order_mark(nasty: SessionTables) -> None:
    files = unpacked(FORMATS["csv_plain"].write(nasty))
    csv.field_size_limit(2_000_000)
    rows = list(csv.DictReader(io.StringIO(files["markers.csv"].decode(), newline="")))
    assert [row["label"] for row in rows] == NASTY
    assert files["markers.csv"].startswith(b"session_id,")
    assert b"Do not open it in a spreadsheet" in files["README.txt"]
