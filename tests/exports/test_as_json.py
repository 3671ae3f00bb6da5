from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.exports.as_json import EXPORT
from core.exports.sample import sample_tables


def test_infinity_is_null_as_json_has_no_word_for_it() -> None:
    tables = sample_tables(sessions=1, minutes=0.5)
    estimates = tables.estimates.copy()
    estimates.loc[0, "infer_ms"] = np.inf
    document = json.loads(EXPORT.write(replace(tables, estimates=estimates)), parse_constant=pytest.fail)
    assert document["tables"]["estimates"][0]["infer_ms"] is None
