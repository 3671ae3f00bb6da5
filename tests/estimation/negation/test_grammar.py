"""What turns a feeling word, what only looks like it, and how far it reaches."""

from __future__ import annotations

import pytest

from core.estimation.negation.grammar import read_namings
from core.estimation.negation.languages import LANGUAGES
from core.types import EMOTIONS


def last(text, language="en"):
    naming = read_namings(text, LANGUAGES[language])[-1]
    return EMOTIONS[naming.place], naming.is_turned, naming.is_meant


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("i'm not happy", "happy"),
        ("nothing about this is funny", "happy"),
        ("without joy", "happy"),
        ("i used to be happy", "happy"),
        ("i was glad until you called", "happy"),
        ("i wish i were happy", "happy"),
        ("he is no longer scared", "fear"),
        ("i stopped being angry", "angry"),
    ],
)
def test_negation_wish_and_past_turn_a_feeling(text, label):
    assert last(text)[:2] == (label, True)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("i've never been so happy", "happy"),
        ("she had never been more frightened", "fear"),
        ("isn't it great", "happy"),
        ("no i am happy", "happy"),
        ("not only sad", "sad"),
        ("i'm not saying i'm not angry", "angry"),
        ("no day without a smile", "happy"),
        ("i can't stop crying", "sad"),
        ("i wish i weren't so scared", "fear"),
        ("can't wait", "happy"),
    ],
)
def test_what_looks_like_a_negation_and_turns_nothing_is_meant(text, label):
    assert last(text) == (label, False, True)


@pytest.mark.parametrize(
    "text", ["i don't know. i am happy", "it's not here, i'm glad", "not he, they or those but i am happy"]
)
def test_reach_ends_with_the_clause(text):
    assert not last(text)[1]


def test_reach_ends_after_some_words():
    assert not last("not one two three four five six seven happy")[1]


def test_plain_feeling_is_neither_turned_nor_meant():
    assert last("i am happy") == ("happy", False, False)


def test_text_without_feelings_names_none():
    assert read_namings("not a word of it", LANGUAGES["en"]) == ()


@pytest.mark.parametrize(
    ("language", "turned", "meant"),
    [
        ("nl", "ik ben niet blij", "ik ben nog nooit zo blij geweest"),
        ("nl", "ik hou van niemand", "is het niet geweldig"),
        ("de", "ich liebe dich nicht", "ich war noch nie so glücklich"),
        ("de", "ich wünschte, ich wäre glücklich", "nicht nur froh, sondern überglücklich"),
        ("fr", "je n'aime pas ça", "je n'ai jamais été aussi heureux"),
        ("fr", "je ne suis plus heureux", "n'est-ce pas merveilleux"),
        ("es", "ya no soy feliz", "nunca he sido tan feliz"),
        ("es", "no tengo ningún placer", "no puedo parar de reír"),
    ],
)
def test_each_language_turns_and_does_not(language, turned, meant):
    assert last(turned, language)[:2] == ("happy", True)
    assert last(meant, language) == ("happy", False, True)
