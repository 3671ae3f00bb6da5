"""JSON: everything in one document, with its codebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from core.exports import SCHEMA_VERSION, Export
from core.record.tables import CODEBOOK, Tables
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame, Series

ROWS = 100
"""a part"""


def _values(kind: str, values: Series) -> list[object]:
    """What is missing or infinite is null, as JSON has no word for it; times are ISO 8601 in UTC."""
    if kind == "number":
        numbers = values.to_numpy(dtype=np.float64)
        found = numbers.astype(object)
        found[~np.isfinite(numbers)] = None
        return list(found)
    if kind == "time":
        values = values.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return list(values.astype(object).where(values.notna(), None).tolist())


def _lines(name: str, frame: DataFrame) -> Iterator[str]:
    """One call of the encoder a row: the C encoder lets no other thread in until it has done all it was given."""
    columns = {column: _values(kind, frame[column]) for column, (kind, *_) in CODEBOOK[name].items()}
    for row in zip(*columns.values(), strict=True):
        yield json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, allow_nan=False)


def _head() -> dict[str, object]:
    book = {
        name: {
            column: {"type": kind, "unit": unit, "meaning": meaning}
            for column, (kind, unit, meaning) in columns.items()
        }
        for name, columns in CODEBOOK.items()
    }
    return {
        "made_by": "Attune",
        "schema_version": SCHEMA_VERSION,
        "notice": "A machine estimated expressions here; it can be wrong, and an expression is not a feeling.",
        "expressions": list(EMOTIONS),
        "codebook": book,
    }


def _table(name: str, tables: Tables) -> Iterator[str]:
    between = ""
    for batch in tables.batches(name):
        lines = _lines(name, batch)
        while some := list(islice(lines, ROWS)):
            yield between + ", ".join(some)
            between = ", "


def parts(tables: Tables) -> Iterator[bytes]:
    """UTF-8."""
    yield f'{json.dumps(_head(), ensure_ascii=False)[:-1]}, "tables": {{'.encode()
    for number, name in enumerate(CODEBOOK):
        yield f'{", " if number else ""}"{name}": ['.encode()
        for text in _table(name, tables):
            yield text.encode("utf-8", "replace")
        yield b"]"
    yield b"}}"


EXPORT = Export("json", "JSON", "application/json", ".json", parts)
