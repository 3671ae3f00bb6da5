"""How the text file is measured: single labels by language, thresholds, rules."""

from __future__ import annotations

import numpy as np
import pytest

from core.types import EMOTIONS
from models.training.evaluate_text import gain_of_rules, judge_live, judge_several, singles, with_rules
from models.training.text_data import TextSet

TEXTS = ["I am happy", "so sad!", "blij en boos", "fine"]


def texts() -> TextSet:
    targets = np.zeros((4, 7), np.float32)
    targets[[0, 1, 2, 2, 3], [1, 2, 1, 3, 0]] = 1
    return TextSet(TEXTS, targets, np.zeros(4, np.int64), np.array(["en", "en", "nl", "en"], object))


def test_singles_are_of_one_language_with_one_label() -> None:
    chosen, labels = singles(texts(), "en")
    assert chosen == ["I am happy", "so sad!", "fine"]
    assert [EMOTIONS[label] for label in labels] == ["happy", "sad", "neutral"]
    assert singles(texts(), "nl")[0] == []


def test_rules_keep_probabilities_whole() -> None:
    random = np.random.default_rng(0)
    ruled = with_rules(TEXTS, "en", random.dirichlet(np.ones(7), len(TEXTS)))
    assert ruled.shape == (4, 7)
    assert np.allclose(ruled.sum(axis=1), 1, atol=1e-5)


def test_texts_named_from_their_threshold_on_are_all_right() -> None:
    rows, facts = texts(), {"thresholds": dict.fromkeys(EMOTIONS, 0.0)}
    told = judge_several((10 * rows.targets - 5).astype(np.float32), rows, facts)
    assert told["texts"] == 4
    assert {label: told["f1"][label] for label in ("neutral", "happy", "sad", "angry")} == pytest.approx(
        dict.fromkeys(("neutral", "happy", "sad", "angry"), 1.0)
    )


def test_gain_of_rules_has_an_interval_around_what_they_add() -> None:
    before, after, targets = np.eye(7)[[0] * 60], np.eye(7)[[1] * 60], np.array([1] * 30 + [0] * 30)
    gain = gain_of_rules(before, after, targets)
    assert gain["accuracy_low"] < 0 < gain["accuracy_high"]
    assert gain_of_rules(before, before, targets) == dict.fromkeys(gain, 0.0)


def test_live_head_is_judged_with_the_rules_and_without() -> None:
    chosen, labels = singles(texts(), "en")
    chosen, labels = chosen * 4, np.tile(labels, 4)
    told = judge_live(chosen, "en", 9 * np.eye(7, dtype=np.float32)[labels], labels, 1.0)
    assert told["without_rules"]["accuracy"] == 1.0
    assert told["with_rules"]["pictures"] == 12
