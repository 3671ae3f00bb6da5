"""Small tables whose answers can be counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis import statistics
from core.record.tables import CODEBOOK, SessionTables, as_typed
from core.synthetic.study import sample_tables
from core.types import EMOTIONS

EMPTY = sample_tables(sessions=0)
ONE = sample_tables(sessions=1, minutes=0.5)


def rows(table: str, *given: dict) -> pd.DataFrame:
    numbers = {column: 0 for column, (kind, *_) in CODEBOOK[table].items() if kind in ("number", "whole", "truth")}
    return as_typed(
        table,
        pd.DataFrame([numbers | {"session_id": "sample-1"} | row for row in given], columns=list(CODEBOOK[table])),
    )


def leading(label: str) -> dict[str, float]:
    return {f"p_{other}": 0.7 if other == label else 0.05 for other in EMOTIONS}


def of_fused(*labels: str, every_s: float = 0.5) -> SessionTables:
    made = [
        {"t": i * every_s, "abstained": label == "uncertain", "quality": 0.5}
        | leading("sad" if label == "uncertain" else label)
        for i, label in enumerate(labels)
    ]
    return replace(
        ONE, fused=rows("fused", *made), estimates=ONE.estimates.iloc[:0], self_reports=ONE.self_reports.iloc[:0]
    )


def test_shares_are_of_time_and_sum_to_one() -> None:
    table = statistics.shares(of_fused("happy", "happy", "sad", "uncertain")).set_index("expression")["share"]
    # 0.5 s each but the last, which holds 1 s
    assert table["happy"] == pytest.approx(1.0 / 2.5)
    assert table["sad"] == pytest.approx(0.5 / 2.5)
    assert table["uncertain"] == pytest.approx(1.0 / 2.5)
    assert table.sum() == pytest.approx(1)


def test_a_gap_counts_for_a_second_at_most() -> None:
    table = statistics.shares(of_fused("happy", "sad", every_s=60)).set_index("expression")["seconds"]
    assert (table["happy"], table["sad"]) == (1.0, 1.0)


def test_transitions_leave_out_flicker_and_doubt() -> None:
    labels = ["happy"] * 4 + ["sad"] + ["happy"] * 2 + ["uncertain"] * 2 + ["angry"] * 4
    table = statistics.transitions(of_fused(*labels, every_s=0.25))
    told = {(row.before, row.after): (row.n, row.probability) for row in table.itertuples() if row.n}
    assert told == {("happy", "angry"): (1, 1.0)}
    assert len(table) == 42


def test_overview_counts_changes_and_the_longest_span() -> None:
    table = statistics.overview(of_fused(*["happy"] * 60, *["sad"] * 61))
    row = table.iloc[0]
    assert row["minutes"] == pytest.approx(1.0)
    assert row["changes_per_minute"] == pytest.approx(1.0)
    assert row["longest_s"] == pytest.approx(31.0)
    assert row["n"] == 121


def test_agreement_of_two_modalities_by_hand() -> None:
    made = []
    for i, (face, voice) in enumerate([("happy", "happy"), ("happy", "sad"), ("sad", "sad"), ("sad", "sad")]):
        made.append({"t": i * 2.0, "modality": "face", "is_subject": True} | leading(face))
        made.append({"t": i * 2.0 + 0.1, "modality": "voice"} | leading(voice))
    made.append({"t": 9.0, "modality": "face", "is_subject": True} | leading("happy"))  # the voice is the rarer one
    table = statistics.agreement(replace(ONE, estimates=rows("estimates", *made))).set_index("pair")
    one = table.loc["face and voice"]
    assert one["n"] == 4
    assert one["same"] == 0.75
    # observed 0.75; by chance 0.5*0.25 + 0.5*0.75 = 0.5
    assert one["kappa"] == pytest.approx(0.5)
    assert table.loc["face and text", "n"] == 0


def test_a_stale_reading_is_not_compared_and_another_face_neither() -> None:
    made = [{"t": 0.0, "modality": "face", "is_subject": True} | leading("happy")]
    made += [{"t": 5.0, "modality": "face", "is_subject": False} | leading("happy")]
    made += [{"t": 5.5, "modality": "voice"} | leading("happy")]
    table = statistics.agreement(replace(ONE, estimates=rows("estimates", *made)))
    assert table["n"].tolist() == [0, 0, 0]


def test_self_reports_have_wilsons_interval() -> None:
    reports = rows(
        "self_reports", *[{"t": i, "shown": "happy", "chosen": "happy" if i < 8 else "sad"} for i in range(10)]
    )
    row = statistics.self_report(replace(ONE, self_reports=reports)).iloc[-1]
    assert (row["shown"], row["agreed"], row["n"]) == ("all", 8, 10)
    assert (row["low"], row["high"]) == (pytest.approx(0.4902, abs=1e-3), pytest.approx(0.9433, abs=1e-3))


@given(st.integers(0, 300), st.integers(0, 300))
def test_wilson_holds_the_share_and_stays_a_share(k: int, more: int) -> None:
    low, high = statistics.wilson(k, k + more)
    assert 0 <= low <= high <= 1
    if k + more:
        assert low - 1e-9 <= k / (k + more) <= high + 1e-9


@given(st.integers(0, 10_000))
def test_divergence_is_symmetric_and_between_nothing_and_one_bit(seed: int) -> None:
    one, two = np.random.default_rng(seed).dirichlet(np.full(7, 0.3), (2, 20))
    there, back = statistics.divergence(one, two), statistics.divergence(two, one)
    assert np.allclose(there, back)
    assert ((there >= -1e-12) & (there <= 1 + 1e-12)).all()
    assert np.allclose(statistics.divergence(one, one), 0)


def test_quality_names_the_commonest_reasons() -> None:
    made = [
        {"t": i, "modality": "voice", "quality": i / 4, "reasons": "noisy;clipping" if i < 2 else ""} for i in range(5)
    ]
    row = statistics.quality(replace(ONE, estimates=rows("estimates", *made))).iloc[0]
    assert (row["low"], row["median"], row["high"], row["n"]) == (0.25, 0.5, 0.75, 5)
    assert row["reasons"] == "noisy (40%), clipping (40%)"


@pytest.mark.parametrize(
    "name", ["overview", "shares", "timelines", "transitions", "agreement", "self_report", "quality"]
)
def test_nothing_gives_empty_tables_of_the_same_columns(name: str) -> None:
    make = getattr(statistics, name)
    assert list(make(EMPTY).columns) == list(make(ONE).columns)


def test_three_hours_become_a_screenful() -> None:
    fused = ONE.fused.loc[np.arange(86_400) % len(ONE.fused)].reset_index(drop=True)
    fused["t"] = np.arange(86_400) / 8
    table = statistics.timelines(replace(ONE, fused=fused))
    assert len(table) <= statistics.MAX_BINS
    assert table["n"].sum() == 86_400
    assert np.allclose(table[list(EMOTIONS)].sum(axis=1), 1)


def test_a_session_without_readings_has_no_changes_and_no_coverage() -> None:
    row = statistics.overview(replace(ONE, fused=EMPTY.fused, estimates=EMPTY.estimates)).iloc[0]
    assert (row["minutes"], row["changes_per_minute"], row["longest_s"], row["quality"]) == (0, 0, 0, 0)
