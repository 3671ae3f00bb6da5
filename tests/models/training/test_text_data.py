"""Which texts train, and one way of reading for training and serving."""

from __future__ import annotations

import numpy as np
import pytest

from models._text_features import read_text
from models.training.text_data import batches, draw_pass, key, load_training, number_words, read_split
from tests.models.training.made_up_texts import TEXTS, made_up_texts, needs_texts

pytestmark = pytest.mark.slow


@needs_texts
def test_no_held_out_text_trains() -> None:
    training = load_training()
    test = read_split("goemotions", "test")
    mine = {key(text) for text, corpus in zip(training.texts, training.corpus, strict=True) if corpus == 0}
    assert not mine & {key(text) for text in test.texts}
    assert len(training) > 150_000


def test_training_and_serving_read_a_text_alike() -> None:
    words = number_words(TEXTS)
    for text, row in zip(TEXTS, words.rows, strict=True):
        np.testing.assert_array_equal(words.places[row], read_text(text))


def test_batches_hold_every_drawn_text_once() -> None:
    texts, random = made_up_texts(), np.random.default_rng(0)
    drawn = draw_pass(texts, random)
    parts = [part for part, _ in batches(number_words(texts.texts), drawn, 4, random)]
    assert sorted(np.concatenate(parts)) == sorted(drawn)
