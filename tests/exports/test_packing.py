"""What several formats share: CSV there and back, the codebook, ZIP files, lawful text."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exports.packing import as_csv, from_csv, harmless, lawful, leading, milliseconds, restored, zip_parts
from core.record.tables import CODEBOOK, SessionTables, as_typed
from core.synthetic.study import sample_tables
from core.types import EMOTIONS
from tests.exports.nasty import FORMATS, unpacked

LINES = ["a\rb", "\r", "a\r\nb", "\n", "=1+1", "NA", '"', "\x00"]


def test_csv_keeps_every_line_end_in_a_text() -> None:
    frame = as_typed("markers", pd.DataFrame({"session_id": "s", "t": 1.0, "label": LINES}))
    content = as_csv("markers", frame, is_plain=True)
    assert [row[2] for row in csv.reader(io.StringIO(content.decode(), newline=""))] == ["label", *LINES]
    pd.testing.assert_frame_equal(from_csv("markers", content), frame, check_exact=True)
    pd.testing.assert_frame_equal(from_csv("markers", as_csv("markers", frame)), frame, check_exact=True)


@given(st.text(st.sampled_from("'=;|\t\r\n \x00\ufeff\"a-")))
def test_what_was_made_harmless_comes_back_as_it_was(text: str) -> None:
    assert restored(harmless(text)) == text


def test_a_text_in_quotation_marks_is_no_cell_more_where_semicolons_separate_too() -> None:
    frame = as_typed("markers", pd.DataFrame({"session_id": "s", "t": 1.0, "label": ["x;=1;y", "a\tb"]}))
    lines = as_csv("markers", frame).decode("utf-8-sig").splitlines()
    assert [line.split(",")[2] for line in lines[1:]] == ['"x;\'=1;y"', '"a\tb"']


@pytest.mark.parametrize("name", CODEBOOK)
def test_csv_keeps_every_number_to_the_last_digit(name: str) -> None:
    frame = dict(sample_tables(sessions=1, minutes=0.5))[name]
    pd.testing.assert_frame_equal(from_csv(name, as_csv(name, frame)), frame, check_exact=True)


def test_the_codebook_has_every_column_with_unit_and_meaning(tables: SessionTables) -> None:
    rows = list(csv.DictReader(io.StringIO(unpacked(FORMATS["csv"].write(tables))["codebook.csv"].decode())))
    assert [(row["table"], row["column"]) for row in rows] == [(t, c) for t, cs in CODEBOOK.items() for c in cs]
    assert {row["unit_or_range"] for row in rows if row["column"] == "infer_ms"} == {"ms"}


def test_zip_depends_on_names_and_contents_alone() -> None:
    files = {"a.txt": [b"te", b"", b"xt"], "b.bin": [b"\x00\x01"]}
    content = b"".join(zip_parts(files.items()))
    assert content == b"".join(zip_parts(dict(files).items()))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.txt": b"text", "b.bin": b"\x00\x01"}


def test_zip_leaves_while_it_is_written() -> None:
    """Nothing is held: each part is out before the next is asked for."""
    asked: list[int] = []

    def body() -> Iterator[bytes]:
        for number in range(20):
            asked.append(number)
            yield os.urandom(100_000)

    sizes = [len(part) for part in zip_parts([("a.bin", body())])]
    assert len(sizes) >= 20
    assert max(sizes) < 250_000


@given(st.text())
def test_lawful_text_is_read_back_by_an_xml_parser(text: str) -> None:
    read = ElementTree.fromstring(f"<a>{escape(lawful(text))}</a>").text or ""
    assert read == lawful(text).replace("\r\n", "\n").replace("\r", "\n")


def test_leading_label_of_a_tie_is_the_first() -> None:
    frame = pd.DataFrame({f"p_{label}": [0.2, 0.1] for label in EMOTIONS}).assign(p_sad=[0.2, 0.5])
    assert leading(frame).tolist() == [EMOTIONS[0], "sad"]


@pytest.mark.parametrize(
    ("seconds", "ms"), [(1.2345, 1234), (-3.0, 0), (float("nan"), 0), (1e308, 10**11), (float("inf"), 10**11)]
)
def test_any_number_is_some_time(seconds: float, ms: int) -> None:
    """One self-report at 1e308 s broke a person's ELAN export for ever."""
    assert milliseconds(seconds) == ms
