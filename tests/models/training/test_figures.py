"""How predictions are counted."""

from __future__ import annotations

import numpy as np
import pytest

from core.types import EMOTIONS
from models.training.figures import (
    bootstrap,
    calibration_error,
    fit_temperature,
    judge,
    mean_log_loss,
    recall_interval,
    recalls,
    selective_accuracy,
    softmax,
)


def test_fitted_temperature_calibrates() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (4000, 7)).astype(np.float32)
    targets = np.array([random.choice(7, p=row) for row in softmax(logits)])
    assert fit_temperature(logits * 2, targets) == pytest.approx(2.0, abs=0.15)


def test_calibration_error_is_small_when_honest_and_large_when_not() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.3, 1.0, 5000)
    honest = random.uniform(size=5000) < confidence
    boastful = random.uniform(size=5000) < confidence - 0.2
    assert calibration_error(confidence, honest) < 0.03
    assert calibration_error(confidence, boastful) == pytest.approx(0.2, abs=0.03)


def test_contempt_counts_as_wrong() -> None:
    probs = np.eye(7)[[1, 1, 2]]
    judged = judge(probs, np.array([1, 7, 2]), EMOTIONS)
    assert judged["accuracy"] == pytest.approx(2 / 3)
    assert judged["uar"] == pytest.approx(1.0)


def test_abstention_is_fitted_where_guesses_turn_wrong() -> None:
    from models.training.figures import fit_abstention

    confidence = np.linspace(0.2, 1.0, 801)
    is_right = np.where(confidence < 0.5, np.arange(801) % 3 == 0, np.arange(801) % 10 != 0)
    assert fit_abstention(confidence, is_right) == pytest.approx(0.5)
    assert fit_abstention(confidence, np.ones(801, bool)) == 0.0


def test_log_loss_of_a_sure_and_right_answer_is_nothing() -> None:
    logits = 50 * np.eye(3, dtype=np.float32)
    assert mean_log_loss(logits, np.arange(3), 1.0) == pytest.approx(0.0, abs=1e-6)
    assert mean_log_loss(np.zeros((3, 4), np.float32), np.arange(3), 1.0) == pytest.approx(np.log(4))


def test_recall_of_a_class_that_does_not_occur_is_not_a_number() -> None:
    found = recalls(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    assert found[:2].tolist() == [1.0, 0.5]
    assert np.isnan(found[2])


def test_selective_accuracy_rises_when_the_unsure_are_wrong() -> None:
    confidence = np.linspace(0, 1, 100)
    told = selective_accuracy(confidence, confidence >= 0.3)
    assert told["1.0"] < told["0.8"] < told["0.5"] == 1.0


def test_interval_holds_its_figure_and_repeats_with_its_seed() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.3, 1.0, 400)
    is_right = random.uniform(size=400) < confidence - 0.2
    told = bootstrap(confidence, is_right, 1)
    assert told.low < told.value < told.high
    assert told == bootstrap(confidence, is_right, 1)


def test_interval_of_a_mean_recall_is_wider_where_a_class_is_small_and_never_certain() -> None:
    each = np.array([1.0, 0.5, np.nan])
    many, few = (recall_interval(each, np.array([count, 100, 0])) for count in (1000, 3))
    for told in (many, few):
        assert told["low"] < 0.75 < told["high"] <= 1
    assert few["high"] - few["low"] > 1.5 * (many["high"] - many["low"])
    assert many["high"] - many["low"] == pytest.approx(2 * 1.96 * 0.05 / 2, rel=0.1)
