"""English sentences: small talk, questions to the program and facts are told from what a person tells."""

from __future__ import annotations

import re

import pytest

from models._offline.english import PHRASES
from tests.models.offline.talk import answered, is_one_of


def test_person_s_words_come_back_in_quotes_of_the_language() -> None:
    reply = answered("my neighbour moved the fence", "en")
    assert "fence" in reply
    assert all(mark in reply for mark in "“”")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("hello", PHRASES.greet["therapist"]),
        ("good evening", PHRASES.greet["therapist"]),
        ("bye", PHRASES.bye),
        ("thanks a lot", PHRASES.thanks),
        ("are you a robot?", PHRASES.who),
        ("what are you?", PHRASES.who),
        ("who painted the ceiling?", PHRASES.unknown),
        ("how far is the moon?", PHRASES.unknown),
    ],
)
def test_turn_of_this_kind_has_an_answer_of_its_own(text: str, lines: tuple[str, ...]) -> None:
    assert is_one_of(answered(text, "en"), lines)


def test_what_a_person_tells_is_no_question_to_the_program() -> None:
    text = "the horses ran away"
    assert not re.search(PHRASES.who_words, text)
    assert not re.search(PHRASES.question_words, text)
