"""The companion answers an expression; it does not copy it, and it never overdoes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.companion.speaking_style import companion_expression, emotion_speech
from core.types import EMOTIONS


def test_sadness_is_answered_slower_and_lower_and_joy_higher() -> None:
    assert emotion_speech("sad", 1.0) < (1.0, 1.0)
    assert emotion_speech("happy", 1.0) > (1.0, 1.0)
    assert emotion_speech("neutral", 1.0) == (1.0, 1.0)


@pytest.mark.parametrize("expression", ["angry", "fear", "disgust"])
def test_heat_is_met_with_calm(expression: str) -> None:
    rate, pitch = emotion_speech(expression, 1.0)
    assert rate < 1
    assert pitch < 1
    shown, intensity = companion_expression(expression, 1.0, abstained=False)
    assert shown == "sad"
    assert intensity <= 0.5


def test_doubt_is_met_with_friendly_attention() -> None:
    assert companion_expression("angry", 1.0, abstained=True) == ("happy", 0.2)


@given(st.sampled_from([*EMOTIONS, "unheard of"]), st.floats(-2, 3), st.booleans())
def test_nothing_is_overdone(expression: str, intensity: float, abstained: bool) -> None:
    assert all(0.88 - 1e-9 <= share <= 1.12 + 1e-9 for share in emotion_speech(expression, intensity))
    shown, strength = companion_expression(expression, intensity, abstained)
    assert shown in EMOTIONS
    assert 0 < strength <= 1


def test_an_intensity_that_is_no_number_changes_nothing() -> None:
    assert emotion_speech("sad", float("nan")) == (1.0, 1.0)
    assert companion_expression("happy", float("nan"), abstained=False)[1] <= 0.3


def test_neutral_is_met_with_a_little_friendliness() -> None:
    shown, intensity = companion_expression("neutral", 0.0, abstained=False)
    assert shown == "happy"
    assert intensity <= 0.25


def test_no_expression_is_answered_with_more_than_the_whole_range() -> None:
    heard = [emotion_speech(expression, 1.0) for expression in EMOTIONS]
    assert all(0.5 < value < 1.6 for pair in heard for value in pair), heard
