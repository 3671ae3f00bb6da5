from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.exports.as_json import EXPORT
from core.record.tables import SessionTables
from core.synthetic.study import sample_tables
from core.types import EMOTIONS
from tests.exports.nasty import FORMATS, NASTY


def test_infinity_is_null_as_json_has_no_word_for_it() -> None:
    tables = sample_tables(sessions=1, minutes=0.5)
    estimates = tables.estimates.copy()
    estimates.loc[0, "infer_ms"] = np.inf
    document = json.loads(EXPORT.write(replace(tables, estimates=estimates)), parse_constant=pytest.fail)
    assert document["tables"]["estimates"][0]["infer_ms"] is None


def test_json_holds_every_row_and_no_number_that_json_lacks(nasty: SessionTables) -> None:
    document = json.loads(FORMATS["json"].write(nasty), parse_constant=pytest.fail)
    assert document["expressions"] == list(EMOTIONS)
    assert [row["label"] for row in document["tables"]["markers"]] == NASTY
    assert len(document["tables"]["fused"]) == len(nasty.fused)
    assert {row["face_id"] for row in document["tables"]["estimates"]} == {1, None}, "a voice has none"
    assert document["codebook"]["fused"]["valence"]["unit"] == "-1..1"
