"""CSV is read back by a reader that is not ours."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from core.exports.packing import from_csv
from core.record.tables import CODEBOOK, SessionTables
from tests.exports.nasty import FORMATS, unpacked


@pytest.mark.parametrize("name", CODEBOOK)
def test_csv_is_read_by_the_csv_module_and_comes_back_whole(nasty: SessionTables, name: str) -> None:
    files = unpacked(FORMATS["csv"].write(nasty))
    csv.field_size_limit(2_000_000)
    rows = list(csv.reader(io.StringIO(files[f"{name}.csv"].decode(), newline="")))
    assert rows[0] == list(CODEBOOK[name])
    frame = dict(nasty)[name]
    assert len(rows) - 1 == len(frame)
    pd.testing.assert_frame_equal(from_csv(name, files[f"{name}.csv"]), frame)


def test_readme_warns_of_texts_that_a_spreadsheet_takes_for_formulas(tables: SessionTables) -> None:
    files = unpacked(FORMATS["csv"].write(tables))
    assert set(files) == {"README.txt", "codebook.csv", *(f"{name}.csv" for name in CODEBOOK)}
    assert b"begins with =" in files["README.txt"]
