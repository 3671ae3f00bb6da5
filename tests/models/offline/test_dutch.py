"""Dutch sentences: small talk, questions to the program and facts are told from what a person tells."""

from __future__ import annotations

import re

import pytest

from models._offline.dutch import PHRASES
from tests.models.offline.talk import answered, is_one_of


def test_person_s_words_come_back_in_quotes_of_the_language() -> None:
    reply = answered("mijn buurman heeft de schutting verplaatst", "nl")
    assert "schutting" in reply
    assert all(mark in reply for mark in "‘’")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("hoi", PHRASES.greet["therapist"]),
        ("goedemorgen", PHRASES.greet["therapist"]),
        ("doei", PHRASES.bye),
        ("dankjewel", PHRASES.thanks),
        ("ben je een robot?", PHRASES.who),
        ("wat ben jij?", PHRASES.who),
        ("wie schilderde het plafond?", PHRASES.unknown),
        ("hoeveel weegt de maan?", PHRASES.unknown),
    ],
)
def test_turn_of_this_kind_has_an_answer_of_its_own(text: str, lines: tuple[str, ...]) -> None:
    assert is_one_of(answered(text, "nl"), lines)


def test_what_a_person_tells_is_no_question_to_the_program() -> None:
    text = "de paarden liepen weg"
    assert not re.search(PHRASES.who_words, text)
    assert not re.search(PHRASES.question_words, text)
