"""Tables to export: a synthetic study, and one whose markers hold whatever can break a format."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from core.record.tables import SessionTables
from core.synthetic.study import sample_tables
from tests.exports.nasty import NASTY


@pytest.fixture(scope="module")
def tables() -> SessionTables:
    return sample_tables(minutes=1)


@pytest.fixture(scope="module")
def nasty(tables: SessionTables) -> SessionTables:
    markers = pd.DataFrame({"session_id": "sample-1", "t": [5.0] * len(NASTY), "label": NASTY, "duration": 0.0})
    return replace(tables, markers=markers.astype({"session_id": "str", "label": "str"}))
