"""The text trainer: schedule, resuming, thresholds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.training.text_data import number_words
from models.training.train_text import Plan, f1_at, fit_thresholds, learning_rate, start_run, train_epoch
from tests.models.training.made_up_texts import TINY, made_up_texts

pytestmark = pytest.mark.slow


def test_schedule_rises_then_falls_to_nothing() -> None:
    rates = [learning_rate(done, Plan()) for done in np.linspace(0, 1, 101)]
    assert max(rates) <= Plan().peak_rate
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_resumed_run_equals_one_that_never_stopped(tmp_path) -> None:
    texts = made_up_texts()
    words = number_words(texts.texts)
    whole = start_run(TINY)
    train_epoch(whole, texts, words, TINY)
    whole.save(tmp_path / "last.pt", TINY)
    train_epoch(whole, texts, words, TINY)
    resumed = start_run(Plan(**{**vars(TINY), "seed": 5}))
    resumed.load(tmp_path / "last.pt")
    train_epoch(resumed, texts, words, TINY)
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name


def test_thresholds_find_where_a_label_begins() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (500, 7)).astype(np.float32)
    targets = (logits > -0.55).astype(np.float32)
    thresholds = fit_thresholds(logits, targets)
    assert np.allclose(thresholds, -0.55, atol=0.15)
    assert f1_at(logits, targets, thresholds) > 0.97
