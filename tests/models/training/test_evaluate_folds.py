"""Figures of persons that a fold's student never saw."""

from __future__ import annotations

import numpy as np
import pytest

from models.training.evaluate_folds import Answers, calibrated, judge_folds
from models.training.face_pack import FOLDS

pytestmark = pytest.mark.slow


def answers(strength: float = 9.0, wrong: float = 0.3) -> Answers:
    """Right in seven of ten, and very sure."""
    random = np.random.default_rng(1)
    labels, public_labels = np.arange(700) % 7, np.arange(210) % 7

    def said(of: np.ndarray) -> np.ndarray:
        guesses = np.where(random.random(len(of)) < wrong, (of + 1) % 7, of)
        return (strength * np.eye(7)[guesses]).astype(np.float32)

    return Answers(said(labels), labels, np.arange(700) // 7 % FOLDS, said(public_labels), public_labels)


def test_temperature_makes_the_too_sure_as_sure_as_they_are_right() -> None:
    assert calibrated(answers()).max(axis=1).mean() == pytest.approx(0.7, abs=0.05)


def test_persons_of_a_fold_take_no_part_in_its_own_temperature() -> None:
    plain = answers()
    other = plain.logits.copy()
    other[plain.folds == 2] *= 5
    before, after = calibrated(plain), calibrated(plain._replace(logits=other))
    own = plain.folds == 2
    assert np.array_equal(after[own].argmax(axis=1), before[own].argmax(axis=1))
    assert after[own].max() > before[own].max()
    assert not np.allclose(after[~own], before[~own])


def test_offsets_move_the_answers() -> None:
    told = judge_folds(answers())
    assert told["uar"] == pytest.approx(0.7, abs=0.05)
    assert told["uar_interval"]["low"] < told["uar"] < told["uar_interval"]["high"]
    assert told["calibration_error"]["value"] < 0.1
    always = judge_folds(answers().moved(np.array([99, 0, 0, 0, 0, 0, 0], np.float32)))
    assert always["recall"]["neutral"] == 1
    assert always["uar"] == pytest.approx(1 / 7)
