"""Parquet is read back with units and label order."""

from __future__ import annotations

import io
import json

import pyarrow.parquet as pq

from core.record.tables import CODEBOOK, SessionTables
from core.types import EMOTIONS
from tests.exports.nasty import FORMATS, unpacked


def test_parquet_carries_units_and_label_order(tables: SessionTables) -> None:
    read = pq.read_table(io.BytesIO(unpacked(FORMATS["parquet"].write(tables))["fused.parquet"]))
    assert json.loads(read.schema.metadata[b"attune_expressions"]) == list(EMOTIONS)
    assert read.schema.field("t").metadata[b"unit"] == b"s"
    assert read.num_rows == len(tables.fused)


def test_every_table_is_a_file_with_its_rows_and_columns(nasty: SessionTables) -> None:
    files = unpacked(FORMATS["parquet"].write(nasty))
    assert set(files) == {f"{name}.parquet" for name in CODEBOOK}
    for name, frame in nasty:
        read = pq.read_table(io.BytesIO(files[f"{name}.parquet"]))
        assert (read.column_names, read.num_rows) == (list(CODEBOOK[name]), len(frame))
