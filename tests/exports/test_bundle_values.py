"""Bundles with values that nothing of ours writes, in every column of every table: refused in words, or charted."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.analysis.charts import describe
from core.errors import AppError
from core.exports.bundle import EXPORT, read_bundle
from core.record.tables import CODEBOOK
from core.synthetic.study import sample_tables
from core.types import EMOTIONS
from tests.exports.test_bundle_refusals import bundled

NOT_TEXT = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\3\0\0\0"), pa.py_buffer(b"\xed\xa0\x80"))
"""a lone surrogate: bytes that are no UTF-8"""
NUMBERS = [float("nan"), float("inf"), float("-inf"), 1e308, -1e308, -1.0, 5e-324, None]
HOSTILE: dict[str, list[pa.Array]] = {
    "number": [pa.array([value], pa.float64()) for value in NUMBERS],
    "whole": [pa.array([value], pa.int64()) for value in (2**63 - 1, -(2**63), None)]
    + [pa.array([2**64 - 1], pa.uint64())],
    "truth": [pa.array([None], pa.bool_())],
    "text": [NOT_TEXT, *(pa.array([value], pa.string()) for value in ("", "\0", "=1+1", "é" * 10_000, None))],
    "time": [pa.array([value], pa.timestamp("us")) for value in (2**62, -(2**62), 0, None)]
    + [pa.array([2**62], pa.timestamp("ns", "UTC"))],
}
"""by kind of column, one value each"""
WRONG = [pa.array([1]), pa.array(["x"]), pa.array([True]), pa.array([1.5]), pa.array([[1.0]]), pa.array([{"a": 1}])]
WRONG += [
    pa.array([b"\xff"], pa.binary()),
    pa.nulls(1),
    pa.array([10**30], pa.decimal128(38)),
    pa.array([0], pa.date32()),
]
"""of any other kind: most are refused by their type, which is right as long as it is in words"""
ONE_ROW_EACH = ("sessions", "consents")
"""tables that name each of their rows once"""
ALIKE = tuple(f"_{label}" for label in EMOTIONS[1:])
"""one probability of seven stands for all"""
COLUMNS = [(name, column) for name, columns in CODEBOOK.items() for column in columns if not column.endswith(ALIKE)]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """What is read of a small bundle."""
    with zipfile.ZipFile(io.BytesIO(EXPORT.write(sample_tables(sessions=1, minutes=0.05)))) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.startswith("csv/")}


def with_column(files: dict[str, bytes], name: str, column: str, values: list[pa.Array]) -> bytes:
    """The bundle with these values in the first rows of a column; those of another type stand in all its rows."""
    table = pq.read_table(io.BytesIO(files[f"parquet/{name}.parquet"]))
    if not table.num_rows:
        table = pa.table({field.name: pa.nulls(1, field.type) for field in table.schema})
    if name not in ONE_ROW_EACH:
        table = pa.concat_tables([table] * -(-len(values) // table.num_rows))
    made = pa.concat_arrays([value.take(pa.array([0])) for value in values])
    if made.type == table.schema.field(column).type:
        made = pa.concat_arrays([made, table[column].slice(len(values)).combine_chunks()])
    else:
        made = made.take(pa.array([0] * table.num_rows))
    out = io.BytesIO()
    pq.write_table(table.set_column(table.schema.get_field_index(column), column, made), out)
    counts = json.loads(files["manifest.json"])["rows"] | {name: table.num_rows}
    return bundled(files | {f"parquet/{name}.parquet": out.getvalue()}, rows=counts)


def is_taken(content: bytes) -> bool:
    """Whether it is read; what is not is refused in words."""
    try:
        read_bundle(content)
        code = ""
    except AppError as error:
        code = error.code
        json.dumps(error.message, ensure_ascii=False).encode()
    assert code in {"", "bad_bundle", "too_large"}
    return not code


def together(name: str, values: list[pa.Array]) -> Iterator[list[pa.Array]]:
    """Those of one type in one bundle where the table may have many rows: charts take a third of a second."""
    by_type: dict[str, list[pa.Array]] = {}
    for value in values:
        by_type.setdefault(str(value.type), []).append(value)
    for alike in by_type.values():
        yield from ([value] for value in alike) if name in ONE_ROW_EACH else [alike]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_no_value_of_any_column_breaks_the_charts(files: dict[str, bytes], name: str, column: str) -> None:
    kind = CODEBOOK[name][column][0]
    is_first_of_kind = column == next(one for one, facts in CODEBOOK[name].items() if facts[0] == kind)
    values = [*HOSTILE[kind], *(WRONG if is_first_of_kind else WRONG[:2])]
    taken = [value for value in values if is_taken(with_column(files, name, column, [value]))]
    for alike in together(name, taken):
        told = describe(read_bundle(with_column(files, name, column, alike)))
        json.dumps(told, allow_nan=False, ensure_ascii=False).encode()


def test_the_unchanged_bundle_is_charted(files: dict[str, bytes]) -> None:
    """Else the test above would prove nothing."""
    told = describe(read_bundle(bundled(files)))
    assert told["charts"][0]["n"] > 0
