from __future__ import annotations

import pytest

from core.analysis import gathering
from core.analysis.charts import describe
from core.analysis.gathering import CHARTED, gather, that_fit
from core.record.tables import CODEBOOK
from core.synthetic.study import sample_tables


def test_charts_of_what_is_gathered_are_those_of_everything() -> None:
    tables = sample_tables(sessions=2, minutes=0.5)
    assert describe(gather(tables)) == describe(tables)


def test_charts_of_nothing_are_made_too() -> None:
    assert describe(gather(sample_tables(sessions=0))) == describe(sample_tables(sessions=0))


def test_no_other_column_is_kept() -> None:
    gathered = dict(gather(sample_tables(sessions=1, minutes=0.2)))
    for name, columns in CHARTED.items():
        assert tuple(gathered[name].columns) == columns
        assert len(gathered[name])
    assert [len(gathered[name]) for name in CODEBOOK if name not in CHARTED] == [0, 0, 0, 0]


def test_the_first_that_fit_are_chosen_and_a_large_one_keeps_no_small_one_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MAX_ROWS", 100)
    rows = {"a": 60, "b": 101, "c": 41, "d": 40}
    assert that_fit(["a", "b", "c", "d", "nothing in it"], rows) == ["a", "d", "nothing in it"]
    assert that_fit(["b"], rows) == []
