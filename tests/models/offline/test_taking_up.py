"""A person's own words, made fit to be said back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models._offline.english import PHRASES
from models._offline.taking_up import CLAUSE_CHARACTERS, CLAUSE_WORDS, TOPIC_CHARACTERS, content_words, take_up


def test_heaviest_clause_and_its_weightiest_words_are_taken() -> None:
    taken = take_up("Well, you know. I lost the silver keys of my workshop! Yes.", PHRASES, "en")
    assert taken.clause == "I lost the silver keys of my workshop"
    assert "silver keys" in taken.topic
    assert taken.you == "You lost the silver keys of your workshop"


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("I'm late for my own party", "You are late for your own party"),
        ("I've hurt myself", "You have hurt yourself"),
        ("my brother called me", "Your brother called you"),
        ("you hurt my brother", ""),
        ("I told you about my brother", ""),
        ("the dog ran away", ""),
    ],
)
def test_clause_turns_to_you_only_where_that_cannot_go_wrong(said: str, turned: str) -> None:
    assert take_up(said, PHRASES, "en").you == turned


def test_other_languages_are_not_turned() -> None:
    assert take_up("I lost my keys", PHRASES, "nl").you == ""


@pytest.mark.parametrize("text", ["", "   ", "...", "<b></b>", "https://example.org/x"])
def test_nothing_to_take_up_is_empty(text: str) -> None:
    taken = take_up(text, PHRASES, "en")
    assert (taken.clause, taken.topic, taken.you) == ("", "", "")


def test_content_words_are_those_that_say_what_it_is_about() -> None:
    assert content_words("And then the boiler broke at 7", PHRASES) == ["boiler", "broke"]


@given(st.text(max_size=400))
def test_any_text_gives_back_little_and_no_markup(text: str) -> None:
    taken = take_up(text, PHRASES, "en")
    assert len(taken.clause) <= CLAUSE_CHARACTERS
    assert len(taken.clause.split()) <= CLAUSE_WORDS
    assert len(taken.topic) <= TOPIC_CHARACTERS
    assert not set("<>{}[]|`*_#") & set(taken.clause + taken.topic + taken.you)
