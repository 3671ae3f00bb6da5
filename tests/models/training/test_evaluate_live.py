"""The live path on loose photographs: a face is read through the real lane, a miss counts as wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.settings import Settings
from core.types import EMOTIONS
from models.training.evaluate_live import (
    Answer,
    Readings,
    decode_rgb,
    judge_readings,
    label_places,
    load_engines,
    read_picture,
)
from models.training.spoil import Picture


@pytest.fixture(scope="module")
def answer() -> Answer:
    return load_engines(Settings())


def test_smile_is_read_through_the_lane(answer: Answer, portrait: Picture) -> None:
    estimate = read_picture(portrait, answer)
    assert estimate is not None
    assert EMOTIONS[int(estimate.probs.argmax())] == "happy"


def test_picture_without_a_face_has_no_estimate(answer: Answer) -> None:
    assert read_picture(np.full((240, 320, 3), 128, np.uint8), answer) is None


def test_miss_counts_as_wrong_only_in_the_figures_named_all() -> None:
    sure = np.eye(len(EMOTIONS))
    told = judge_readings(Readings(np.array([1, 2, 3] * 5), np.stack([sure[1], np.full(7, np.nan), sure[3]] * 5)))
    assert told["detection_rate"] == pytest.approx(2 / 3)
    assert told["accuracy"] == 1.0
    assert told["all_accuracy"] == pytest.approx(2 / 3)
    assert told["all_pictures"] == 15


def test_contempt_has_the_place_after_the_seven() -> None:
    assert label_places(pd.DataFrame({"label": ["neutral", "surprise", "contempt"]})).tolist() == [0, 6, 7]


def test_bytes_that_are_no_picture_are_told() -> None:
    with pytest.raises(ValueError, match="expected an encoded picture, got 7 bytes"):
        list(decode_rgb([b"nothing"]))
