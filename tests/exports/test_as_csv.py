"""CSV is read back by a reader that is not ours."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest

from core.exports.packing import from_csv
from core.record.tables import CODEBOOK, SessionTables, as_typed
from tests.exports.nasty import FORMATS, unpacked


@pytest.mark.parametrize("written_as", ["csv", "csv_plain"])
@pytest.mark.parametrize("name", CODEBOOK)
def test_csv_is_read_by_the_csv_module_and_comes_back_whole(nasty: SessionTables, name: str, written_as: str) -> None:
    files = unpacked(FORMATS[written_as].write(nasty))
    csv.field_size_limit(2_000_000)
    rows = list(csv.reader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"), newline="")))
    assert rows[0] == list(CODEBOOK[name])
    frame = dict(nasty)[name]
    assert len(rows) - 1 == len(frame)
    pd.testing.assert_frame_equal(from_csv(name, files[f"{name}.csv"]), frame)


def test_readme_says_how_to_have_every_text_as_it_was(tables: SessionTables) -> None:
    files = unpacked(FORMATS["csv"].write(tables))
    assert set(files) == {"README.txt", "codebook.csv", *(f"{name}.csv" for name in CODEBOOK)}
    assert b"apostrophe" in files["README.txt"]


@pytest.mark.parametrize("name", CODEBOOK)
def test_spreadsheet_is_told_that_it_is_utf_8(tables: SessionTables, name: str) -> None:
    """Excel took German words for Latin-1."""
    content = unpacked(FORMATS["csv"].write(tables))[f"{name}.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(pd.read_csv(io.BytesIO(content)).columns) == list(CODEBOOK[name])


SHOWN = [
    ("=1+1", "'=1+1"),
    ("-1+2", "'-1+2"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\uff1d1", "'\uff1d1"),
    ("\t=1", "\t'=1"),
    ("a\r=1", "a\r'=1"),
    ("a\n+1", "a\n'+1"),
    ("x;=1+1;y", "x;'=1+1;y"),
    ('x;"=1+1"', 'x;\'"=1+1"'),
    ("x|; @y", "x|;' @y"),
    ("\x00=1+1", "'\x00=1+1"),
    ("\ufeff=1+1", "'\ufeff=1+1"),
    (" \u200b\xa0=1", "' \u200b\xa0=1"),
    ("'", "''"),
    ("a;'=1", "a;''=1"),
    ("3 = 3; a-b", "3 = 3; a-b"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_no_text_is_a_formula_and_each_comes_back(tables: SessionTables, text: str, shown: str) -> None:
    markers = as_typed("markers", pd.DataFrame({"session_id": "s", "t": [-1.5], "label": [text], "duration": 0.0}))
    content = unpacked(FORMATS["csv"].write(replace(tables, markers=markers)))["markers.csv"]
    row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1]
    assert row == ["s", "-1.5", shown, "0.0"], "a number is no text"
    pd.testing.assert_frame_equal(from_csv("markers", content), markers)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("text", [text for text, _ in SHOWN])
def test_a_spreadsheet_that_separates_otherwise_finds_no_formula(
    tables: SessionTables, text: str, separator: str
) -> None:
    """It does not know our quotation marks, as its cell begins before them."""
    markers = as_typed("markers", pd.DataFrame({"session_id": "s", "t": [1.5], "label": [text], "duration": 0.0}))
    content = unpacked(FORMATS["csv"].write(replace(tables, markers=markers)))["markers.csv"].decode("utf-8-sig")
    cells = [cell for line in content.splitlines() for cell in line.split(separator)]
    assert not [cell for cell in cells if cell.lstrip('"\x00\ufeff\u200b\xa0 \t').startswith((*"=+-@\uff1d",))]
