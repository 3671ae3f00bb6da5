"""Parquet: a ZIP with one file per table; units and meanings are in the columns' metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.exports import SCHEMA_VERSION, Export
from core.exports.packing import Sink, zip_parts
from core.record.tables import CODEBOOK, Tables, empty
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pyarrow import Schema

GROUP_ROWS = 20_000
"""a row group, which is what is held in memory: 5 MB of readings"""


def _schema(name: str) -> Schema:
    """The same for every file of this table, with or without rows."""
    import pyarrow as pa

    schema = pa.Schema.from_pandas(empty(name), preserve_index=False)
    described = [
        field.with_metadata({"unit": CODEBOOK[name][field.name][1], "meaning": CODEBOOK[name][field.name][2]})
        for field in schema
    ]
    facts = {"attune_schema_version": str(SCHEMA_VERSION), "attune_expressions": json.dumps(EMOTIONS)}
    return pa.schema(described, metadata=(schema.metadata or {}) | {k.encode(): v.encode() for k, v in facts.items()})


def parquet_parts(name: str, tables: Tables) -> Iterator[bytes]:
    """One table, in row groups of GROUP_ROWS."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, sink = _schema(name), Sink()
    waiting: list[pa.Table] = []
    with pq.ParquetWriter(sink, schema) as writer:
        for batch in tables.batches(name):
            waiting.append(pa.Table.from_pandas(batch, preserve_index=False, nthreads=1).cast(schema))
            if sum(len(part) for part in waiting) >= GROUP_ROWS:
                writer.write_table(pa.concat_tables(waiting).combine_chunks())
                waiting = []
                yield sink.take()
        if waiting:
            writer.write_table(pa.concat_tables(waiting).combine_chunks())
    yield sink.take()


def parts(tables: Tables) -> Iterator[bytes]:
    """The ZIP."""
    return zip_parts((f"{name}.parquet", parquet_parts(name, tables)) for name in CODEBOOK)


EXPORT = Export("parquet", "Parquet tables (ZIP)", "application/zip", ".parquet.zip", parts)
