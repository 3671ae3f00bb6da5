from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from core.exports.packing import as_csv, from_csv
from core.exports.sample import sample_tables
from core.record.tables import CODEBOOK, as_typed

LINES = ["a\rb", "\r", "a\r\nb", "\n", "=1+1", "NA", '"', "\x00"]


def test_csv_keeps_every_line_end_in_a_text() -> None:
    frame = as_typed("markers", pd.DataFrame({"session_id": "s", "t": 1.0, "label": LINES}))
    content = as_csv("markers", frame)
    assert [row[2] for row in csv.reader(io.StringIO(content.decode(), newline=""))] == ["label", *LINES]
    pd.testing.assert_frame_equal(from_csv("markers", content), frame, check_exact=True)


@pytest.mark.parametrize("name", CODEBOOK)
def test_csv_keeps_every_number_to_the_last_digit(name: str) -> None:
    frame = dict(sample_tables(sessions=1, minutes=0.5))[name]
    pd.testing.assert_frame_equal(from_csv(name, as_csv(name, frame)), frame, check_exact=True)
