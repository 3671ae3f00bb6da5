"""The sample study is what the real house would have kept: the fusion's own weights, reasons and abstentions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.record.store import Store
from core.record.tables import CODEBOOK, load_tables
from core.synthetic.study import sample_tables, study_script, study_session
from core.types import EMOTIONS, MODALITIES
from tests.record.events import opened

SEED = 7


@pytest.fixture(scope="module")
def tables():
    return sample_tables(SEED, sessions=2, minutes=1.0)


def test_the_same_seed_gives_the_same_tables(tables) -> None:
    for (name, frame), (_, again) in zip(tables, sample_tables(SEED, sessions=2, minutes=1.0), strict=True):
        pd.testing.assert_frame_equal(frame, again, obj=name)
    other = sample_tables(SEED + 1, sessions=2, minutes=1.0)
    assert not tables.fused["p_happy"].equals(other.fused["p_happy"])


async def test_the_real_store_would_have_kept_the_same(tmp_path: Path, tables) -> None:
    session = study_session(0, SEED, 60.0)
    store = Store(tmp_path / "attune.duckdb")
    try:
        await opened(store, "sample-1", "someone", **session.settings)
        for event in session.events:
            store.append("sample-1", event)
        await store.close_session("sample-1", 1_800_000_060.0)
        kept = dict(await load_tables(store, "someone", ["sample-1"]))
    finally:
        store.close()
    made = {name: frame[frame["session_id"] == "sample-1"] for name, frame in tables if "session_id" in frame}
    for name in ("estimates", "fused", "markers", "self_reports", "messages"):
        order = [column for column in CODEBOOK[name] if column != "created_at"]
        one, other = (frame[order].sort_values(order).reset_index(drop=True) for frame in (made[name], kept[name]))
        pd.testing.assert_frame_equal(one, other, obj=name)


def test_shares_sum_to_one_or_are_none(tables) -> None:
    sums = tables.fused[[f"weight_{modality}" for modality in MODALITIES]].sum(axis=1)
    assert np.all(np.isclose(sums, 1, atol=1e-5) | (sums == 0))


def test_a_study_has_something_for_every_chart(tables) -> None:
    long = sample_tables(SEED)
    assert len(long.sessions) == 3
    assert set(long.estimates["modality"]) == set(MODALITIES)
    assert 0.02 < long.fused["abstained"].mean() < 0.3
    assert {"voice_text_conflict", "low_confidence"} <= set(long.fused["reasons"].str.split(";").explode())
    assert "low_light" in set(long.estimates["reasons"])
    assert set(long.self_reports["shown"]) <= {*EMOTIONS, "uncertain"}
    assert len(long.messages) > 20
    assert len(long.faults) == 0


def test_a_script_tells_its_lines_within_its_time() -> None:
    script = study_script(np.random.default_rng(1), 0, 90.0)
    assert script.lines
    assert all(line.end_s < script.duration_s for line in script.lines)
    assert all(before.end_s < after.start_s for before, after in zip(script.lines, script.lines[1:], strict=False))


@pytest.mark.parametrize("minutes", [0.1, 0.2])
def test_short_studies_have_readings_too(minutes: float) -> None:
    assert len(sample_tables(sessions=1, minutes=minutes).fused) > 5


def test_no_sessions_are_empty_tables() -> None:
    assert all(len(frame) == 0 for _, frame in sample_tables(sessions=0))
