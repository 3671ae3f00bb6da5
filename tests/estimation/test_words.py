"""Each rule over the text net by itself, that no text makes nonsense of the numbers, and how fit a text is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.words import adjust, has_words, text_quality
from core.types import EMOTIONS


def leaning(label, share=0.7):
    probs = np.full(len(EMOTIONS), (1 - share) / 6, np.float32)
    probs[EMOTIONS.index(label)] = share
    return probs


def best(adjusted):
    return EMOTIONS[int(adjusted.probs.argmax())]


@pytest.mark.parametrize("text", ["I am not happy at all", "I'm not very happy", "it was never really fun"])
def test_negated_joy_is_not_happy(text):
    adjusted = adjust(text, "en", leaning("happy"))
    assert best(adjusted) == "sad"
    assert "negation" in adjusted.rules


def test_negated_anger_is_neutral():
    assert best(adjust("I'm not angry", "en", leaning("angry"))) == "neutral"


@pytest.mark.parametrize(
    "text", ["I've never been so happy", "nothing makes me so happy", "not only happy but thrilled"]
)
def test_negation_that_turns_nothing_leaves_joy_and_says_so(text):
    adjusted = adjust(text, "en", leaning("neutral", 0.4))
    assert best(adjusted) == "happy"
    assert "idle_negation" in adjusted.rules


def test_curly_apostrophe_negates_too():
    assert "negation" in adjust("I don’t feel happy", "en", leaning("happy")).rules


@pytest.mark.parametrize("text", ["I am happy", "so happy today", "happy and thrilled"])
def test_what_is_not_negated_stays_happy(text):
    adjusted = adjust(text, "en", leaning("happy"))
    assert best(adjusted) == "happy"
    assert "negation" not in adjusted.rules


def test_strong_word_sharpens_and_weak_word_flattens():
    plain = leaning("sad", 0.5)
    strong, weak = (adjust(f"I am {word} sad", "en", plain).probs.max() for word in ("extremely", "slightly"))
    assert weak < plain.max() < strong


@pytest.mark.parametrize("text", ["I'm fine", "im fine.", "It's okay, I guess", "whatever"])
def test_hedge_leaves_nothing_above_neutral(text):
    adjusted = adjust(text, "en", leaning("happy", 0.9))
    assert best(adjusted) == "neutral"
    assert adjusted.rules == ("hedge",)


def test_sentence_that_begins_like_a_hedge_is_none():
    assert "hedge" not in adjust("I'm fine with losing my whole family", "en", leaning("sad")).rules


def test_plain_question_moves_towards_neutral():
    before = leaning("surprise", 0.6)
    adjusted = adjust("What time is it?", "en", before)
    assert adjusted.rules == ("question",)
    assert adjusted.probs[0] > before[0]


def test_exclaimed_question_keeps_its_surprise():
    assert "question" not in adjust("What are you doing here?!", "en", leaning("surprise")).rules


@pytest.mark.parametrize(
    ("signs", "label"),
    [("😊😊", "happy"), ("😭", "sad"), ("😡", "angry"), ("😱", "fear"), ("🤢", "disgust"), ("😲", "surprise")],
)
def test_emoji_alone_decide(signs, label):
    adjusted = adjust(signs, "en", leaning("neutral"))
    assert best(adjusted) == label
    assert adjusted.rules == ("emoji",)


@pytest.mark.parametrize(
    ("text", "label"), [("ok :)", "happy"), ("ok :(", "sad"), ("ok >:(", "angry"), ("ok :O", "surprise")]
)
def test_emoticon_moves_an_even_reading(text, label):
    assert best(adjust(text, "en", np.full(7, 1 / 7, np.float32))) == label


def test_emoji_speak_in_every_language_and_negation_in_those_with_a_table():
    assert adjust("ik ben niet blij 😭", "nl-NL", leaning("happy")).rules == ("negation", "emoji")
    assert adjust("non sono felice 😭", "it", leaning("happy")).rules == ("emoji",)
    assert adjust("not happy, really", "nl", leaning("happy")).rules == ()


WILD = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["not", "never", "happy", "sad", "very", "a bit", "I'm fine", "😭", ":)", ">:(", "?", "what", "!!"]
        )
    ).map(" ".join),
)


@given(WILD, st.sampled_from(["en", "nl", "", "zh-CN"]), st.lists(st.floats(0, 1), min_size=7, max_size=7))
def test_rules_always_leave_probabilities(text, language, weights):
    total = sum(weights)
    probs = np.array(weights, np.float32) / total if total > 1e-3 else np.full(7, 1 / 7, np.float32)
    after = adjust(text, language, probs.astype(np.float32)).probs
    assert np.isfinite(after).all()
    assert (after >= 0).all()
    assert after.sum() == pytest.approx(1, abs=1e-5)


@given(WILD, st.floats(0, 1))
def test_quality_stays_in_its_range(text, confidence):
    assert 0 <= text_quality(text, confidence).score <= 1


@pytest.mark.parametrize(
    ("text", "confidence", "reason"),
    [
        ("too short", 1.0, "short_text"),
        ("😭😭😭", 1.0, "no_words"),
        ("мне сегодня очень грустно", 1.0, "other_script"),
        ("word " * 1000, 1.0, "long_text"),
        ("perhaps these were the words", 0.2, "unsure_transcript"),
    ],
)
def test_reason_of_poor_quality_is_told(text, confidence, reason):
    quality = text_quality(text, confidence)
    assert reason in quality.reasons
    assert quality.score < text_quality("perhaps these were the words").score


def test_plain_sentence_is_of_full_quality():
    assert text_quality("Ik ben vandaag erg blij met je.") == text_quality("I am very pleased with you today.")
    assert text_quality("I am very pleased with you today.").reasons == ()


def test_nothing_at_all_is_worth_nothing():
    assert text_quality("").score == 0
    assert not has_words(" 123 😭")
