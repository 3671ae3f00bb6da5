"""How the fusion is measured: conditions, areas, intervals, fitting."""

from __future__ import annotations

import numpy as np
import pytest

from core.estimation.fusion import FusionSettings
from core.types import EMOTIONS, MODALITIES
from models.training import evaluate_fusion as measured
from tests.fakes import estimate, probs

LABELS = np.arange(28) % len(EMOTIONS)


@pytest.fixture(scope="module")
def answer():
    return measured.load_engines()


def reading(label: str, sure: float = 0.6, **missing) -> dict:
    told = {m: estimate(label, 0.0, m, probs=probs(label, sure)) for m in MODALITIES}
    return {m: e for m, e in told.items() if m not in missing}


def readings() -> list[dict]:
    return [reading(EMOTIONS[label]) for label in LABELS]


@pytest.mark.slow
def test_conditions_are_clean_three_spoilt_three_missing(answer, datasets) -> None:
    told, labels = measured.conditions("valid", 14, answer)
    assert list(told) == ["clean", *(f"{m} spoilt" for m in MODALITIES), *(f"{m} missing" for m in MODALITIES)]
    assert labels.tolist() == 2 * list(range(7))
    assert all(set(r) == set(MODALITIES) - {"face"} for r in told["face missing"])
    table = measured.judge_condition(told["clean"], labels, FusionSettings())
    assert {*MODALITIES, "mean", "fixed", "quality-aware"} <= set(table)
    assert 0 <= table["quality-aware"]["four_interval"][0] <= table["quality-aware"]["four_interval"][1] <= 1


def test_four_class_accuracy_follows_the_four_class_view() -> None:
    disgusted = np.stack([probs("disgust", 0.9)])
    assert measured.four_right(disgusted, np.array([EMOTIONS.index("angry")])).all()
    assert not measured.four_right(disgusted, np.array([EMOTIONS.index("sad")])).any()


def test_area_is_half_for_equals_and_one_for_apart() -> None:
    low = np.array([0.1, 0.2, 0.3])
    assert measured.area_under(low, low) == pytest.approx(0.5)
    assert measured.area_under(low, low + 1) == 1.0
    assert measured.area_under(low + 1, low) == 0.0


def test_disagreement_is_seen_in_clear_readings() -> None:
    told = measured.judge_disagreement([reading(EMOTIONS[label], 0.95) for label in LABELS], LABELS)
    assert all(part["auc"] == 1.0 and part["masking_auc"] == 1.0 for part in told.values())
    assert all(part["told_of_same"] == 0.0 for part in told.values())


def test_pool_is_sharpened_when_witnesses_are_right() -> None:
    told = {"clean": readings(), "face missing": [{m: r[m] for m in ("voice", "text")} for r in readings()]}
    assert measured.fit_pool(told, LABELS)["sharpness"] == max(measured.SHARPNESSES)


def test_pool_is_not_sharpened_when_they_are_wrong_together() -> None:
    told = {"clean": readings()}
    assert measured.fit_pool(told, (LABELS + 1) % 7)["sharpness"] == min(measured.SHARPNESSES)


def test_gain_of_a_way_over_itself_is_nothing() -> None:
    fused = measured.fuse_all(readings(), measured.base_weights_of)
    assert measured.gain_interval(fused, fused, LABELS) == [0.0, 0.0, 0.0]
    assert measured.accuracy(fused, LABELS)["four"] == 1.0
    assert measured.accuracy(measured.average_all(readings()), LABELS)["seven"] == 1.0
