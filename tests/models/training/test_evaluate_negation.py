"""The lists of negated sentences: whole, of enough sentences, and counted rightly."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.types import EMOTIONS
from models.training.evaluate_negation import Sentence, evaluate_negation, negation_table, read_sentences
from tests.sources import ROOT

LISTS = ROOT / "tests" / "data" / "negation"


def test_lists_hold_two_hundred_english_sentences_a_kind_and_forty_of_each_other_language():
    counts = Counter((one.language, one.kind) for one in read_sentences(LISTS))
    assert {kind for _, kind in counts} == {
        *("any", "double", "idiom", "no_answer", "past", "plain", "superlative", "tag", "wish", "without")
    }
    assert {key: count for key, count in counts.items() if count < (200 if key[0] == "en" else 40)} == {}


def test_each_sentence_names_known_expressions():
    for one in read_sentences(LISTS):
        assert set(one.right.removeprefix("not ").split("|")) <= set(EMOTIONS), one


def test_halves_are_about_equal():
    halves = Counter(one.half for one in read_sentences(LISTS))
    assert abs(halves["tune"] - halves["test"]) < 0.1 * halves.total()


@pytest.mark.parametrize(
    ("right", "label", "is_right"),
    [("happy", "happy", True), ("neutral|happy", "sad", False), ("not happy", "sad", True), ("not sad", "sad", False)],
)
def test_reading_is_right_by_the_labels(right, label, is_right):
    assert Sentence("en", "plain", "a", right).is_right(label) is is_right


def test_net_alone_and_with_rules_are_counted_apart(tmp_path):
    texts = [f"I am not happy, day {day}" for day in range(20)]
    rows = "".join(f"{text}\tnot happy\n" for text in texts)
    (tmp_path / "en_plain.tsv").write_text(f"text\tright\n{rows}")
    always_happy = np.eye(7)[[EMOTIONS.index("happy")]]
    figures = evaluate_negation(lambda texts: np.repeat(always_happy, len(texts), axis=0), tmp_path)
    assert figures["en"]["test"]["all"]["net"] == 0
    assert figures["en"]["test"]["kinds"]["plain"]["rules"] == 1
    assert "| en, plain |" in "\n".join(negation_table(figures))
