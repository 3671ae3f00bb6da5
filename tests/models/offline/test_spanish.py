"""Spanish sentences: small talk, questions to the program and facts are told from what a person tells."""

from __future__ import annotations

import re

import pytest

from models._offline.spanish import PHRASES
from tests.models.offline.talk import answered, is_one_of


def test_person_s_words_come_back_in_quotes_of_the_language() -> None:
    reply = answered("mi vecino movió la valla", "es")
    assert "valla" in reply
    assert all(mark in reply for mark in "«»")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("hola", PHRASES.greet["therapist"]),
        ("buenas", PHRASES.greet["therapist"]),
        ("adiós", PHRASES.bye),
        ("gracias", PHRASES.thanks),
        ("¿eres un robot?", PHRASES.who),
        ("¿qué eres?", PHRASES.who),
        ("¿quién pintó el techo?", PHRASES.unknown),
        ("¿cuánto pesa la luna?", PHRASES.unknown),
    ],
)
def test_turn_of_this_kind_has_an_answer_of_its_own(text: str, lines: tuple[str, ...]) -> None:
    assert is_one_of(answered(text, "es"), lines)


def test_what_a_person_tells_is_no_question_to_the_program() -> None:
    text = "los caballos se fueron"
    assert not re.search(PHRASES.who_words, text)
    assert not re.search(PHRASES.question_words, text)
