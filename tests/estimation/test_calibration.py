"""Softmax with temperature: sums, order, and the ends of the number line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.estimation.calibration import log_softmax, softmax

FINITE = st.floats(-1e4, 1e4, width=32)
LOGITS = arrays(np.float32, (3, 7), elements=FINITE | st.just(-np.inf))
TEMPERATURES = st.floats(0.05, 20)


@given(LOGITS, TEMPERATURES)
def test_probabilities_sum_to_one_whatever_the_logits(logits, temperature):
    probs = softmax(logits, temperature)
    assert probs.dtype == np.float32
    assert probs.min() >= 0
    assert probs.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-6)


@given(arrays(np.float32, 7, elements=FINITE), TEMPERATURES)
def test_temperature_never_changes_which_class_is_first(logits, temperature):
    assert softmax(logits, temperature)[logits.argmax()] == softmax(logits, temperature).max()


@given(arrays(np.float32, 7, elements=st.floats(-20, 20, width=32)))
def test_higher_temperature_is_never_more_confident(logits):
    assert softmax(logits, 2.0).max() <= softmax(logits, 1.0).max() + 1e-6


def test_temperature_one_is_the_plain_softmax():
    logits = np.array([1, 2, 3], np.float32)
    assert softmax(logits) == pytest.approx(np.exp(logits) / np.exp(logits).sum(), rel=1e-6)


def test_unknown_class_gets_nothing():
    probs = softmax(np.array([0, 0, -np.inf], np.float32))
    assert probs.tolist() == [0.5, 0.5, 0]


def test_no_known_class_at_all_is_uniform():
    assert softmax(np.full(4, -np.inf, np.float32)).tolist() == [0.25] * 4


def test_logs_of_huge_logits_stay_finite():
    assert log_softmax(np.array([3e38, -3e38], np.float32))[0] == 0


@pytest.mark.parametrize("temperature", [0, -1, float("inf"), float("nan")])
def test_impossible_temperature_is_refused(temperature):
    with pytest.raises(ValueError, match="positive"):
        softmax(np.zeros(7, np.float32), temperature)
