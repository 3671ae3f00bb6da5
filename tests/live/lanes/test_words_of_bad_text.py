"""Words that are no ordinary sentence, through the real lane and net: one, a thousand, capitals, two languages."""

from __future__ import annotations

import numpy as np
import pytest

from core.estimation.words import LONG_CHARACTERS
from core.live.lanes.lane import driven
from core.live.lanes.text import TextLane
from core.settings import Settings
from core.types import EMOTIONS, Estimate, Utterance
from models.text_compact import ENGINE


def read(text: str, language: str = "en") -> Estimate:
    ENGINE.load(Settings())
    lane = TextLane(language=language)
    typed = Utterance(text, 0.0, 0.0, 0.0, 0.0, language, is_final=True, origin="typed")
    _, told = driven(lane.step(lane.start("stream"), typed), lambda request: ENGINE.infer([request])[0])
    (reading,) = (event for event in told if isinstance(event, Estimate))
    assert reading.probs.sum() == pytest.approx(1)
    return reading


def named(reading: Estimate) -> str:
    return EMOTIONS[int(reading.probs.argmax())]


@pytest.mark.parametrize(("word", "right"), [("Great", "happy"), ("no", "neutral"), ("wow", "surprise")])
def test_one_word_is_read_and_said_to_be_short(word, right) -> None:
    reading = read(word)
    assert named(reading) == right
    assert reading.quality.reasons == ("short_text",)


@pytest.mark.parametrize(("sentence", "right"), [("I am so happy ", "happy"), ("This is disgusting ", "disgust")])
def test_of_a_thousand_words_the_beginning_is_read_and_that_is_said(sentence, right) -> None:
    long = sentence * 250 + "I am so sad. " * 100
    reading = read(long)
    assert named(reading) == right
    assert reading.quality.reasons == ("long_text",)
    assert np.allclose(reading.probs, read(long[:LONG_CHARACTERS] + " and more").probs, atol=0.02)


@pytest.mark.parametrize("text", ["I am so happy today", "i am so angry with you", "This is disgusting", "no problem"])
def test_capitals_change_nothing(text) -> None:
    shouted, said = read(text.upper()), read(text.lower())
    assert np.allclose(shouted.probs, said.probs, atol=1e-3)
    assert shouted.quality == said.quality


@pytest.mark.parametrize("text", ["I am so happy, das ist wunderbar", "I am so happy, c'est magnifique mes amis"])
def test_two_languages_of_which_the_net_learned_both_are_read(text) -> None:
    reading = read(text)
    assert named(reading) == "happy"
    assert reading.quality.reasons == ()


@pytest.mark.parametrize(
    "text",
    [
        "I am so sad, dzisiaj jestem bardzo smutny i nie wiem dlaczego",
        "dzisiaj jestem bardzo smutny, I am so sad",
    ],
)
def test_two_languages_of_which_the_net_did_not_learn_one_count_little_and_say_so(text) -> None:
    reading = read(text)
    assert reading.quality.reasons == ("unlearned_language",)
    assert reading.quality.score <= 0.3
