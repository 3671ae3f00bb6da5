"""German sentences: small talk, questions to the program and facts are told from what a person tells."""

from __future__ import annotations

import re

import pytest

from models._offline.german import PHRASES
from tests.models.offline.talk import answered, is_one_of


def test_person_s_words_come_back_in_quotes_of_the_language() -> None:
    reply = answered("mein Nachbar hat den Zaun versetzt", "de")
    assert "Zaun" in reply
    assert all(mark in reply for mark in "„“")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("hallo", PHRASES.greet["therapist"]),
        ("moin", PHRASES.greet["therapist"]),
        ("tschüss", PHRASES.bye),
        ("danke", PHRASES.thanks),
        ("bist du ein Mensch?", PHRASES.who),
        ("was bist du?", PHRASES.who),
        ("wer bemalte die Decke?", PHRASES.unknown),
        ("wie weit ist der Mond?", PHRASES.unknown),
    ],
)
def test_turn_of_this_kind_has_an_answer_of_its_own(text: str, lines: tuple[str, ...]) -> None:
    assert is_one_of(answered(text, "de"), lines)


def test_what_a_person_tells_is_no_question_to_the_program() -> None:
    text = "die Pferde liefen weg"
    assert not re.search(PHRASES.who_words, text)
    assert not re.search(PHRASES.question_words, text)
