"""Events to columns: one row an event, one array a column, and only what has a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.record.columns import TABLES, SealedMessage, Table, as_columns, is_kept, reading_time_s
from core.record.migrations import migrate
from core.record.opening import DatabaseFile
from core.types import EMOTIONS, Estimate, Fault, FusedEstimate, Marker, Message, SelfReport, Stats
from tests.record.events import estimate, fused

SEALED = SealedMessage("user", b"\x00sealed", "happy", 0.5, 3.0, 1.5)
ONE_OF_EACH: dict[type, Any] = {
    Estimate: estimate(1.0),
    FusedEstimate: fused(2.0),
    Marker: Marker("a mark", 3.0, 4.0),
    SelfReport: SelfReport(4.0, "happy", "sad"),
    SealedMessage: SEALED,
    Fault: Fault("engine_failed", "it failed", 5.0, "voice", True),
}


def test_every_kind_that_is_kept_is_tried_here() -> None:
    assert set(ONE_OF_EACH) == set(TABLES)


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_columns_are_those_of_the_table_in_the_database(kind: type, tmp_path: Path) -> None:
    connection = DatabaseFile(tmp_path / "attune.duckdb").open()
    migrate(connection)
    there = {row[0] for row in connection.execute(f"DESCRIBE {TABLES[kind].name}").fetchall()}
    connection.close()
    made_by_the_database = {"message_id", "created_at"}
    assert set(as_columns(TABLES[kind], ["s1"], [ONE_OF_EACH[kind]])) == there - made_by_the_database


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
@given(number=st.integers(1, 20))
def test_every_column_is_as_long_as_there_are_events(kind: type, number: int) -> None:
    columns = as_columns(TABLES[kind], [f"s{n}" for n in range(number)], [ONE_OF_EACH[kind]] * number)
    assert {values.shape for values in columns.values()} == {(number,)}
    assert columns["session_id"].tolist() == [f"s{n}" for n in range(number)]


def test_estimate_speaks_for_its_end_and_keeps_raw_apart_from_calibrated() -> None:
    columns = as_columns(TABLES[Estimate], ["s1"], [estimate(2.5, start_s=0.5)])
    assert (columns["t"][0], columns["start_s"][0], columns["capture_s"][0]) == (2.5, 0.5, 102.5)
    assert columns["raw_sad"][0] == pytest.approx(0.4)
    assert columns["p_happy"][0] == pytest.approx(0.4)
    assert columns["reasons"][0] == ["low_light"]


def test_boxes_of_one_length_stay_one_object_a_cell() -> None:
    columns = as_columns(TABLES[Estimate], ["s1", "s1"], [estimate(1.0), estimate(2.0)])
    assert columns["box"].dtype == object
    assert columns["box"].tolist() == [[1.0, 2.0, 3.0, 4.0]] * 2


def test_voice_has_no_box_and_no_face() -> None:
    voice = estimate(1.0, modality="voice", box_px=None, frame_px=None, face_id=None, is_subject=None)
    columns = as_columns(TABLES[Estimate], ["s1"], [voice])
    assert (columns["box"][0], columns["frame"][0], columns["face_id"][0]) == (None, None, None)
    assert columns["is_subject"][0] is False


def test_modality_without_a_share_weighs_nothing() -> None:
    columns = as_columns(TABLES[FusedEstimate], ["s1"], [fused(1.0, weights={"voice": 1.0})])
    assert (columns["weight_face"][0], columns["weight_voice"][0], columns["weight_text"][0]) == (0.0, 1.0, 0.0)


@given(values=st.lists(st.floats(0, 1, width=32), min_size=len(EMOTIONS), max_size=len(EMOTIONS)))
def test_each_probability_stands_under_its_own_label(values: list[float]) -> None:
    columns = as_columns(TABLES[FusedEstimate], ["s1"], [fused(1.0, probs=np.array(values, np.float32))])
    assert [columns[f"p_{label}"][0] for label in EMOTIONS] == values


def test_row_that_does_not_fit_its_table_is_refused() -> None:
    crooked = Table("markers", ("t",), ("label",), lambda marker: (marker.time_s,))
    with pytest.raises(ValueError, match="expected 2 values for markers, got 1"):
        as_columns(crooked, ["s1"], [Marker("a mark", 3.0)])


def test_word_where_a_number_belongs_is_refused() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        as_columns(TABLES[Marker], ["s1"], [Marker("a mark", "soon")])  # type: ignore[arg-type]


def test_words_are_kept_sealed_or_not_at_all() -> None:
    assert is_kept(SEALED)
    assert not is_kept(Message("user", "in the clear", "happy", 0.5, 3.0))
    assert not is_kept(Stats(6.0, 0, 40.0, None))


@pytest.mark.parametrize(("event", "time_s"), [(estimate(2.5), 2.5), (fused(3.5), 3.5), (Marker("a mark", 9.0), 0.0)])
def test_only_readings_speak_for_a_time(event: Any, time_s: float) -> None:
    assert reading_time_s(event) == time_s
