"""JSON: everything in one document, with its codebook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from core.exports import SCHEMA_VERSION, Export
from core.record.tables import CODEBOOK, SessionTables
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame


def _rows(name: str, frame: DataFrame) -> list[dict[str, object]]:
    """What is missing or infinite is null, as JSON has no word for it; times are ISO 8601 in UTC."""
    columns = {}
    for column, (kind, *_) in CODEBOOK[name].items():
        values = frame[column].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if kind == "time" else frame[column]
        if kind == "number":
            values = values.replace([np.inf, -np.inf], np.nan)
        columns[column] = values.astype(object).where(values.notna(), None).tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def write(tables: SessionTables) -> bytes:
    """UTF-8."""
    book = {
        name: {
            column: {"type": kind, "unit": unit, "meaning": meaning}
            for column, (kind, unit, meaning) in columns.items()
        }
        for name, columns in CODEBOOK.items()
    }
    document = {
        "made_by": "Attune",
        "schema_version": SCHEMA_VERSION,
        "notice": "A machine estimated expressions here; it can be wrong, and an expression is not a feeling.",
        "expressions": list(EMOTIONS),
        "codebook": book,
        "tables": {name: _rows(name, frame) for name, frame in tables},
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


EXPORT = Export("json", "JSON", "application/json", ".json", write)
