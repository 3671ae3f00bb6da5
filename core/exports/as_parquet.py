"""Parquet: a ZIP with one file per table; units and meanings are in the columns' metadata."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from core.exports import SCHEMA_VERSION, Export
from core.exports.packing import zipped
from core.record.tables import CODEBOOK, SessionTables
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame


def as_parquet(name: str, frame: DataFrame) -> bytes:
    """One table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    described = [
        field.with_metadata({"unit": CODEBOOK[name][field.name][1], "meaning": CODEBOOK[name][field.name][2]})
        for field in table.schema
    ]
    facts = {"attune_schema_version": str(SCHEMA_VERSION), "attune_expressions": json.dumps(EMOTIONS)}
    schema = pa.schema(
        described, metadata=(table.schema.metadata or {}) | {k.encode(): v.encode() for k, v in facts.items()}
    )
    out = io.BytesIO()
    pq.write_table(table.cast(schema), out)
    return out.getvalue()


def write(tables: SessionTables) -> bytes:
    """The ZIP."""
    return zipped({f"{name}.parquet": as_parquet(name, frame) for name, frame in tables})


EXPORT = Export("parquet", "Parquet tables (ZIP)", "application/zip", ".parquet.zip", write)
