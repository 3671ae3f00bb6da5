"""Every format is found, takes whatever text there is, and gives the same bytes each time."""

from __future__ import annotations

import pytest

from core.record.tables import SessionTables
from core.synthetic.study import sample_tables
from tests.exports.nasty import FORMATS


def test_all_eight_formats_are_found() -> None:
    assert set(FORMATS) == {"csv", "csv_plain", "json", "parquet", "emotionml", "elan", "bids", "bundle"}


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_and_nasty_text_can_be_exported_and_bytes_repeat(name: str, nasty: SessionTables) -> None:
    write = FORMATS[name].write
    assert write(sample_tables(sessions=0))
    assert write(nasty) == write(nasty)
