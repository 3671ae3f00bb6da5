"""Each language's table can be read, names only what is there, and knows an object from a person."""

from __future__ import annotations

import re

import msgspec
import pytest

from core.companion.danger.languages import LANGUAGES, read
from core.companion.safety import ANSWERS

EVERY = pytest.mark.parametrize("code", LANGUAGES)


def test_every_language_that_is_answered_has_a_table() -> None:
    assert set(LANGUAGES) == set(ANSWERS)


@EVERY
def test_rows_name_classes_and_contexts_that_exist(code: str) -> None:
    language = LANGUAGES[code]
    texts = [*language.idioms, *language.classes.values(), *(row for one in language.frames for row in one.rows)]
    assert set(re.findall(r"\{([a-z_]+)\}", " ".join(texts))) <= set(language.classes)
    assert {name for one in language.frames for name in one.unless} <= set(language.contexts)
    assert {one.kind for one in language.frames} == {"self_harm", "danger"}


@EVERY
def test_words_of_a_table_carry_no_accents(code: str) -> None:
    """They are compared with text that has lost them."""
    language = LANGUAGES[code]
    words = [*language.idioms, *language.classes.values(), *(row for one in language.frames for row in one.rows)]
    assert [text for text in words if not text.isascii()] == []


@pytest.mark.parametrize(
    ("code", "person", "thing"),
    [
        ("en", "I am going to kill my brother", "I am going to kill the printer"),
        ("en", "he beats me", "he beats me at chess"),
        ("nl", "ik ga mijn broer vermoorden", "ik ga die printer vermoorden"),
        ("de", "ich werde meinen Bruder umbringen", "ich werde den Drucker umbringen"),
        ("fr", "je vais tuer mon frère", "je vais tuer cette imprimante"),
        ("es", "voy a matar a mi hermano", "voy a matar el proceso"),
    ],
)
def test_object_is_known_from_a_person(code: str, person: str, thing: str) -> None:
    assert list(LANGUAGES[code].dangers(person))
    assert not list(LANGUAGES[code].dangers(thing))


def test_table_with_an_unknown_part_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        read("negations = 'no'")


@EVERY
def test_patterns_are_made_before_anybody_speaks(code: str) -> None:
    assert "_statements" in vars(LANGUAGES[code])
