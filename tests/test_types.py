"""The one order of expressions, the four-class view, and times that follow from samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.types import EMOTIONS, FOUR_CLASSES, FOUR_FROM_SEVEN, SOUND_RATE_HZ, AudioChunk, four_class
from tests.fakes import probs

WEIGHTS = arrays(np.float32, len(EMOTIONS), elements=st.floats(0.0625, 1, width=32))


@given(WEIGHTS)
def test_four_classes_hold_all_that_the_seven_hold(weights: np.ndarray) -> None:
    seven = weights / weights.sum()
    assert four_class(seven).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("seven", "four"),
    [
        ("neutral", "Neutral"),
        ("surprise", "Neutral"),
        ("happy", "Happy"),
        ("sad", "Sad"),
        ("fear", "Sad"),
        ("angry", "Angry"),
        ("disgust", "Angry"),
    ],
)
def test_each_expression_goes_to_its_class(seven: str, four: str) -> None:
    assert FOUR_CLASSES[int(four_class(probs(seven, 1.0)).argmax())] == four


def test_every_expression_has_a_class() -> None:
    assert len(FOUR_FROM_SEVEN) == len(EMOTIONS)
    assert set(FOUR_FROM_SEVEN) == set(range(len(FOUR_CLASSES)))


def test_chunk_ends_after_its_last_sample() -> None:
    chunk = AudioChunk(np.zeros(SOUND_RATE_HZ // 2, np.float32), start_s=3.0, capture_s=103.0, arrived_s=3.6)
    assert chunk.time_s == pytest.approx(3.5)
