"""A person's own words, made fit to be said back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models._offline.english import PHRASES
from models._offline.taking_up import CLAUSE_CHARACTERS, CLAUSE_WORDS, content_words, take_up
from models.reply_offline import LANGUAGES


def test_heaviest_clause_is_taken_whole() -> None:
    taken = take_up("Well, you know. I lost the silver keys of my workshop! Yes.", PHRASES, "en")
    assert taken.clause == "I lost the silver keys of my workshop"
    assert taken.you == "You lost the silver keys of your workshop"


@pytest.mark.parametrize(
    ("said", "clause"),
    [
        ("my sister called me, and the dog barked", "my sister called me, and the dog barked"),
        ("but she always says that", "she always says that"),
        ("my sister called me, and forward ten meters", "my sister called me"),
        ("is it late? I am tired", "I am tired"),
        ("the letter from the landlord", ""),
        ("forward ten meters", ""),
        ("is it late?", ""),
        ("I lost my keys " + "and my sister called me " * 5, ""),
    ],
)
def test_only_a_plain_sentence_is_taken(said: str, clause: str) -> None:
    assert take_up(said, PHRASES, "en").clause == clause


def test_no_that_belongs_to_the_sentence_stays() -> None:
    assert take_up("no puedo dormir por eso", LANGUAGES["es"], "es").clause in {"", "no puedo dormir por eso"}
    assert take_up("No, I am tired", PHRASES, "en").clause == "I am tired"


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
    assert (taken.clause, taken.you) == ("", "")


def test_content_words_are_those_that_say_what_it_is_about() -> None:
    assert content_words("And then the boiler broke at 7", PHRASES) == ["boiler", "broke"]


@given(st.text(max_size=400))
def test_any_text_gives_back_little_and_no_markup(text: str) -> None:
    taken = take_up(text, PHRASES, "en")
    assert len(taken.clause) <= CLAUSE_CHARACTERS
    assert len(taken.clause.split()) <= CLAUSE_WORDS
    assert not set("<>{}[]|`*_#") & set(taken.clause + taken.you)
