"""French sentences: small talk, questions to the program and facts are told from what a person tells."""

from __future__ import annotations

import re

import pytest

from models._offline.french import PHRASES
from tests.models.offline.talk import answered, is_one_of


def test_person_s_words_come_back_in_quotes_of_the_language() -> None:
    reply = answered("mon voisin a déplacé la clôture", "fr")
    assert "clôture" in reply
    assert all(mark in reply for mark in "«»")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("bonjour", PHRASES.greet["therapist"]),
        ("salut", PHRASES.greet["therapist"]),
        ("adieu", PHRASES.bye),
        ("merci", PHRASES.thanks),
        ("êtes-vous un robot ?", PHRASES.who),
        ("qui êtes-vous ?", PHRASES.who),
        ("qui a peint le plafond ?", PHRASES.unknown),
        ("combien pèse la lune ?", PHRASES.unknown),
    ],
)
def test_turn_of_this_kind_has_an_answer_of_its_own(text: str, lines: tuple[str, ...]) -> None:
    assert is_one_of(answered(text, "fr"), lines)


def test_what_a_person_tells_is_no_question_to_the_program() -> None:
    text = "les chevaux sont partis"
    assert not re.search(PHRASES.who_words, text)
    assert not re.search(PHRASES.question_words, text)
