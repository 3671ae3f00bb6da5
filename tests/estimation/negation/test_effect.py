"""How much of a reading moves, and where to."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.estimation.negation.effect import apply_negation
from core.estimation.negation.languages import LANGUAGES
from core.types import EMOTIONS


def leaning(label, share=0.7):
    probs = np.full(len(EMOTIONS), (1 - share) / 6)
    probs[EMOTIONS.index(label)] = share
    return probs


def best(text, probs, language="en"):
    return EMOTIONS[int(apply_negation(text, LANGUAGES[language], probs).probs.argmax())]


def test_joy_that_is_turned_goes_to_sadness_and_anger_to_neutral():
    assert best("i'm not happy", leaning("happy")) == "sad"
    assert best("i'm not angry", leaning("angry")) == "neutral"


def test_unpleasant_that_is_turned_takes_the_other_unpleasant_ones_along():
    assert best("i'm not upset with you", leaning("angry")) == "neutral"


def test_what_is_meant_leads_where_the_net_was_misled():
    assert best("i've never been so angry", leaning("neutral", 0.5)) == "angry"
    assert best("i can't believe how lucky i am", leaning("surprise", 0.5)) == "happy"


def test_what_stands_after_something_turned_is_meant():
    assert best("i'm not sad, i'm angry", leaning("sad", 0.6)) == "angry"


def test_one_clause_of_a_long_text_says_little():
    text = "i went to the shop and bought bread and milk and cheese and then i was not happy at the till"
    before = leaning("happy")
    after = apply_negation(text, LANGUAGES["en"], before).probs
    assert 0.8 < after[EMOTIONS.index("happy")] / before[EMOTIONS.index("happy")] < 1


@pytest.mark.parametrize("text", ["i am happy", "", "12 &", "not a word of it"])
def test_text_without_a_turned_or_meant_feeling_is_left_alone(text):
    effect = apply_negation(text, LANGUAGES["en"], leaning("happy"))
    assert effect.rules == ()
    assert np.array_equal(effect.probs, leaning("happy"))


@pytest.mark.parametrize("text", ["no " * 700, "'" * 2000, "never a b c d e so happy " * 80])
def test_long_and_hostile_texts_are_left_alone_at_once(text):
    began = time.process_time()
    assert apply_negation(text, LANGUAGES["en"], leaning("happy")).rules == ()
    assert time.process_time() - began < 5  # a pattern gone wild would take minutes
